# worker.properties holds all properties of the worker configuration, with these lines:
{{comments}}# in one line of base64: base64 < worker.properties | tr -d '\n' > worker.base64
aws kafkaconnect create-worker-configuration --name {{name}}-2 --properties-file-content file://worker.base64 --region {{region}}
# then switch each connector to it, with update-connector --worker-configuration, and delete the old one
