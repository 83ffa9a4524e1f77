resource "aws_mskconnect_connector" "this" {
  name = {{name}}
  kafka_cluster_client_authentication {
    authentication_type = "IAM"
  }
}
