# find the statement of the aws_kms_key_policy that admits {{account}}, and decide whether it has to stay
