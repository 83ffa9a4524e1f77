# name an enabled, symmetric key of the same Region
resource "aws_kms_key" "this" {
  is_enabled = true
}
