# aws_msk_serverless_cluster takes no key: use a provisioned cluster
resource "aws_msk_cluster" "this" {
  cluster_name = {{name}}
  encryption_info {
    encryption_at_rest_kms_key_arn = aws_kms_key.this.arn
  }
}
