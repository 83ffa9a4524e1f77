# {{name}}: aws_msk_replicator takes no self-managed cluster, so create the replicator with CloudFormation or the AWS CLI,
# with EncryptionType = "TLS" and an https:// address of the token endpoint
