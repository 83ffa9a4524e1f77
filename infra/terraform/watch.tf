# Rules that match calls that would silence Sealwatch. They notify the operations topic.

locals {
  ours      = { prefix = "${var.name}-" }
  call_type = ["AWS API Call via CloudTrail"]
  topics    = [local.findings_topic_arn, local.operations_topic_arn]

  watched = merge(
    {
      rules = ["events", "Someone disables, changes or deletes a rule of this stack or its targets", jsonencode({
        "$or" = [
          { eventName = ["DeleteRule", "DisableRule", "PutRule"], requestParameters = { name = [local.ours] } },
          { eventName = ["PutTargets", "RemoveTargets"], requestParameters = { rule = [local.ours] } },
          # the bus of a hub
          { eventName = ["DeleteEventBus", "UpdateEventBus"], requestParameters = { name = [var.name] } },
          { eventName = ["PutPermission", "RemovePermission"], requestParameters = { eventBusName = [var.name] } },
        ]
      })]
      # Lambda's event names end with the version of its API: DeleteFunction20150331, also DeleteFunctionEventInvokeConfig
      functions = ["lambda", "Someone deletes, replaces or reconfigures a function of this stack, or forbids its rule to invoke it", jsonencode({
        eventName = [
          { prefix = "DeleteFunction" },
          { prefix = "PutFunctionConcurrency" },
          { prefix = "PutFunctionEventInvokeConfig" },
          { prefix = "RemovePermission" },
          { prefix = "UpdateFunctionCode" },
          { prefix = "UpdateFunctionConfiguration" },
          { prefix = "UpdateFunctionEventInvokeConfig" },
        ]
        requestParameters = { functionName = [local.ours, { wildcard = "*function:${var.name}-*" }] }
      })]
      # PutDataProtectionPolicy can deny to publish
      topics = ["sns", "Someone deletes or changes a topic of this stack or one of its subscriptions", jsonencode({
        "$or" = [
          { eventName = ["DeleteTopic", "RemovePermission", "SetTopicAttributes"], requestParameters = { topicArn = local.topics } },
          { eventName = ["PutDataProtectionPolicy"], requestParameters = { resourceArn = local.topics } },
          {
            eventName         = ["SetSubscriptionAttributes", "Unsubscribe"]
            requestParameters = { subscriptionArn = [for topic in local.topics : { prefix = "${topic}:" }] }
          },
        ]
      })]
      # CloudTrail calls CloudWatch monitoring.
      alarms = ["monitoring", "Someone deletes, changes or mutes an alarm of this stack", jsonencode({
        "$or" = [
          { eventName = ["DeleteAlarms", "DisableAlarmActions"], requestParameters = { alarmNames = [local.ours] } },
          { eventName = ["PutMetricAlarm"], requestParameters = { alarmName = [local.ours] } },
          { eventName = ["PutAlarmMuteRule"], requestParameters = { muteTargets = { alarmNames = [local.ours] } } },
        ]
      })]
      queues = ["sqs", "Someone deletes, empties or changes a queue of this stack", jsonencode({
        eventName         = ["DeleteQueue", "PurgeQueue", "RemovePermission", "SetQueueAttributes"]
        requestParameters = { queueUrl = [{ wildcard = "*/${var.name}-*" }] }
      })]
      # kms-key-lifecycle itself updates the schedules of silent members. A user has no session issuer.
      schedules = ["scheduler", "Someone deletes or changes the re-checks of this stack", jsonencode({
        "$or" = [
          { eventName = ["DeleteScheduleGroup"], requestParameters = { name = [var.name] } },
          { eventName = ["DeleteSchedule"], requestParameters = { groupName = [var.name] } },
          {
            eventName         = ["UpdateSchedule"]
            requestParameters = { groupName = [var.name] }
            userIdentity      = { sessionContext = { sessionIssuer = { arn = [{ exists = false }, { anything-but = [aws_iam_role.function[local.hears].arn] }] } } }
          },
        ]
      })]
      # All calls of KMS that take a key out of use and name it. Not CreateGrant, which only allows, and not UpdateAlias and
      # DeleteAlias, because nothing here uses the alias. Keys are named by id or ARN: these calls accept no alias.
      key = ["kms", "Someone disables, deletes or restricts the key of the findings and logs", jsonencode({
        eventName = ["DeleteImportedKeyMaterial", "DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion"]
        requestParameters = {
          keyId = concat(
            [aws_kms_key.this.key_id, aws_kms_key.this.arn],
            [for key in compact([var.topic_key_arn]) : key],
            [for key in compact([var.topic_key_arn]) : split(":key/", key)[1]],
          )
        }
      })]
      trails = ["cloudtrail", "Someone stops, deletes or changes a trail, without which no events arrive", jsonencode({
        eventName = ["DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"]
      })]
    },
    # Settings can switch off rules. CloudTrail records changes of an S3 object only as data events, which this rule does not get.
    { for parameter in compact([var.settings_parameter]) : "settings" => ["ssm", "Someone changes or deletes the parameter with the settings", jsonencode({
      "$or" = [
        { eventName = ["DeleteParameter", "PutParameter"], requestParameters = { name = [parameter] } },
        { eventName = ["DeleteParameters"], requestParameters = { names = [parameter] } },
      ]
    })] },
  )

  request = "$.detail.requestParameters"
}

