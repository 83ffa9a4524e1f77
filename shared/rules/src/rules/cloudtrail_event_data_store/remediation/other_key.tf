# the key of an event data store cannot be changed: create a new one
resource "aws_cloudtrail_event_data_store" "encrypted" {
  name       = "your-event-data-store"
  kms_key_id = aws_kms_key.this.arn
}
