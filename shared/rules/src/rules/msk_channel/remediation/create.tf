resource "aws_msk_channel" "this" {
  channel_name = {{name}}
  encryption_configuration {
    kms_key_arn = aws_kms_key.this.arn
  }
}
