output "findings_topic" {
  description = "Subscribe to this topic to get findings"
  value       = local.findings_topic_arn
}

output "operations_topic" {
  description = "Subscribe to this topic to get alarms about Sealwatch itself"
  value       = local.operations_topic_arn
}

output "rule_dead_letters_url" {
  description = "Events that EventBridge could not deliver"
  value       = aws_sqs_queue.this["rule-dead-letters"].url
}

output "failed_events_url" {
  description = "Events that a function failed on"
  value       = aws_sqs_queue.this["failed-events"].url
}

output "schedule_dead_letters_url" {
  description = "Re-checks that could not be delivered"
  value       = aws_sqs_queue.this["schedule-dead-letters"].url
}

output "ledger_table_name" {
  description = "The table in which the functions remember what they reported"
  value       = one(aws_dynamodb_table.ledger[*].name)
}

output "key_arn" {
  description = "The key that encrypts findings, the ledger and logs"
  value       = aws_kms_key.this.arn
}

output "bus_arn" {
  description = "Where member accounts forward their events"
  value       = one(aws_cloudwatch_event_bus.this[*].arn)
}

output "lookup_role_name" {
  description = "The role that the functions assume in member accounts"
  value       = local.is_hub ? var.lookup_role_name : null
}

output "name" {
  description = "The prefix of all names in this module"
  value       = var.name
}

output "version" {
  description = "The version of Sealwatch that this module belongs to"
  value       = local.version
}
