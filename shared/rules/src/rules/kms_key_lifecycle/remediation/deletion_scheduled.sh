aws kms cancel-key-deletion --key-id {{arn}} --region {{region}} && aws kms enable-key --key-id {{arn}} --region {{region}}
