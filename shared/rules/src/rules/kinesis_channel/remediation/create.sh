# a stream has one channel of each type: what is written between the two commands is not delivered
aws kinesis delete-channel --channel-arn {{arn}} --region {{region}}
# channel.json: the members of the call that created the channel, and another table for Iceberg
aws kinesis create-channel --cli-input-json file://channel.json --encryption-configuration EncryptionType=KMS,KeyId=your-key-arn --region {{region}}
