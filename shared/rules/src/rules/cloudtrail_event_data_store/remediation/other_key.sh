aws cloudtrail create-event-data-store --name {{name}}-encrypted --kms-key-id alias/your-key --region {{region}}
