aws kms {{command}} --key-id {{id}} --region {{key_region}}
