aws cloudtrail delete-resource-policy --resource-arn {{resource}} --region {{region}}
