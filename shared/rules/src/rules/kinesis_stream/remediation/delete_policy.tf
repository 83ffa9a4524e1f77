# {{change}}: no statement remains, so remove the aws_kinesis_resource_policy
