resource "aws_kinesis_firehose_delivery_stream" "this" {
  name = {{name}}
  {{block}} {
    {{attribute}}
  }
}
