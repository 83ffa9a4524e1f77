aws kms put-key-policy --key-id {{resource}} --policy-name default --policy file://policy.json --region {{region}}
