resource "aws_msk_cluster" "this" {
  cluster_name = {{name}}
  encryption_info {
    encryption_in_transit {
      in_cluster = true
    }
  }
}
