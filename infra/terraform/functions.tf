locals {
  # What each function needs: its look-ups, and what it runs with.
  functions = merge(
    { for name, detector in local.detectors : name => {
      permissions = detector.permissions
      memory      = 128
      timeout     = 60
      reserved    = var.reserved_concurrency
    } },
    { for name in ["scan"] : name => {
      permissions = local.scan_statements
      memory      = 512
      timeout     = 900
      reserved    = min(1, var.reserved_concurrency) # one scan at a time is enough
    } if local.scans },
    { for name in ["security-hub"] : name => {
      permissions = []
      memory      = 128
      timeout     = 60
      reserved    = var.reserved_concurrency
    } if local.has_security_hub },
  )

  # The functions that evaluate.
  evaluating = { for name, function in local.functions : name => function if name != "security-hub" }

  environment = merge(
    {
      SEALWATCH_TOPIC_ARN                = local.findings_topic_arn
      SEALWATCH_SETTINGS                 = var.settings_object != "" ? var.settings_object : var.settings_parameter != "" ? "ssm:${var.settings_parameter}" : var.settings
      SEALWATCH_TRUSTED_ACCOUNTS         = join(",", var.trusted_accounts)
      SEALWATCH_TRUSTED_ORGANIZATIONS    = join(",", var.trusted_organizations)
      SEALWATCH_ORGANIZATION_ROLE_ARN    = var.organization_role_arn
      SEALWATCH_SETTLE                   = var.settle_time
      SEALWATCH_LOOKUP_ROLE              = local.is_hub ? var.lookup_role_name : ""
      SEALWATCH_SCHEDULE_GROUP           = aws_scheduler_schedule_group.this.name
      SEALWATCH_SCHEDULE_ROLE_ARN        = aws_iam_role.schedule.arn
      SEALWATCH_SCHEDULE_DEAD_LETTER_ARN = aws_sqs_queue.this["schedule-dead-letters"].arn
    },
    var.ledger ? { SEALWATCH_LEDGER_TABLE = aws_dynamodb_table.ledger[0].name } : {},
    var.use_fips_endpoint ? { AWS_USE_FIPS_ENDPOINT = "true" } : {},
  )
  own_environment = {
    (local.hears) = { SEALWATCH_OPERATIONS_TOPIC_ARN = local.is_hub ? local.operations_topic_arn : "" }
    scan          = { SEALWATCH_OPERATIONS_TOPIC_ARN = local.operations_topic_arn }
  }

  list_accounts = "organizations:ListAccounts"
}

resource "aws_cloudwatch_log_group" "function" {
  for_each = local.functions

  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  for_each = local.functions

  function_name                  = "${var.name}-${each.key}"
  description                    = "Sealwatch ${local.version}" # `sealwatch doctor` reads the version
  role                           = aws_iam_role.function[each.key].arn
  runtime                        = "provided.al2023"
  handler                        = "bootstrap"
  architectures                  = [var.architecture]
  memory_size                    = each.value.memory
  timeout                        = each.value.timeout
  reserved_concurrent_executions = each.value.reserved == 0 ? -1 : each.value.reserved
  tags                           = var.tags

  filename         = var.release_folder == "" ? null : "${var.release_folder}/${var.architecture}/sealwatch-${each.key}.zip"
  source_code_hash = var.release_folder == "" ? null : filebase64sha256("${var.release_folder}/${var.architecture}/sealwatch-${each.key}.zip")
  s3_bucket        = var.release_folder == "" ? var.code_bucket : null
  s3_key           = var.release_folder == "" ? "${var.code_prefix}${local.version}/${var.architecture}/sealwatch-${each.key}.zip" : null

  environment {
    variables = merge(local.environment, lookup(local.own_environment, each.key, {}))
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }

  dynamic "vpc_config" {
    for_each = local.in_vpc ? [1] : []

    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = var.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = (var.release_folder == "") != (var.code_bucket == "")
      error_message = "Set either release_folder or code_bucket: where the zips of the release are."
    }

    precondition {
      condition     = var.ledger || !var.security_hub
      error_message = "security_hub needs ledger, because the findings are imported from the ledger."
    }

    precondition {
      condition     = (length(var.subnet_ids) == 0) == (length(var.security_group_ids) == 0)
      error_message = "Set subnet_ids and security_group_ids together, or neither of them."
    }
  }

  depends_on = [aws_iam_role_policy.function]
}

resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = local.functions

  function_name                = aws_lambda_function.this[each.key].function_name
  qualifier                    = "$LATEST"
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.this["failed-events"].arn
    }
  }
}
