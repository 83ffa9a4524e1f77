aws cloudtrail start-event-data-store-ingestion --event-data-store {{arn}} --region {{region}}
