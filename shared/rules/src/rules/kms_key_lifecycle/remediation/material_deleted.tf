resource "aws_kms_external_key" "this" {
  key_material_base64 = var.key_material # the same material as before
  enabled             = true
}
