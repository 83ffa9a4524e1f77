# In a hub, the members' events arrive here.
resource "aws_cloudwatch_event_bus" "this" {
  count = local.is_hub ? 1 : 0

  name = var.name
  tags = var.tags
}

resource "aws_cloudwatch_event_bus_policy" "this" {
  count = local.is_hub ? 1 : 0

  event_bus_name = aws_cloudwatch_event_bus.this[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Members"
      Effect    = "Allow"
      Principal = "*"
      Action    = "events:PutEvents"
      Resource  = aws_cloudwatch_event_bus.this[0].arn
      Condition = { StringEquals = { "aws:PrincipalOrgID" = var.organization_id } }
    }]
  })
}

# The heartbeats of members, see infra/organization/member.yaml. The function moves the dead man's switch of the member to a
# later time, the schedule silent-<account> in the schedule group. Its target is the operations topic.
resource "aws_cloudwatch_event_rule" "heartbeats" {
  count = local.is_hub ? 1 : 0

  name           = "${var.name}-heartbeats"
  description    = "A member is still heard"
  event_bus_name = local.bus
  tags           = var.tags

  event_pattern = jsonencode({
    source      = ["aws.events"]
    detail-type = local.call_type
    detail = {
      eventSource       = ["events.amazonaws.com"]
      eventName         = ["TagResource"]
      errorCode         = [{ exists = false }]
      requestParameters = { tags = { key = ["sealwatch-heartbeat"] } }
    }
  })
}

resource "aws_cloudwatch_event_target" "heartbeats" {
  count = local.is_hub ? 1 : 0

  rule           = aws_cloudwatch_event_rule.heartbeats[0].name
  event_bus_name = local.bus
  target_id      = "function"
  arn            = aws_lambda_function.this[local.hears].arn

  dead_letter_config {
    arn = aws_sqs_queue.this["rule-dead-letters"].arn
  }
}

resource "aws_lambda_permission" "heartbeats" {
  count = local.is_hub ? 1 : 0

  statement_id  = "heartbeats"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this[local.hears].function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.heartbeats[0].arn
}

# What a member forwards about its own parts. The rules in watch.tf report those of the hub's own account.
resource "aws_cloudwatch_event_rule" "members" {
  count = local.is_hub ? 1 : 0

  name           = "${var.name}-watch-members"
  description    = "Someone changes a trail, or a part of Sealwatch in a member, so that it may no longer be heard"
  event_bus_name = local.bus
  tags           = var.tags

  event_pattern = jsonencode({
    source      = ["aws.cloudtrail", "aws.events", "aws.iam", "aws.scheduler", "aws.sqs"]
    detail-type = local.call_type
    account     = [{ anything-but = [local.account] }]
    detail = {
      "$or" = [for call in [
        ["cloudtrail", ["DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"]],
        ["events", ["DeleteRule", "DisableRule", "PutRule", "PutTargets", "RemoveTargets"]],
        ["iam", ["AttachRolePolicy", "DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy", "UpdateAssumeRolePolicy"]],
        ["scheduler", ["DeleteSchedule", "UpdateSchedule"]],
        ["sqs", ["DeleteQueue", "PurgeQueue", "RemovePermission", "SetQueueAttributes"]],
      ] : { eventSource = ["${call[0]}.amazonaws.com"], eventName = call[1] }]
    }
  })
}
