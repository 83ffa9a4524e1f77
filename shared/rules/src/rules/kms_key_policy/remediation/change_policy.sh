aws kms put-key-policy --key-id {{key}} --policy-name default --policy file://policy.json --region {{region}}
