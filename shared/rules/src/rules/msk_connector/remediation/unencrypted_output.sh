aws kms create-key --description 'connector output' --region {{region}}
# settings.json holds all settings of the connector, with {{property}}=ARN_OF_THE_NEW_KEY
aws kafkaconnect update-connector --connector-arn {{arn}} --current-version "$(aws kafkaconnect describe-connector --connector-arn {{arn}} --query currentVersion --output text --region {{region}})" --connector-configuration file://settings.json --region {{region}}
