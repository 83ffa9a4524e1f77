resource "aws_msk_cluster" "this" {
  cluster_name = {{name}}
  encryption_info {
    encryption_in_transit {
      client_broker = "TLS"
    }
  }
  client_authentication {
    unauthenticated = false
    sasl {
      iam = true
    }
  }
}
