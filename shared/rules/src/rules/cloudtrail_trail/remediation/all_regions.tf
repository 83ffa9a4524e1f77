resource "aws_cloudtrail" "this" {
  name                          = {{name}}
  is_multi_region_trail         = true
  include_global_service_events = true
}
