# Terraform schedules a deletion when the resource is removed: put it back, then import the key
resource "aws_kms_key" "this" {
  is_enabled = true

  lifecycle {
    prevent_destroy = true
  }
}
