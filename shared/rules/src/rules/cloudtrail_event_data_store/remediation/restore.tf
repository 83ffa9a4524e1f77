# Terraform deletes the event data store when the resource is removed: put it back, then import it
resource "aws_cloudtrail_event_data_store" "this" {
  name                           = "your-event-data-store"
  termination_protection_enabled = true

  lifecycle {
    prevent_destroy = true
  }
}
