aws kinesis delete-resource-policy --resource-arn {{resource}} --region {{region}}
