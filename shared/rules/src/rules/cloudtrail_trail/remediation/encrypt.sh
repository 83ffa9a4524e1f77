aws cloudtrail update-trail --name {{arn}} --kms-key-id alias/your-key --region {{region}}
