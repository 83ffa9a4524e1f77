aws kafkaconnect create-connector --connector-name {{name}}-tls --kafka-cluster-encryption-in-transit encryptionType=TLS --cli-input-json file://connector.json --region {{region}}
