# The hub of an organization: code from S3, settings in Parameter Store, findings in Security Hub, functions in a VPC.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80, < 7.0"
    }
  }
}

variable "code_bucket" {
  description = "The bucket that contains the release, in the Region of the provider."
  type        = string
}

variable "organization_id" {
  description = "The organization whose accounts are monitored."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets with access to the AWS APIs."
  type        = list(string)
}

variable "security_group_ids" {
  description = "The security groups of the functions."
  type        = list(string)
}

module "sealwatch" {
  source = "../.."

  code_bucket = var.code_bucket

  alert_email        = "oncall@example.com"
  operations_email   = "platform@example.com"
  settings_parameter = aws_ssm_parameter.settings.name
  trusted_accounts   = ["organization"]
  organization_id    = var.organization_id
  security_hub       = true
  log_retention_days = 90
  role_path          = "/sealwatch/"
  subnet_ids         = var.subnet_ids
  security_group_ids = var.security_group_ids

  tags = {
    team = "security"
  }
}

resource "aws_ssm_parameter" "settings" {
  name  = "/sealwatch/settings"
  type  = "String"
  value = <<-TOML
    [notify]
    min_severity = "medium"
  TOML
}

output "findings_topic" {
  description = "Subscribe to this topic to get findings."
  value       = module.sealwatch.findings_topic
}
