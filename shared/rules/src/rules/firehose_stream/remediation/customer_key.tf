resource "aws_kinesis_firehose_delivery_stream" "this" {
  name = {{name}}
  extended_s3_configuration {
    kms_key_arn = aws_kms_key.this.arn # and in every s3_backup_configuration and s3_configuration
  }
}
