# with a new name: no call changes a worker configuration
resource "aws_mskconnect_worker_configuration" "this" {
  name = join("-", [{{name}}, "2"])
  properties_file_content = join("\n", [
{{settings}}  ])
}
