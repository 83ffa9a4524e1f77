# in the aws_kms_grant: name only the operations that the grantee needs, without CreateGrant, and add a constraints block
