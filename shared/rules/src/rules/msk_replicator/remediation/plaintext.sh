# replicator.json holds the configuration, with EncryptionType TLS and an https:// address of the token endpoint
aws kafka create-replicator --replicator-name {{name}}-tls --cli-input-json file://replicator.json --region {{region}}
aws kafka delete-replicator --replicator-arn {{arn}} --region {{region}}
