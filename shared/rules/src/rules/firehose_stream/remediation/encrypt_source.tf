resource "aws_kinesis_stream" "source" {
  encryption_type = "KMS"
  kms_key_id      = aws_kms_key.this.arn
}
