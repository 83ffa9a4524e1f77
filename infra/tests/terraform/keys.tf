# The description of a key is the name of its resource: test_terraform.py finds the key by it.

resource "aws_kms_key" "default_policy" {
  description         = "default_policy"
  enable_key_rotation = true
}

resource "aws_kms_key" "public" {
  description         = "public"
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [local.administration, {
      Sid       = "Anyone"
      Effect    = "Allow"
      Principal = "*"
      Action    = "kms:Decrypt"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_key" "without_rotation" {
  description = "without_rotation"
}

resource "aws_kms_key" "disabled" {
  description         = "disabled"
  enable_key_rotation = true
  is_enabled          = false
}

# The policy is a resource of its own.
resource "aws_kms_key" "shared" {
  description         = "shared"
  enable_key_rotation = true
}

data "aws_iam_policy_document" "shared" {
  statement {
    sid       = "Administration"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [local.administration.Principal.AWS]
    }
  }
  statement {
    sid       = "Partner"
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [local.partner]
    }
  }
}

resource "aws_kms_key_policy" "shared" {
  key_id = aws_kms_key.shared.key_id
  policy = data.aws_iam_policy_document.shared.json
}

# The policy names the key, so it is known only after apply.
resource "aws_kms_key" "by_arn" {
  description         = "by_arn"
  enable_key_rotation = true
}

resource "aws_kms_key_policy" "by_arn" {
  key_id = aws_kms_key.by_arn.key_id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [local.administration, {
      Sid       = "Partner"
      Effect    = "Allow"
      Principal = { AWS = local.partner }
      Action    = "kms:Decrypt"
      Resource  = aws_kms_key.by_arn.arn
    }]
  })
}

module "key" {
  source   = "./key"
  for_each = { orders = [], invoices = [local.partner] }
  name     = each.key
  readers  = each.value
}

# A primary key and its replica have separate policies.
resource "aws_kms_key" "primary" {
  description         = "primary"
  enable_key_rotation = true
  multi_region        = true
}

resource "aws_kms_replica_key" "replica" {
  provider        = aws.frankfurt
  description     = "replica"
  primary_key_arn = aws_kms_key.primary.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [local.administration, {
      Sid       = "Partner"
      Effect    = "Allow"
      Principal = { AWS = local.partner }
      Action    = "kms:Decrypt"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_key" "other_primary" {
  description         = "other_primary"
  enable_key_rotation = true
  multi_region        = true
}

resource "aws_kms_replica_key" "replica_with_default_policy" {
  provider        = aws.frankfurt
  description     = "replica_with_default_policy"
  primary_key_arn = aws_kms_key.other_primary.arn
}
