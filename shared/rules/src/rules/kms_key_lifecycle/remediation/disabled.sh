aws kms enable-key --key-id {{arn}} --region {{region}}
