aws kinesis start-stream-encryption --stream-name {{name}} --encryption-type KMS --key-id alias/your-key --region {{region}}
