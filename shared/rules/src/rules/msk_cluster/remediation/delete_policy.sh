aws kafka delete-cluster-policy --cluster-arn {{resource}} --region {{region}}
