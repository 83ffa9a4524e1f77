# {{change}}: no statement remains, so remove the aws_msk_cluster_policy
