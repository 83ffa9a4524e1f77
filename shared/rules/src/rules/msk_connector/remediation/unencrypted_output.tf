resource "aws_mskconnect_connector" "this" {
  name = {{name}}
  connector_configuration = {
    {{property}} = aws_kms_key.this.arn
  }
}
