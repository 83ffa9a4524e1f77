# in the policy of the awscc_cloudtrail_resource_policy (the aws provider has none): {{change}}{{statement}}
