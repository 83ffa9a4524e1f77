# The same system as infra/sam/template.yaml and infra/cdk. infra/tests fails if they differ.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  version   = "0.1.0"
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id
  dns       = data.aws_partition.current.dns_suffix

  # The calls that each function monitors and the permissions that it needs, and those of the scan. The files are copies of those in infra: a
  # module is copied without what is beside it, for example if its source is an absolute path.
  detectors       = { for one in jsondecode(file("${path.module}/data/detectors.json")) : one.name => one }
  scan_statements = jsondecode(file("${path.module}/data/scan.json"))

  # The detector whose function also hears the canary and the heartbeats of members.
  hears = "kms-key-lifecycle"

  is_hub           = var.organization_id != ""
  scans            = var.scan_schedule != ""
  has_security_hub = var.ledger && var.security_hub
  in_vpc           = length(var.subnet_ids) > 0

  findings_topic_arn   = var.topic_arn == "" ? aws_sns_topic.findings[0].arn : var.topic_arn
  operations_topic_arn = var.operations_topic_arn == "" ? aws_sns_topic.operations[0].arn : var.operations_topic_arn
  bus                  = local.is_hub ? aws_cloudwatch_event_bus.this[0].name : "default"
  boundary             = var.permissions_boundary_arn == "" ? null : var.permissions_boundary_arn

  # Of the functions, by name: known before they exist.
  function_arns = {
    for name in concat(keys(local.detectors), ["scan", "security-hub"]) :
    name => "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${var.name}-${name}"
  }
}
