resource "aws_mskconnect_connector" "this" {
  name = {{name}}
  kafka_cluster_encryption_in_transit {
    encryption_type = "TLS"
  }
}
