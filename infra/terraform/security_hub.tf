# Imports what changes in the ledger into AWS Security Hub, in a hub into that of the member. Items without `rule` are not
# findings. A batch that fails is halved and tried again, so that one finding does not keep back the others.
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html

locals {
  # IAM knows no resource for dynamodb:ListStreams.
  security_hub_statements = concat([for statement in [
    {
      Effect   = "Allow"
      Action   = ["sqs:SendMessage"]
      Resource = try(aws_sqs_queue.this["security-hub-dead-letters"].arn, "")
    },
    {
      Effect   = "Allow"
      Action   = ["securityhub:BatchImportFindings"]
      Resource = "arn:${local.partition}:securityhub:${local.region}:${local.account}:product/${local.account}/default"
    },
    {
      Effect   = "Allow"
      Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
      Resource = try(aws_dynamodb_table.ledger[0].stream_arn, "")
    },
    {
      Effect   = "Allow"
      Action   = ["dynamodb:ListStreams"]
      Resource = "*"
    },
    {
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:DescribeKey"]
      Resource  = aws_kms_key.this.arn
      Condition = local.via_dynamodb
    },
  ] : statement if local.has_security_hub])
}

resource "aws_lambda_event_source_mapping" "security_hub" {
  count = local.has_security_hub ? 1 : 0

  function_name                      = aws_lambda_function.this["security-hub"].function_name
  event_source_arn                   = aws_dynamodb_table.ledger[0].stream_arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 100 # BatchImportFindings accepts as many
  maximum_batching_window_in_seconds = 5
  function_response_types            = ["ReportBatchItemFailures"]
  bisect_batch_on_function_error     = true
  maximum_retry_attempts             = 20
  maximum_record_age_in_seconds      = 21600

  filter_criteria {
    filter {
      pattern = jsonencode({ dynamodb = { NewImage = { rule = { S = [{ exists = true }] } } } })
    }
  }

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.this["security-hub-dead-letters"].arn
    }
  }

  depends_on = [aws_iam_role_policy.function] # Lambda checks whether it may read the stream
}
