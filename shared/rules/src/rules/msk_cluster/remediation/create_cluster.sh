aws kafka create-cluster-v2 --cluster-name {{name}}-encrypted --provisioned file://provisioned.json --region {{region}}
