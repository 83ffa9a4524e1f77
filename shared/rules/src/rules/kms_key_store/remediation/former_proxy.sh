aws kms describe-custom-key-stores --custom-key-store-id {{name}} --region {{region}}
# if its proxy does not use the same keys as before (only the path changes while the key store is connected):
aws kms disconnect-custom-key-store --custom-key-store-id {{name}} --region {{region}}
aws kms update-custom-key-store --custom-key-store-id {{name}} --xks-proxy-uri-endpoint https://your-proxy.example --xks-proxy-uri-path /kms/xks/v1 --region {{region}}
aws kms connect-custom-key-store --custom-key-store-id {{name}} --region {{region}}
