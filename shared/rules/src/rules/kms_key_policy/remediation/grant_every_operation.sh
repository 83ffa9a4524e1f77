aws kms revoke-grant --key-id {{arn}} --grant-id {{grant}} --region {{region}}
aws kms list-grants --key-id {{arn}} --region {{region}}
