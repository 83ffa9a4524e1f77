aws cloudtrail put-resource-policy --resource-arn {{resource}} --resource-policy file://policy.json --region {{region}}
