# nothing brings the key back: see which calls name it, and move their callers to another key
aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue={{arn}} --region {{region}}
