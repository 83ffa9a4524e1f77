# Re-checks, messages that gather findings, and the parts of a scan: a one-time schedule invokes the function again.
resource "aws_scheduler_schedule_group" "this" {
  name = var.name
  tags = var.tags
}

locals {
  assumed_by_scheduler = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account, "aws:SourceArn" = aws_scheduler_schedule_group.this.arn } }
    }]
  })
}

resource "aws_iam_role" "schedule" {
  name_prefix          = substr("${var.name}-schedule-", 0, 38)
  path                 = var.role_path
  permissions_boundary = local.boundary
  assume_role_policy   = local.assumed_by_scheduler
  tags                 = var.tags
}

resource "aws_iam_role_policy" "schedule" {
  name = "own"
  role = aws_iam_role.schedule.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Effect   = "Allow"
          Action   = ["lambda:InvokeFunction"]
          Resource = [for name, function in local.evaluating : local.function_arns[name]]
        },
        {
          Effect   = "Allow"
          Action   = ["sqs:SendMessage"]
          Resource = [aws_sqs_queue.this["schedule-dead-letters"].arn]
        },
      ],
      # in a hub, for members that are silent
      [for allowed in [true] : {
        Effect   = "Allow"
        Action   = ["sns:Publish"]
        Resource = [local.operations_topic_arn]
      } if local.is_hub],
    )
  })
}

# The scan. Without a start date, a rate begins at once: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
resource "aws_scheduler_schedule" "scan" {
  count = local.scans ? 1 : 0

  name                = "${var.name}-scan"
  group_name          = aws_scheduler_schedule_group.this.name
  description         = "Evaluates the resources that exist already"
  schedule_expression = var.scan_schedule

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.this["scan"].arn
    role_arn = aws_iam_role.schedule.arn
    input    = "{\"scan\":\"<aws.scheduler.scheduled-time>\"}" # jsonencode would escape < and >

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }

    dead_letter_config {
      arn = aws_sqs_queue.this["schedule-dead-letters"].arn
    }
  }

  depends_on = [aws_iam_role_policy.schedule] # the first one should be delivered
}

# The canary: once a day, and once at the deployment, a schedule changes the description of the key. The call has to come back
# through the trail, the bus and the rule of a function. In a hub it takes the way of the members' calls. It has no dead-letter queue: an
# alarm is raised if it does not come back, for whatever reason.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
resource "aws_iam_role" "canary" {
  name_prefix          = substr("${var.name}-canary-", 0, 38)
  path                 = var.role_path
  permissions_boundary = local.boundary
  assume_role_policy   = local.assumed_by_scheduler
  tags                 = var.tags
}

resource "aws_iam_role_policy" "canary" {
  name = "own"
  role = aws_iam_role.canary.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["kms:UpdateKeyDescription"], Resource = [aws_kms_key.this.arn] }]
  })
}

resource "aws_scheduler_schedule" "canary" {
  name                = "${var.name}-canary"
  group_name          = aws_scheduler_schedule_group.this.name
  description         = "Changes the description of the key of Sealwatch, so that the call comes back as an event"
  schedule_expression = "rate(24 hours)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:kms:updateKeyDescription"
    role_arn = aws_iam_role.canary.arn
    input    = "{\"KeyId\":\"${aws_kms_key.this.arn}\",\"Description\":\"sealwatch canary <aws.scheduler.scheduled-time>\"}"

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }
  }

  # the first one should be heard
  depends_on = [aws_iam_role_policy.canary, aws_cloudwatch_event_target.function]
}
