# the AWS provider does not connect key stores: use the AWS CLI or the console