resource "aws_iam_role" "watch" {
  name_prefix          = substr("${var.name}-watch-", 0, 38)
  path                 = var.role_path
  permissions_boundary = local.boundary
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "watch" {
  name = "own"
  role = aws_iam_role.watch.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["sns:Publish"], Resource = [local.operations_topic_arn] }]
  })
}

resource "aws_cloudwatch_event_rule" "watch" {
  for_each = local.watched

  name        = "${var.name}-watch-${each.key}"
  description = each.value[1]
  tags        = var.tags

  event_pattern = jsonencode({
    source      = ["aws.${each.value[0]}"]
    detail-type = local.call_type
    detail      = merge({ eventSource = ["${each.value[0]}.amazonaws.com"] }, jsondecode(each.value[2]))
  })
}

locals {
  watching = merge({ for name, rule in aws_cloudwatch_event_rule.watch : name => rule }, { for rule in aws_cloudwatch_event_rule.members : "members" => rule })
}

resource "aws_cloudwatch_event_target" "watch" {
  for_each = local.watching

  rule           = each.value.name
  event_bus_name = each.value.event_bus_name
  target_id      = "operations"
  arn            = local.operations_topic_arn
  role_arn       = aws_iam_role.watch.arn

  dead_letter_config {
    arn = aws_sqs_queue.this["rule-dead-letters"].arn
  }

  input_transformer {
    input_paths = {
      account      = "$.account"
      region       = "$.region"
      call         = "$.detail.eventName"
      error        = "$.detail.errorCode"
      who          = "$.detail.userIdentity.arn"
      from         = "$.detail.sourceIPAddress" # cloudformation.amazonaws.com if CloudFormation makes the call
      time         = "$.detail.eventTime"
      name         = "${local.request}.name"
      rule         = "${local.request}.rule"
      function     = "${local.request}.functionName"
      topic        = "${local.request}.topicArn"
      resource     = "${local.request}.resourceArn"
      alarm        = "${local.request}.alarmName"
      alarms       = "${local.request}.alarmNames[0]" # a list in a text would need quotes
      subscription = "${local.request}.subscriptionArn"
      trail        = "${local.request}.trailName"
      queue        = "${local.request}.queueUrl"
      key          = "${local.request}.keyId"
      bus          = "${local.request}.eventBusName"
      role         = "${local.request}.roleName"
    }
    input_template = "\"Someone may have silenced Sealwatch (${var.name}, <account> <region>): <call> <error> of <name><rule><function><topic><resource><alarm><alarms><subscription><trail><queue><key><bus><role> by <who> from <from> at <time>. What to do: docs/runbooks.md, Silenced.\""
  }
}
