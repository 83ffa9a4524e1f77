resource "aws_cloudtrail" "this" {
  name = {{name}}
  advanced_event_selector {
    name = "Management events"
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }
}
