aws cloudtrail update-trail --name {{arn}} --enable-log-file-validation --region {{region}}
