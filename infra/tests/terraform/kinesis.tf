resource "aws_kinesis_stream" "plain" {
  name        = "plain"
  shard_count = 1
}

resource "aws_kinesis_stream" "aws_managed_key" {
  name            = "aws-managed-key"
  shard_count     = 1
  encryption_type = "KMS"
  kms_key_id      = "alias/aws/kinesis"
}

# CreateStream cannot encrypt: Terraform calls StartStreamEncryption later.
resource "aws_kinesis_stream" "customer_key" {
  name            = "customer-key"
  shard_count     = 1
  encryption_type = "KMS"
  kms_key_id      = aws_kms_key.without_rotation.arn
}
