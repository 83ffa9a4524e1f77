resource "aws_kinesis_firehose_delivery_stream" "this" {
  name = {{name}}
  splunk_configuration {
    hec_endpoint = "https://your-collector:8088"
  }
}
