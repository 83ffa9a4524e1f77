aws kms get-key-policy --key-id {{arn}} --policy-name default --query Policy --output text --region {{region}}
