resource "aws_msk_cluster" "this" {
  cluster_name = {{name}}
  client_authentication {
    unauthenticated = false
    sasl {
      iam = true
    }
  }
}
