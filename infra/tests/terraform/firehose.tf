resource "aws_s3_bucket" "archive" {
  bucket = "archive"
}

resource "aws_iam_role" "delivery" {
  name = "delivery"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "firehose.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_kinesis_firehose_delivery_stream" "plain" {
  name        = "plain"
  destination = "extended_s3"
  extended_s3_configuration {
    bucket_arn = aws_s3_bucket.archive.arn
    role_arn   = aws_iam_role.delivery.arn
  }
}

resource "aws_kinesis_firehose_delivery_stream" "aws_owned_key" {
  name        = "aws-owned-key"
  destination = "extended_s3"
  extended_s3_configuration {
    bucket_arn  = aws_s3_bucket.archive.arn
    role_arn    = aws_iam_role.delivery.arn
    kms_key_arn = module.key["orders"].arn
  }
  server_side_encryption {
    enabled = true
  }
}

# Terraform creates the stream and then calls StartDeliveryStreamEncryption.
resource "aws_kinesis_firehose_delivery_stream" "customer_key" {
  name        = "customer-key"
  destination = "extended_s3"
  extended_s3_configuration {
    bucket_arn  = aws_s3_bucket.archive.arn
    role_arn    = aws_iam_role.delivery.arn
    kms_key_arn = module.key["orders"].arn
  }
  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = module.key["orders"].arn
  }
}
