aws kms connect-custom-key-store --custom-key-store-id {{name}} --region {{region}}
