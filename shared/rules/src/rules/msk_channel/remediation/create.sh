# channel.json: the members of the call that created the channel, with another name, and another table for Iceberg
aws kafka create-channel --cli-input-json file://channel.json --encryption-configuration KmsKeyArn=your-key-arn --region {{region}}
