aws kms enable-key-rotation --key-id {{arn}} --rotation-period-in-days {{days}} --region {{region}}
