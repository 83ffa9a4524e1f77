aws cloudtrail update-event-data-store --event-data-store {{arn}} --kms-key-id alias/your-key --region {{region}}
