# The ledger: what holds about each rule and resource, and what was reported. It is destroyed with the module, because the key
# that encrypts it is. DynamoDB keeps a backup of a deleted table with point-in-time recovery for 35 days:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
resource "aws_dynamodb_table" "ledger" {
  count = var.ledger ? 1 : 0

  name             = "${var.name}-ledger"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "fingerprint"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  tags             = var.tags

  dynamic "attribute" {
    for_each = ["fingerprint", "open_in", "resource", "pending"]

    content {
      name = attribute.value
      type = "S"
    }
  }

  # Both are sparse: an item is in an index only while it has the attribute. The first finds what is open in an account and Region.
  global_secondary_index {
    name            = "open"
    hash_key        = "open_in"
    range_key       = "resource"
    projection_type = "ALL"
  }

  # What waits for a message that gathers it.
  global_secondary_index {
    name            = "pending"
    hash_key        = "pending"
    projection_type = "KEYS_ONLY"
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.this.arn
  }
}

locals {
  ledger_arn = "arn:${local.partition}:dynamodb:${local.region}:${local.account}:table/${var.name}-ledger"

  # DynamoDB uses the key on behalf of whoever reads or writes, and on no other way. Not kms:CreateGrant, which only who creates the table needs.
  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html, "Key policy for a customer managed key"
  via_dynamodb = { StringEquals = { "kms:ViaService" = "dynamodb.${local.region}.${local.dns}" } }

  ledger_statements = [for statement in [
    {
      Effect   = "Allow"
      Action   = ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
      Resource = local.ledger_arn
    },
    {
      Effect   = "Allow"
      Action   = ["dynamodb:Query"]
      Resource = "${local.ledger_arn}/index/*"
    },
    {
      Effect = "Allow"
      Action = [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
      ]
      Resource  = aws_kms_key.this.arn
      Condition = local.via_dynamodb
    },
  ] : statement if var.ledger]
}
