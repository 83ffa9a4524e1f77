aws kms revoke-grant --key-id {{arn}} --grant-id {{grant}} --region {{region}}
