variable "release_folder" {
  description = "The folder of a release, with the zips in arm64 and x86_64. Empty if they are in code_bucket."
  type        = string
  default     = ""
}

variable "code_bucket" {
  description = "The S3 bucket that contains the files of the release, in the Region of the provider. Empty if they are in release_folder."
  type        = string
  default     = ""
}

variable "code_prefix" {
  description = "Where the folders of all releases are in code_bucket."
  type        = string
  default     = "sealwatch/"

  validation {
    condition     = can(regex("^$|/$", var.code_prefix))
    error_message = "code_prefix must be empty or end with a slash."
  }
}

variable "architecture" {
  description = "The processor of the functions. arm64 costs a fifth less."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64."
  }
}

variable "tags" {
  description = "Tags of all resources that can have tags."
  type        = map(string)
  default     = {}
}

variable "name" {
  description = "The prefix of all names."
  type        = string
  default     = "sealwatch"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.name))
    error_message = "name must be at most 40 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "alert_email" {
  description = "An email address that gets every finding, once its owner confirms the subscription. Empty for none."
  type        = string
  default     = ""
}

variable "operations_email" {
  description = "An email address that gets alarms about Sealwatch itself. If empty, alert_email gets them, unless operations_topic_arn is given."
  type        = string
  default     = ""
}

variable "topic_arn" {
  description = "An existing SNS topic for findings. If empty, the module creates an encrypted one."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.topic_arn))
    error_message = "topic_arn must be the ARN of a standard SNS topic in this Region."
  }
}

variable "topic_key_arn" {
  description = "The KMS key that encrypts the topic of topic_arn, if it has one."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.topic_key_arn))
    error_message = "topic_key_arn must be the ARN of a KMS key, not of an alias."
  }
}

variable "operations_topic_arn" {
  description = "An existing SNS topic without a KMS key for alarms about Sealwatch itself, see docs/organizations.md. If empty, the module creates one."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.operations_topic_arn))
    error_message = "operations_topic_arn must be the ARN of a standard SNS topic in this Region."
  }
}

variable "settings" {
  description = "Settings as TOML, see docs/settings.md. Empty for the defaults."
  type        = string
  default     = ""
}

variable "settings_parameter" {
  description = "A Parameter Store parameter that contains the settings, for example /sealwatch/settings. It replaces settings."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^/[A-Za-z0-9_./-]+$", var.settings_parameter))
    error_message = "settings_parameter must be the name of a Parameter Store parameter that starts with a slash."
  }
}

variable "settings_object" {
  description = "An S3 object that contains the settings, for example s3://my-settings/sealwatch.toml. It replaces settings and settings_parameter."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^s3://[a-z0-9.-]{3,63}/[A-Za-z0-9_./+=@-]+$", var.settings_object))
    error_message = "settings_object must be s3://BUCKET/KEY."
  }
}

variable "trusted_accounts" {
  description = "Accounts that may share keys with this account, in addition to those in the settings. organization stands for the accounts of yours."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for one in var.trusted_accounts : can(regex("^([0-9]{12}|organization)$", one))])
    error_message = "trusted_accounts must be account ids, or organization."
  }
}

variable "trusted_organizations" {
  description = "Organizations that may share keys with this account, in addition to those in the settings."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for one in var.trusted_organizations : can(regex("^o-[a-z0-9]{10,32}$", one))])
    error_message = "trusted_organizations must be organization ids."
  }
}

variable "organization_role_arn" {
  description = "The role that lists the accounts of the organization, if they are trusted, see docs/organizations.md. If empty, the functions list them, which AWS allows only in the management account and for delegated administrators."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", var.organization_role_arn))
    error_message = "organization_role_arn must be the ARN of a role."
  }
}

variable "settle_time" {
  description = "The settle time, after which a new stream or key is evaluated. Empty for that of the settings, which is 5m by default."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^0$|^[1-9][0-9]*[smh]$", var.settle_time))
    error_message = "settle_time must be a duration like 30s, 5m or 1h, or 0."
  }
}

variable "organization_id" {
  description = "Makes this module the hub of this organization, see docs/organizations.md. Empty to monitor only this account."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "organization_id must be an organization id."
  }
}

variable "lookup_role_name" {
  description = "In a hub, the name of the read-only role that the functions assume in each member account."
  type        = string
  default     = "sealwatch-lookup"

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_/-]+$", var.lookup_role_name))
    error_message = "lookup_role_name must match ^[A-Za-z0-9+=,.@_/-]+$."
  }
}

variable "reserved_concurrency" {
  description = "How many events each function may evaluate at once. 0 reserves no concurrency. Needs an account quota of this many for each function and 100 besides, see docs/operations.md."
  type        = number
  default     = 0

  validation {
    condition     = var.reserved_concurrency >= 0 && floor(var.reserved_concurrency) == var.reserved_concurrency
    error_message = "reserved_concurrency must be 0 or a positive whole number."
  }
}

variable "scan_schedule" {
  description = "When to scan what exists already. A rate also scans once when the module is created. Empty for never."
  type        = string
  default     = "rate(24 hours)"

  validation {
    condition     = can(regex("^$|^(rate|cron)\\([^()]+\\)$", var.scan_schedule))
    error_message = "scan_schedule must be a schedule expression, rate(...) or cron(...), in UTC."
  }
}

variable "ledger" {
  description = "Whether to create a table in which the functions remember what they reported. With it, each finding is reported once, and again when it is fixed, see docs/operations.md."
  type        = bool
  default     = true
}

variable "security_hub" {
  description = "Whether to import the findings of the ledger into AWS Security Hub, which has to be enabled. Needs ledger."
  type        = bool
  default     = false
}

variable "role_path" {
  description = "The path of all roles of the module."
  type        = string
  default     = "/"

  validation {
    condition     = can(regex("^/([A-Za-z0-9+=,.@_-]+/)*$", var.role_path))
    error_message = "role_path must begin and end with a slash, for example /sealwatch/."
  }
}

variable "permissions_boundary_arn" {
  description = "The permissions boundary of all roles of the module. Empty for none."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy."
  }
}

variable "subnet_ids" {
  description = "Subnets of a VPC to run the functions in, with access to the AWS APIs, see docs/operations.md. Empty for no VPC."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for one in var.subnet_ids : can(regex("^subnet-[0-9a-f]+$", one))])
    error_message = "subnet_ids must be ids of subnets."
  }
}

variable "security_group_ids" {
  description = "The security groups of the functions in the VPC. Required with subnet_ids, without effect otherwise."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for one in var.security_group_ids : can(regex("^sg-[0-9a-f]+$", one))])
    error_message = "security_group_ids must be ids of security groups."
  }
}

variable "use_fips_endpoint" {
  description = "Whether the functions call the FIPS endpoints of AWS. Only Regions in the US and Canada have them."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "How many days logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch Logs accepts."
  }
}

variable "dashboard" {
  description = "Whether to create a CloudWatch dashboard. The first three in an account are free."
  type        = bool
  default     = true
}
