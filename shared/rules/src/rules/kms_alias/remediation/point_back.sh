aws kms update-alias --alias-name {{name}} --target-key-id {{target}} --region {{region}}
