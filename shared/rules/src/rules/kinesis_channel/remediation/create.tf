# in awscc_kinesis_channel (of the provider hashicorp/awscc):
#   encryption_configuration = { encryption_type = "KMS", key_id = aws_kms_key.this.arn }
resource "aws_kms_key" "this" {
  enable_key_rotation = true
}
