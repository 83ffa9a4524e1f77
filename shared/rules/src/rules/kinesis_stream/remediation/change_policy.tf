# in the policy of the aws_kinesis_resource_policy: {{change}}{{statement}}
