resource "aws_kinesis_stream" "this" {
  name            = {{name}}
  encryption_type = "KMS"
  kms_key_id      = aws_kms_key.this.arn
}
