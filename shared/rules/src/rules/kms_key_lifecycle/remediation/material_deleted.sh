aws kms import-key-material --key-id {{arn}} --encrypted-key-material fileb://material.bin --import-token fileb://token.bin --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE --region {{region}}
