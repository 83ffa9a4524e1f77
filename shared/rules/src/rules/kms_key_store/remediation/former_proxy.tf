resource "aws_kms_custom_key_store" "this" {
  xks_proxy_uri_endpoint = "https://your-proxy.example"
  xks_proxy_uri_path     = "/kms/xks/v1"
}
