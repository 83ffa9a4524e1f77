resource "aws_cloudtrail_event_data_store" "this" {
  name = {{name}}

  advanced_event_selector {
    name = "Management events"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }
}
