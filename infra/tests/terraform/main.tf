# What test_terraform.py plans and applies to a local AWS: keys.tf, kinesis.tf, firehose.tf.

# AWS_ENDPOINT_URL and the credentials come from the environment.
provider "aws" {
  region                      = "eu-west-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}

provider "aws" {
  alias                       = "frankfurt"
  region                      = "eu-central-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}

data "aws_caller_identity" "current" {}

locals {
  # The partner is another account and in no settings file.
  partner = "arn:aws:iam::444455556666:root"
  administration = {
    Sid       = "Administration"
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }
}
