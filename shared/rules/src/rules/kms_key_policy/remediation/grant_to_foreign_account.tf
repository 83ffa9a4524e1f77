# remove the aws_kms_grant whose grantee_principal belongs to the other account
