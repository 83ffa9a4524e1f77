# Where findings go.
resource "aws_sns_topic" "findings" {
  count = var.topic_arn == "" ? 1 : 0

  name              = "${var.name}-findings"
  display_name      = "Sealwatch"
  kms_master_key_id = aws_kms_key.this.arn
  tags              = var.tags
}

resource "aws_sns_topic_policy" "findings" {
  count = var.topic_arn == "" ? 1 : 0

  arn = aws_sns_topic.findings[0].arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyOverTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.findings[0].arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_sns_topic_subscription" "findings" {
  count = var.alert_email == "" ? 0 : 1

  topic_arn = local.findings_topic_arn
  protocol  = "email"
  endpoint  = var.alert_email
}

# Where messages about Sealwatch itself go: alarms, and changes that would silence it. No KMS key, so that the loss of a key
# can be reported. SNS encrypts its disks anyway, which is why Security Hub took SNS.1 out of its best practices:
# https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html
resource "aws_sns_topic" "operations" {
  count = var.operations_topic_arn == "" ? 1 : 0

  name         = "${var.name}-operations"
  display_name = "Sealwatch operations"
  tags         = var.tags
}

resource "aws_sns_topic_policy" "operations" {
  count = var.operations_topic_arn == "" ? 1 : 0

  arn = aws_sns_topic.operations[0].arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid       = "Alarms"
          Effect    = "Allow"
          Principal = { Service = "cloudwatch.amazonaws.com" }
          Action    = "sns:Publish"
          Resource  = aws_sns_topic.operations[0].arn
          Condition = {
            ArnLike = { "aws:SourceArn" = "arn:${local.partition}:cloudwatch:${local.region}:${local.account}:alarm:${var.name}-*" }
          }
        },
        {
          Sid       = "OnlyOverTls"
          Effect    = "Deny"
          Principal = "*"
          Action    = "sns:Publish"
          Resource  = aws_sns_topic.operations[0].arn
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
      ],
      # Alarms of members. An alarm can notify a topic of another account in the same Region:
      # https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
      [for organization in compact([var.organization_id]) : {
        Sid       = "MemberAlarms"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.operations[0].arn
        Condition = {
          StringEquals = { "aws:SourceOrgID" = organization }
          ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:cloudwatch:${local.region}:*:alarm:${var.name}-forward-*" }
        }
      }],
    )
  })
}

locals {
  # alert_email is not subscribed to an existing topic, which has subscribers of its own.
  operations_email = var.operations_email != "" ? var.operations_email : var.operations_topic_arn == "" ? var.alert_email : ""
}

resource "aws_sns_topic_subscription" "operations" {
  count = local.operations_email == "" ? 0 : 1

  topic_arn = local.operations_topic_arn
  protocol  = "email"
  endpoint  = local.operations_email
}

# Dead letters: events that EventBridge could not deliver, events that a function failed on, re-checks that could not be
# delivered, and findings that were not imported into Security Hub. Encrypted with keys of SQS, so that the queues accept events
# while the key of the module is not usable.
locals {
  queues = toset(concat(
    ["rule-dead-letters", "failed-events", "schedule-dead-letters"],
    local.has_security_hub ? ["security-hub-dead-letters"] : [],
  ))
  rule_arns = "arn:${local.partition}:events:${local.region}:${local.account}:rule"
}

resource "aws_sqs_queue" "this" {
  for_each = local.queues

  name                      = "${var.name}-${each.key}"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "this" {
  for_each = local.queues

  queue_url = aws_sqs_queue.this[each.key].url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for queue in [each.key] : {
        Sid       = "Rules"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.this[queue].arn
        Condition = { ArnLike = { "aws:SourceArn" = ["${local.rule_arns}/${var.name}-*", "${local.rule_arns}/${var.name}/${var.name}-*"] } }
      } if queue == "rule-dead-letters"],
      [{
        Sid       = "OnlyOverTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = "*"
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
    )
  })
}
