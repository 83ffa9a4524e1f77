# everything but the path of the proxy changes only while the key store is disconnected
aws kms disconnect-custom-key-store --custom-key-store-id {{name}} --region {{region}}
aws kms update-custom-key-store --custom-key-store-id {{name}} --xks-proxy-uri-endpoint https://your-proxy.example --xks-proxy-uri-path /kms/xks/v1 --region {{region}}
aws kms connect-custom-key-store --custom-key-store-id {{name}} --region {{region}}
