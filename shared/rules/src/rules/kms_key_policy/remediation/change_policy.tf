# in the policy of the aws_kms_key: {{change}}{{statement}}
