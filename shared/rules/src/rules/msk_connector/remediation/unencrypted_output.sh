aws kms create-key --description 'connector output' --region {{region}}
