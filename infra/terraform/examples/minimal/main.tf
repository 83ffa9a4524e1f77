# One account, with the zips of a release in a folder. Findings go to an e-mail address.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80, < 7.0"
    }
  }
}

variable "release_folder" {
  description = "The folder of the unpacked release."
  type        = string
}

module "sealwatch" {
  source = "../.."

  release_folder = var.release_folder
  alert_email    = "oncall@example.com"
}
