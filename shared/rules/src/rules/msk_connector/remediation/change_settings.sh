{{comments}}# settings.json: all settings that describe-connector shows, with these; VERSION: its currentVersion
aws kafkaconnect update-connector --connector-arn {{arn}} --current-version VERSION --connector-configuration file://settings.json --region {{region}}
