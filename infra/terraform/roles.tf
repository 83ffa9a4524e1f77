# The role of each function allows only what its detector needs.

resource "aws_iam_role" "function" {
  for_each = local.functions

  name_prefix          = substr("${var.name}-${each.key}-", 0, 38) # names of roles are unique in the account, over all Regions
  path                 = var.role_path
  permissions_boundary = local.boundary
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

locals {
  # What all functions need. The network is as in AWSLambdaVPCAccessExecutionRole: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
  statements_of_all = { for name, function in local.functions : name => concat(
    [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.function[name].arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = aws_sqs_queue.this["failed-events"].arn
      },
    ],
    [for allowed in [true] : {
      Effect = "Allow"
      Action = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ]
      Resource = "*"
    } if local.in_vpc],
    # in a hub: the look-up role of a member
    [for organization in compact([var.organization_id]) : {
      Effect    = "Allow"
      Action    = ["sts:AssumeRole"]
      Resource  = "arn:${local.partition}:iam::*:role/${var.lookup_role_name}"
      Condition = { StringEquals = { "aws:ResourceOrgID" = organization } }
    } if name == "security-hub" || length(function.permissions) > 0],
  ) }

  # What every function needs that evaluates: its look-ups, where findings go, schedules, the ledger, its settings. The look-up kms:DescribeKey
  # is on any key: callers also name keys of other accounts, and each key's own policy has to allow this as well. IAM knows no resource for key stores,
  # the accounts of an organization, and lists of a whole Region.
  statements_to_evaluate = { for name, function in local.evaluating : name => concat(
    [for permission in function.permissions : {
      Effect   = "Allow"
      Action   = [permission.action]
      Resource = replace(replace(replace(permission.resource, "{partition}", local.partition), "{region}", local.region), "{account}", local.account)
    } if permission.action != local.list_accounts || var.organization_role_arn == ""],
    [for role in compact([var.organization_role_arn]) : {
      Effect   = "Allow"
      Action   = ["sts:AssumeRole"]
      Resource = role
    } if contains(function.permissions[*].action, local.list_accounts)],
    [
      {
        Effect   = "Allow"
        Action   = ["sns:Publish"]
        Resource = local.findings_topic_arn
      },
      {
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = concat([aws_kms_key.this.arn], compact([var.topic_key_arn]))
        Condition = { StringEquals = { "kms:ViaService" = "sns.${local.region}.${local.dns}" } }
      },
      {
        Effect   = "Allow"
        Action   = ["scheduler:CreateSchedule"]
        Resource = "arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule/${aws_scheduler_schedule_group.this.name}/*"
      },
      {
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = aws_iam_role.schedule.arn
        Condition = { StringEquals = { "iam:PassedToService" = "scheduler.amazonaws.com" } }
      },
    ],
    local.ledger_statements,
    [for parameter in compact([var.settings_parameter]) : {
      Effect   = "Allow"
      Action   = ["ssm:GetParameter"]
      Resource = "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter${parameter}"
    }],
    [for object in compact([var.settings_object]) : {
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = "arn:${local.partition}:s3:::${trimprefix(object, "s3://")}"
    }],
  ) }

  # What only one function needs.
  own_statements = {
    (local.hears) = concat(
      # with the canary: is somebody subscribed, and confirmed?
      [{
        Effect   = "Allow"
        Action   = ["sns:ListSubscriptionsByTopic"]
        Resource = local.findings_topic_arn
      }],
      # with the heartbeat of a member: move its dead man's switch to a later time
      [for allowed in [true] : {
        Effect   = "Allow"
        Action   = ["scheduler:UpdateSchedule"]
        Resource = "arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule/${aws_scheduler_schedule_group.this.name}/silent-*"
      } if local.is_hub],
    )
    scan = concat(
      [{
        Effect   = "Allow"
        Action   = ["sns:Publish"]
        Resource = local.operations_topic_arn
      }],
      # what invocations left behind that crashed
      [for allowed in [true] : {
        Effect   = "Allow"
        Action   = ["dynamodb:Scan"]
        Resource = "${local.ledger_arn}/index/pending"
      } if var.ledger],
      # the schedules of silent members are the list of members
      [for allowed in [true] : {
        Effect   = "Allow"
        Action   = ["scheduler:ListSchedules"]
        Resource = "*"
      } if local.is_hub],
    )
    security-hub = local.security_hub_statements
  }
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions

  name = "own"
  role = aws_iam_role.function[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      local.statements_of_all[each.key],
      try(local.statements_to_evaluate[each.key], []),
      try(local.own_statements[each.key], []),
    )
  })
}
