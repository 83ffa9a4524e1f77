# {{change}}: no statement remains, so remove the awscc_cloudtrail_resource_policy
