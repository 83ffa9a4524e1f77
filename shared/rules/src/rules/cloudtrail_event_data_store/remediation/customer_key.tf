resource "aws_cloudtrail_event_data_store" "this" {
  name       = {{name}}
  kms_key_id = aws_kms_key.this.arn # cannot be removed or changed later
}
