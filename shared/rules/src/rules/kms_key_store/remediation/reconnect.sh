aws kms disconnect-custom-key-store --custom-key-store-id {{name}} --region {{region}}
# remove the cause: https://docs.aws.amazon.com/kms/latest/developerguide/fix-keystore.html
aws kms connect-custom-key-store --custom-key-store-id {{name}} --region {{region}}
