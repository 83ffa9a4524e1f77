# {{name}}: the AWS provider has no database source, so create the stream with CloudFormation or the AWS CLI,
# with SSLMode = "Enabled" in its DatabaseSourceConfiguration
