# The dashboard of data/dashboard.json, with the errors of each function. The file is written for CloudFormation: ${!…} there
# is ${…} here.
locals {
  board_text = replace(replace(file("${path.module}/data/dashboard.json"), "$${AWS::Region}", local.region), "$${Name}", var.name)
  board      = jsondecode(replace(local.board_text, "$${!", "$${"))
  errors     = [for name in keys(local.function_arns) : ["AWS/Lambda", "Errors", "FunctionName", "${var.name}-${name}"]]

  widgets = [for widget in local.board.widgets : jsonencode(merge(widget, {
    properties = merge(widget.properties, {
      metrics = concat(widget.properties.metrics, [for error in local.errors : error if widget.properties.title == "Failures"])
    })
  }))]
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard ? 1 : 0

  dashboard_name = "${var.name}-${local.region}"
  dashboard_body = "{\"widgets\":[${join(",", local.widgets)}]}"
}
