aws firehose delete-delivery-stream --delivery-stream-name {{name}} --region {{region}} # then create it again with DatabaseSourceConfiguration.SSLMode=Enabled
