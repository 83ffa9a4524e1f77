resource "aws_cloudtrail" "this" {
  name                       = {{name}}
  enable_log_file_validation = true
}
