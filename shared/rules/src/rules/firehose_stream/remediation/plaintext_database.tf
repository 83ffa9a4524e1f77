# name = {{name}}
# database_source_configuration: ssl_mode = "Enabled"
