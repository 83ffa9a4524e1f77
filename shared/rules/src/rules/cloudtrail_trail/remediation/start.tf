resource "aws_cloudtrail" "this" {
  name           = {{name}}
  enable_logging = true
}
