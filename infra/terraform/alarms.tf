# Alarms on what is lost or waits. No alarm reports OK: it would do so when lost or expired events are no longer counted. Each
# metric of an alarm costs 0.10 USD a month, also in metric math. So there is no alarm for each function: its failures reach failed-events.

locals {
  queue_alarms = merge(
    {
      rule-dead-letters     = ["EventBridge could not deliver an event to a function", "Rule dead letters"]
      failed-events         = ["A function failed three times on an event", "Failed events"]
      schedule-dead-letters = ["A re-check could not be delivered", "Schedule dead letters"]
    },
    # No alarm for its age: the stream keeps records for a day only.
    { for queue in ["security-hub-dead-letters"] : queue => ["Findings could not be imported into Security Hub", "Security Hub dead letters"] if local.has_security_hub },
  )

  alarms = merge(
    { for queue, texts in local.queue_alarms : queue => {
      text       = texts[0]
      section    = texts[1]
      namespace  = "AWS/SQS"
      metric     = "ApproximateNumberOfMessagesVisible"
      statistic  = "Maximum"
      dimensions = { QueueName = "${var.name}-${queue}" }
      threshold  = 1
    } },
    { for queue, texts in local.queue_alarms : "${queue}-age" => {
      text       = "A message in ${queue} has been waiting for a week and expires after another"
      section    = "Waiting messages"
      namespace  = "AWS/SQS"
      metric     = "ApproximateAgeOfOldestMessage"
      statistic  = "Maximum"
      dimensions = { QueueName = "${var.name}-${queue}" }
      threshold  = 604800
    } if queue != "security-hub-dead-letters" },
    {
      # Over all functions of the account and Region: Lambda publishes the sum, and such a failure is rare.
      lost-events = {
        text       = "A function failed on an event, and Lambda could not keep the event"
        section    = "Lost events"
        namespace  = "AWS/Lambda"
        metric     = "DestinationDeliveryFailures"
        statistic  = "Sum"
        dimensions = {}
        threshold  = 1
      }
      lost-re-checks = {
        text       = "A re-check could be delivered neither to its function nor to its queue"
        section    = "Lost re-checks"
        namespace  = "AWS/Scheduler"
        metric     = "InvocationsFailedToBeSentToDeadLetterCount"
        statistic  = "Sum"
        dimensions = { ScheduleGroup = var.name }
        threshold  = 1
      }
      undelivered-findings = {
        text       = "SNS could not deliver a finding to a subscriber"
        section    = "Undelivered findings"
        namespace  = "AWS/SNS"
        metric     = "NumberOfNotificationsFailed"
        statistic  = "Sum"
        dimensions = { TopicName = element(split(":", local.findings_topic_arn), 5) }
        threshold  = 1
      }
      # SNS has no metric for subscriptions that nobody has confirmed. The function counts them when it hears the canary.
      unconfirmed = {
        text       = "A subscription of the topic for findings is not confirmed, or there is none"
        section    = "Unconfirmed subscriptions"
        namespace  = "Sealwatch"
        metric     = "UnconfirmedSubscriptions"
        statistic  = "Maximum"
        dimensions = { detector = local.hears }
        threshold  = 1
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.text}. See docs/runbooks.md, \"${each.value.section}\"."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  period              = 300
  evaluation_periods  = 1
  threshold           = each.value.threshold
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.operations_topic_arn]
  tags                = var.tags
}

# CloudWatch has this metric for each rule only, and 20 alarms would cost 2.00 a month. The query adds up all rules of the
# account and Region. EventBridge writes the metric only if it is not zero.
resource "aws_cloudwatch_metric_alarm" "lost_rule_events" {
  alarm_name          = "${var.name}-lost-rule-events"
  alarm_description   = "EventBridge could deliver an event neither to its target nor to a queue. See docs/runbooks.md, \"Lost rule events\"."
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.operations_topic_arn]
  tags                = var.tags

  metric_query {
    id          = "expr_1"
    expression  = "SELECT SUM(InvocationsFailedToBeSentToDlq) FROM \"AWS/Events\""
    period      = 300
    return_data = true
  }
}

# Lambda keeps a throttled event for six hours. Throttles of other functions alone are no news.
resource "aws_cloudwatch_metric_alarm" "delayed_events" {
  alarm_name          = "${var.name}-delayed-events"
  alarm_description   = "Lambda throttles functions, and an event has been waiting for more than 15 minutes. See docs/runbooks.md, \"Delayed events\"."
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.operations_topic_arn]
  tags                = var.tags

  metric_query {
    id          = "expr_1"
    expression  = "IF(throttles > 0 AND age > 900000, 1, 0)"
    return_data = true
  }

  metric_query {
    id          = "throttles"
    return_data = false

    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Throttles"
      period      = 300
      stat        = "Sum"
    }
  }

  metric_query {
    id          = "age"
    return_data = false

    metric {
      namespace   = "AWS/Lambda"
      metric_name = "AsyncEventAge"
      period      = 300
      stat        = "Maximum"
    }
  }
}

# A day, and two hours: the schedule retries for an hour, and events are late. CloudWatch allows up to seven days for periods of
# an hour. The AWS provider has no warm-up of an alarm, so this one is raised at the deployment, until the first canary is heard.
resource "aws_cloudwatch_metric_alarm" "canary" {
  alarm_name          = "${var.name}-canary"
  alarm_description   = "No canary has been heard for a day, so other calls are probably not heard either. See docs/runbooks.md, \"Canary\"."
  namespace           = "Sealwatch"
  metric_name         = "CanaryHeard"
  statistic           = "Sum"
  dimensions          = { detector = local.hears }
  period              = 3600
  evaluation_periods  = 26
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [local.operations_topic_arn]
  tags                = var.tags
}
