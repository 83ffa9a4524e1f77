aws kinesis put-resource-policy --resource-arn {{resource}} --policy file://policy.json --region {{region}}
