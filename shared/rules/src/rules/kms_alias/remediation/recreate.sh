aws kms delete-alias --alias-name {{name}} --region {{region}}
aws kms create-alias --alias-name {{name}} --target-key-id {{target}} --region {{region}}
