resource "aws_kinesis_firehose_delivery_stream" "this" {
  name = {{name}}
  {{block}} {
    secrets_manager_configuration {
      enabled    = true
      secret_arn = aws_secretsmanager_secret.this.arn
    }
  }
}
