resource "aws_cloudtrail" "this" {
  name       = {{name}}
  kms_key_id = aws_kms_key.this.arn
}
