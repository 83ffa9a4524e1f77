aws cloudtrail restore-event-data-store --event-data-store {{arn}} --region {{region}}
