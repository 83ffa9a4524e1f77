aws kafkaconnect create-connector --connector-name {{name}}-iam --kafka-cluster-client-authentication authenticationType=IAM --cli-input-json file://connector.json --region {{region}}
