//! What AWS answers about a stack that is well: named `sealwatch`, of account 111122223333 in eu-west-1. The unit tests of the
//! checks ask it directly, the end-to-end tests over HTTP.

use sealwatch_rules::rules::DETECTORS;
use serde_json::{Value, json};

const SCOPE: &str = "eu-west-1:111122223333";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01";

/// The answer to a call at this time; `None` if there is no such resource.
pub(crate) fn answer(action: &str, parameters: &Value, now: i64) -> Option<Value> {
    let parameter = |name: &str| parameters[name].as_str().unwrap_or_default();
    Some(match action {
        "sts:GetCallerIdentity" => json!({"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/auditor"}),
        "cloudtrail:DescribeTrails" => json!({"trailList": [{
            "Name": "audit", "HomeRegion": "us-east-1", "IsMultiRegionTrail": true,
            "TrailARN": "arn:aws:cloudtrail:us-east-1:999900001111:trail/audit", "IsOrganizationTrail": true,
        }]}),
        "cloudtrail:GetTrailStatus" => json!({"IsLogging": true}),
        "cloudtrail:GetEventSelectors" => {
            json!({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": []}]})
        }
        "events:ListRules" => json!({"Rules": rules(parameter("EventBusName"))}),
        "events:ListTargetsByRule" => json!({"Targets": [target(parameter("Rule"))]}),
        "events:DescribeEventBus" => json!({"Name": "sealwatch", "Policy": json!({"Statement": [{
            "Sid": "Members", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        }]}).to_string()}),
        "lambda:GetFunction" => function(parameter("FunctionName"))?,
        "lambda:GetPolicy" => {
            let sources =
                ["", "-closing"].map(|last| format!("arn:aws:events:{SCOPE}:rule/{}{last}", parameter("FunctionName")));
            json!({"Policy": json!({"Statement": [{
                "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "lambda:InvokeFunction",
                "Condition": {"ArnLike": {"AWS:SourceArn": sources}},
            }]}).to_string()})
        }
        "lambda:GetFunctionEventInvokeConfig" => json!({
            "MaximumRetryAttempts": 2,
            "DestinationConfig": {"OnFailure": {"Destination": format!("arn:aws:sqs:{SCOPE}:sealwatch-failed-events")}},
        }),
        "lambda:GetAccountSettings" => {
            json!({"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}})
        }
        "sns:GetTopicAttributes" => {
            let key = if parameter("TopicArn").ends_with("-findings") { KEY } else { "" };
            json!({"Attributes": {"SubscriptionsConfirmed": "1", "SubscriptionsPending": "0", "KmsMasterKeyId": key}})
        }
        "kms:DescribeKey" => json!({"KeyMetadata": {"Arn": KEY, "KeyState": "Enabled"}}),
        "sqs:GetQueueUrl" => {
            json!({"QueueUrl": format!("https://sqs.eu-west-1.amazonaws.com/111122223333/{}", parameter("QueueName"))})
        }
        "sqs:GetQueueAttributes" => json!({"Attributes": {
            "ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0",
            "ApproximateNumberOfMessagesDelayed": "0", "SqsManagedSseEnabled": "true", "Policy": queue_policy(),
        }}),
        "cloudwatch:DescribeAlarms" => json!({"MetricAlarms": alarms()}),
        "dynamodb:DescribeTable" => json!({"Table": {"TableStatus": "ACTIVE"}}),
        "dynamodb:DescribeContinuousBackups" => json!({"ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"},
        }}),
        "dynamodb:DescribeTimeToLive" => {
            json!({"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}})
        }
        "cloudwatch:GetMetricStatistics" if parameter("MetricName") == "LedgerFailures" => json!({"Datapoints": []}),
        "cloudwatch:GetMetricStatistics" => json!({"Datapoints": [
            {"Timestamp": now - 7200, "Sum": 1.0}, {"Timestamp": now - 7200 - 86400, "Sum": 1.0},
        ]}),
        "scheduler:GetScheduleGroup" => json!({"Name": "sealwatch", "State": "ACTIVE"}),
        "scheduler:ListSchedules" => json!({"Schedules": [
            {"Name": "sealwatch-canary", "State": "ENABLED", "CreationDate": now - 864_000},
            {"Name": "kinesis-stream-1-e2e0c0de", "State": "ENABLED", "CreationDate": now - 60},
            {"Name": "silent-444455556666", "State": "ENABLED", "CreationDate": now - 864_000, "LastModificationDate": now - 3600},
        ]}),
        "scheduler:GetSchedule" => match parameter("Name") {
            "sealwatch-canary" | "sealwatch-scan" => {
                json!({"State": "ENABLED", "ScheduleExpression": "rate(24 hours)", "CreationDate": now - 864_000})
            }
            _ => json!({"State": "ENABLED", "ScheduleExpression": "at(2026-11-25T12:00:00)"}),
        },
        "ssm:GetParameter" => json!({"Parameter": {"Value": "[keys]\nsettle = \"5m\"\n"}}),
        "s3:GetObject" => json!({"Text": ""}),
        _ => return None,
    })
}

fn rules(bus: &str) -> Vec<Value> {
    let feeding = DETECTORS.iter().flat_map(|detector| {
        let closing = (format!("{}-closing", detector.name), detector.closing);
        [(detector, (detector.name.to_owned(), detector.calls)), (detector, closing)]
    });
    let detectors = feeding.map(|(detector, (name, calls))| {
        let source = format!("aws.{}", detector.event_source.split('.').next().unwrap_or_default());
        let (of_eventbridge, calls): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.is_of_eventbridge());
        let names = |calls: Vec<&sealwatch_rules::engine::detector::ApiCall>| -> Vec<&str> {
            calls.into_iter().map(|call| call.name).collect()
        };
        let pattern = json!({"source": [source], "$or": [
            {"detail-type": ["AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"], "detail": {
                "eventSource": [detector.event_source], "eventName": names(calls), "errorCode": [{"exists": false}],
            }},
            {"detail-type": names(of_eventbridge)},
        ]});
        json!({"Name": format!("sealwatch-{name}"), "State": "ENABLED", "EventPattern": pattern.to_string()})
    });
    let watches = ["alarms", "functions", "key", "queues", "rules", "schedules", "settings", "topics", "trails"]
        .map(|watch| json!({"Name": format!("sealwatch-watch-{watch}"), "State": "ENABLED", "EventPattern": "{}"}));
    let of_members = ["heartbeats", "watch-members"]
        .map(|name| json!({"Name": format!("sealwatch-{name}"), "State": "ENABLED", "EventPattern": "{}"}));
    if bus == "default" { detectors.chain(watches).collect() } else { detectors.chain(of_members).collect() }
}

fn target(rule: &str) -> Value {
    let arn = match rule {
        "sealwatch-heartbeats" => format!("arn:aws:lambda:{SCOPE}:function:sealwatch-kms-key-lifecycle"),
        _ if rule.starts_with("sealwatch-watch-") => format!("arn:aws:sns:{SCOPE}:sealwatch-operations"),
        _ => format!("arn:aws:lambda:{SCOPE}:function:{}", rule.trim_end_matches("-closing")),
    };
    json!({"Id": "1", "Arn": arn, "DeadLetterConfig": {"Arn": format!("arn:aws:sqs:{SCOPE}:sealwatch-rule-dead-letters")}})
}

fn function(name: &str) -> Option<Value> {
    let detector = name.strip_prefix("sealwatch-")?;
    DETECTORS.iter().map(|known| known.name).chain(["scan"]).find(|known| *known == detector)?;
    Some(json!({
        "Configuration": {
            "FunctionName": name, "State": "Active", "LastUpdateStatus": "Successful", "Architectures": ["arm64"],
            "Description": concat!("Sealwatch ", env!("CARGO_PKG_VERSION")),
            "Environment": {"Variables": {
                "SEALWATCH_TOPIC_ARN": format!("arn:aws:sns:{SCOPE}:sealwatch-findings"),
                "SEALWATCH_SETTINGS": "ssm:/sealwatch/settings", "SEALWATCH_LOOKUP_ROLE": "",
                "SEALWATCH_LEDGER_TABLE": "sealwatch-ledger",
            }},
        },
        "Code": {"Location": "https://example.com"},
    }))
}

fn queue_policy() -> String {
    let statements = json!({"Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"},
        {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ]});
    statements.to_string()
}

fn alarms() -> Vec<Value> {
    let queues = ["failed-events", "rule-dead-letters", "schedule-dead-letters"];
    let names = queues.iter().flat_map(|queue| [queue.to_string(), format!("{queue}-age")]);
    let others = [
        "canary",
        "delayed-events",
        "lost-events",
        "lost-re-checks",
        "lost-rule-events",
        "unconfirmed",
        "undelivered-findings",
    ]
    .map(str::to_owned);
    let alarm = |name: String| {
        json!({
            "AlarmName": format!("sealwatch-{name}"), "StateValue": "OK", "ActionsEnabled": true,
            "AlarmActions": [format!("arn:aws:sns:{SCOPE}:sealwatch-operations")],
        })
    };
    names.chain(others).map(alarm).collect()
}
