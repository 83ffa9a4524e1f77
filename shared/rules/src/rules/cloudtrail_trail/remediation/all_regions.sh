aws cloudtrail update-trail --name {{arn}} --is-multi-region-trail --include-global-service-events --region {{region}}
