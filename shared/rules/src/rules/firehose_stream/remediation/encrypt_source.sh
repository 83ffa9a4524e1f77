aws kinesis start-stream-encryption --stream-arn {{source}} --encryption-type KMS --key-id alias/your-key --region {{region}}
