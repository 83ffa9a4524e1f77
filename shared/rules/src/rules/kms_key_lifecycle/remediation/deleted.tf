# a new key for what used the deleted one; Terraform still has that in its state
resource "aws_kms_key" "this" {
  enable_key_rotation = true

  lifecycle {
    prevent_destroy = true
  }
}
