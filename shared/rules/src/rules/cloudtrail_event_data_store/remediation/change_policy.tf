# in the policy of the awscc_cloudtrail_resource_policy (of the provider hashicorp/awscc): {{change}}{{statement}}
