# The rules that invoke the functions. They match only calls that succeeded: one that failed changed nothing, and each would
# cost an invocation. CloudTrail writes errorCode only if a call failed.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

locals {
  # What the canary does: see schedules.tf.
  canary_pattern = {
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource       = ["kms.amazonaws.com"]
      eventName         = ["UpdateKeyDescription"]
      errorCode         = [{ exists = false }]
      requestParameters = { keyId = [aws_kms_key.this.key_id, aws_kms_key.this.arn], description = [{ prefix = "sealwatch canary " }] }
    }
  }

  # What the rules match besides their source: all alternatives. `Closing` calls can only end a finding.
  alternatives = merge(
    { for name, detector in local.detectors : name => concat(
      [{
        detail-type = detector.detail_types
        detail      = { errorCode = [{ exists = false }, ""], eventSource = [detector.event_source], eventName = detector.events[*].name }
      }],
      [for own in [detector.eventbridge_events] : { detail-type = own } if length(own) > 0],
      [for pattern in [local.canary_pattern] : pattern if name == local.hears],
    ) },
    { for name, detector in local.detectors : "${name}-closing" => concat(
      [{
        detail-type = detector.closingCalls.detail_types
        detail      = { errorCode = [{ exists = false }, ""], eventSource = [detector.event_source], eventName = detector.closingCalls.events[*].name }
      }],
      [for own in [detector.closingCalls.eventbridge_events] : { detail-type = own } if length(own) > 0],
    ) if var.ledger && length(detector.closingCalls.events) > 0 },
  )
}

resource "aws_cloudwatch_event_rule" "function" {
  for_each = toset(keys(local.alternatives))

  name           = "${var.name}-${each.key}"
  event_bus_name = local.bus
  tags           = var.tags

  event_pattern = (
    length(local.alternatives[each.key]) == 1
    ? jsonencode(merge({ source = [local.detectors[trimsuffix(each.key, "-closing")].source] }, local.alternatives[each.key][0]))
    : jsonencode({ source = [local.detectors[trimsuffix(each.key, "-closing")].source], "$or" = local.alternatives[each.key] })
  )
}

resource "aws_cloudwatch_event_target" "function" {
  for_each = aws_cloudwatch_event_rule.function

  rule           = each.value.name
  event_bus_name = each.value.event_bus_name
  target_id      = "function"
  arn            = aws_lambda_function.this[trimsuffix(each.key, "-closing")].arn

  dead_letter_config {
    arn = aws_sqs_queue.this["rule-dead-letters"].arn
  }

  depends_on = [aws_lambda_permission.function]
}

resource "aws_lambda_permission" "function" {
  for_each = aws_cloudwatch_event_rule.function

  statement_id  = each.key
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this[trimsuffix(each.key, "-closing")].function_name
  principal     = "events.amazonaws.com"
  source_arn    = each.value.arn
}
