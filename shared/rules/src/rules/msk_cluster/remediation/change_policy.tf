# in the policy of the aws_msk_cluster_policy: {{change}}{{statement}}
