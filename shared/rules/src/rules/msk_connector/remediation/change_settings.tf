resource "aws_mskconnect_connector" "this" {
  name = {{name}}
  connector_configuration = {
{{settings}}  }
}
