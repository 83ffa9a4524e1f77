# worker.properties holds all properties of the worker configuration, with these lines:
{{comments}}aws kafkaconnect create-worker-configuration --name {{name}}-2 --properties-file-content "$(base64 < worker.properties | tr -d '\n')" --region {{region}}
# then switch each connector to it, with update-connector --worker-configuration, and delete the old one
