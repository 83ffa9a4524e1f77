aws cloudtrail start-logging --name {{arn}} --region {{region}}
