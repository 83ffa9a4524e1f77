//! Tests of the checks: a stack that is well, and then one thing that is not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sealwatch_runtime::api::NoAnswer;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::doctor::aws::{Asked, Aws};
use crate::doctor::check::State;
use crate::doctor::check_all;
use crate::doctor::checks::{CHECKS, WATCHES, WATCHES_SETTINGS};
use crate::doctor::healthy::answer;
use crate::doctor::policy::policy;
use crate::doctor::report::Report;
use crate::doctor::stack::Stack;

/// The time at which the checks look.
const NOW: i64 = 1_795_651_200; // 2026-11-26T00:00:00Z

/// Examines a stack. `change` may replace the answer to a call.
pub(super) fn examine(change: impl Fn(&str, &Value, Asked) -> Asked + Send + Sync + 'static) -> Report {
    let aws = Aws::with(move |action, parameters| {
        let healthy = answer(action, &parameters, NOW).ok_or(NoAnswer::NotFound);
        let answer = change(action, &parameters, healthy);
        Box::pin(async move { answer })
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut stack = Stack {
            aws,
            name: "sealwatch".to_owned(),
            region: "eu-west-1".to_owned(),
            profile: Some("audit".to_owned()),
            partition: "aws".to_owned(),
            account: "111122223333".to_owned(),
            now: NOW,
            functions: BTreeMap::new(),
            operations_topic: None,
        };
        stack.find().await;
        check_all(Arc::new(stack), Instant::now() + Duration::from_secs(5)).await
    })
}

/// The faults that a report names, and the checks that could not be done.
fn found(report: &Report) -> Vec<&str> {
    let problems = report.answers.iter().flat_map(|(_, answer)| answer.problems.iter().map(|problem| problem.fault));
    let unchecked = report.answers.iter().filter(|(_, answer)| !answer.unchecked.is_empty());
    let mut found: Vec<&str> = problems.chain(unchecked.map(|(check, _)| check.name)).collect();
    found.dedup();
    found
}

/// Everything is well, but a member of the answers to one call about resources whose parameters contain `about`.
#[track_caller]
fn with(action: &'static str, about: &'static str, pointer: &'static str, value: &Value, want: &[&str]) {
    let replacement = value.clone();
    let report = examine(move |asked, parameters, healthy| match healthy {
        Ok(mut answer) if asked == action && parameters.to_string().contains(about) => {
            match answer.pointer_mut(pointer) {
                Some(member) => *member = replacement.clone(),
                None => {
                    let (parent, name) = pointer.rsplit_once('/').unwrap();
                    answer.pointer_mut(parent).unwrap()[name] = replacement.clone();
                }
            }
            Ok(answer)
        }
        healthy => healthy,
    });
    assert_eq!(found(&report), want, "{action} {about} {pointer} {value}\n{}", report.page().as_str());
}

#[test]
fn a_stack_that_is_well_has_no_faults() {
    let report = examine(|_, _, healthy| healthy);
    assert_eq!(found(&report), Vec::<&str>::new(), "{}", report.page().as_str());
    assert_eq!((report.count(State::Ok), report.json()["status"].clone()), (CHECKS.len(), json!("ok")));
}

#[test]
fn each_fault_is_found_and_no_other() {
    let table: &[(&str, &str, &str, Value, &[&str])] = &[
        ("lambda:GetFunction", "", "/Configuration/Description", json!(""), &["no-version"]),
        (
            "lambda:GetFunction",
            "kms-alias",
            "/Configuration/Description",
            json!("Sealwatch 0.0.9: x"),
            &["other-version"],
        ),
        ("cloudtrail:DescribeTrails", "", "/trailList", json!([]), &["no-trail"]),
        ("cloudtrail:DescribeTrails", "", "/trailList/0/IsMultiRegionTrail", json!(false), &["no-trail"]),
        ("cloudtrail:GetTrailStatus", "", "/IsLogging", json!(false), &["trail-not-logging"]),
        ("cloudtrail:GetTrailStatus", "", "/LatestDeliveryError", json!("AccessDenied"), &["trail-not-delivered"]),
        (
            "cloudtrail:GetEventSelectors",
            "",
            "/EventSelectors/0/ExcludeManagementEventSources",
            json!(["kms.amazonaws.com"]),
            &["trail-leaves-events-out"],
        ),
        (
            "cloudtrail:GetEventSelectors",
            "",
            "/EventSelectors/0/ReadWriteType",
            json!("ReadOnly"),
            &["trail-leaves-events-out"],
        ),
        (
            "cloudtrail:GetEventSelectors",
            "",
            "",
            json!({"AdvancedEventSelectors": [{"FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]},
            ]}]}),
            &["trail-leaves-events-out"],
        ),
        ("events:ListRules", "", "/Rules/0/State", json!("DISABLED"), &["rule-disabled"]),
        ("events:ListRules", "", "/Rules/0/Name", json!("renamed"), &["rule-missing"]),
        (
            "events:ListRules",
            "",
            "/Rules/0/EventPattern",
            json!(r#"{"source":["aws.kms"]}"#),
            &["rule-leaves-calls-out"],
        ),
        ("events:ListTargetsByRule", "sealwatch-kms-alias", "/Targets", json!([]), &["rule-without-target"]),
        ("events:ListTargetsByRule", "kinesis-stream-closing", "/Targets", json!([]), &["rule-without-target"]),
        (
            "dynamodb:DescribeTable",
            "",
            "/Table/TableStatus",
            json!("INACCESSIBLE_ENCRYPTION_CREDENTIALS"),
            &["ledger-not-active"],
        ),
        (
            "dynamodb:DescribeContinuousBackups",
            "",
            "/ContinuousBackupsDescription",
            json!({}),
            &["ledger-without-backup"],
        ),
        (
            "dynamodb:DescribeTimeToLive",
            "",
            "/TimeToLiveDescription/TimeToLiveStatus",
            json!("DISABLED"),
            &["ledger-without-expiry"],
        ),
        (
            "cloudwatch:GetMetricStatistics",
            "LedgerFailures",
            "/Datapoints",
            json!([{"Sum": 2.0}]),
            &["ledger-failures"],
        ),
        ("events:ListTargetsByRule", "sealwatch-watch-rules", "/Targets/0/Arn", json!("x"), &["rule-notifies-nobody"]),
        (
            "events:ListTargetsByRule",
            "kms-alias",
            "/Targets/0/DeadLetterConfig",
            json!(null),
            &["rule-without-dead-letters"],
        ),
        ("lambda:GetFunction", "kms-alias", "/Configuration/State", json!("Failed"), &["function-not-active"]),
        (
            "lambda:GetFunction",
            "kms-alias",
            "/Configuration/LastUpdateStatus",
            json!("Failed"),
            &["function-not-updated"],
        ),
        (
            "lambda:GetFunction",
            "kms-alias",
            "/Concurrency",
            json!({"ReservedConcurrentExecutions": 0}),
            &["function-switched-off"],
        ),
        (
            "lambda:GetFunction",
            "kms-alias",
            "/Configuration/Architectures",
            json!(["x86_64"]),
            &["functions-of-several-architectures"],
        ),
        ("lambda:GetPolicy", "kms-alias", "/Policy", json!("{}"), &["function-not-invocable"]),
        (
            "lambda:GetFunctionEventInvokeConfig",
            "kms-alias",
            "/DestinationConfig",
            json!(null),
            &["function-without-destination"],
        ),
        (
            "lambda:GetAccountSettings",
            "",
            "/AccountLimit/UnreservedConcurrentExecutions",
            json!(10),
            &["account-concurrency"],
        ),
        (
            "sns:GetTopicAttributes",
            "findings",
            "/Attributes/SubscriptionsConfirmed",
            json!("0"),
            &["topic-without-subscription"],
        ),
        (
            "sns:GetTopicAttributes",
            "operations",
            "/Attributes/SubscriptionsPending",
            json!("1"),
            &["subscription-pending"],
        ),
        ("kms:DescribeKey", "", "/KeyMetadata/KeyState", json!("Disabled"), &["key-disabled"]),
        ("kms:DescribeKey", "", "/KeyMetadata/KeyState", json!("PendingDeletion"), &["key-pending-deletion"]),
        ("kms:DescribeKey", "", "/KeyMetadata/KeyState", json!("Unavailable"), &["key-unusable"]),
        (
            "sqs:GetQueueAttributes",
            "failed-events",
            "/Attributes/ApproximateNumberOfMessages",
            json!("3"),
            &["queue-not-empty"],
        ),
        (
            "sqs:GetQueueAttributes",
            "failed-events",
            "/Attributes/ApproximateNumberOfMessagesNotVisible",
            json!("1"),
            &["queue-not-empty"],
        ),
        ("sqs:GetQueueAttributes", "rule-dead", "/Attributes/Policy", json!("{}"), &["queue-closed"]),
        (
            "sqs:GetQueueAttributes",
            "failed-events",
            "/Attributes/Policy",
            json!(r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "SQS:*"}}"#),
            &["queue-closed"],
        ),
        ("cloudwatch:DescribeAlarms", "", "/MetricAlarms/0/StateValue", json!("ALARM"), &["alarm-raised"]),
        ("cloudwatch:DescribeAlarms", "", "/MetricAlarms/0/ActionsEnabled", json!(false), &["alarm-mute"]),
        ("cloudwatch:DescribeAlarms", "", "/MetricAlarms/0/AlarmActions", json!([]), &["alarm-mute"]),
        ("cloudwatch:DescribeAlarms", "", "/MetricAlarms/0/AlarmName", json!("other"), &["alarm-missing"]),
        ("cloudwatch:DescribeAlarms", "", "/MetricAlarms/6/StateValue", json!("ALARM"), &["canary-not-heard"]),
        ("cloudwatch:DescribeAlarms", "", "/MetricAlarms/6/StateValue", json!("INSUFFICIENT_DATA"), &["canary"]),
        ("cloudwatch:DescribeAlarms", "", "/MetricAlarms/6/AlarmActions", json!([]), &["canary-mute"]),
        ("cloudwatch:DescribeAlarms", "", "/MetricAlarms/6/AlarmName", json!("other"), &["canary-without-alarm"]),
        ("scheduler:GetSchedule", "sealwatch-canary", "/State", json!("DISABLED"), &["canary-disabled"]),
        ("scheduler:GetSchedule", "sealwatch-scan", "/State", json!("DISABLED"), &["scan-disabled"]),
        ("cloudwatch:GetMetricStatistics", "Scanned", "/Datapoints", json!([]), &["scan-not-finished"]),
        (
            "cloudwatch:GetMetricStatistics",
            "Scanned",
            "/Datapoints",
            json!([{"Timestamp": NOW - 3 * 86400, "Sum": 1.0}]),
            &["scan-not-finished"],
        ),
        ("scheduler:ListSchedules", "", "/Schedules/1/CreationDate", json!(NOW - 86400), &["re-check-overdue"]),
        ("scheduler:ListSchedules", "", "/Schedules/1/State", json!("DISABLED"), &["re-check-disabled"]),
        ("ssm:GetParameter", "", "/Parameter/Value", json!("keys = 1"), &["settings-invalid"]),
    ];
    for (action, about, pointer, value, want) in table {
        with(action, about, pointer, value, want);
    }
}

/// Without its parameter, the stack has neither function nor schedule. A scan that was just scheduled has not finished yet.
#[test]
fn a_scan_that_is_switched_off_or_new_is_no_fault() {
    let report = examine(|action, parameters, healthy| {
        let is_part = ["lambda:GetFunction", "scheduler:GetSchedule"].contains(&action);
        if is_part && parameters.to_string().contains("sealwatch-scan") { Err(NoAnswer::NotFound) } else { healthy }
    });
    assert!(found(&report).is_empty(), "{:?}", found(&report));
    let report = examine(|action, parameters, healthy| {
        let mut answer = healthy?;
        match (action, parameters.to_string()) {
            ("scheduler:GetSchedule", asked) if asked.contains("sealwatch-scan") => {
                answer["CreationDate"] = json!(NOW - 60);
            }
            ("cloudwatch:GetMetricStatistics", asked) if asked.contains("Scanned") => answer["Datapoints"] = json!([]),
            _ => {}
        }
        Ok(answer)
    });
    assert_eq!(found(&report), ["scan"], "not checked");
}

/// What else a resource that does not exist takes with it is not reported again.
#[test]
fn a_missing_resource_is_a_fault() {
    for (action, about, want) in [
        ("lambda:GetFunction", "kms-alias", "function-missing"),
        ("lambda:GetPolicy", "kms-alias", "function-not-invocable"),
        ("lambda:GetFunctionEventInvokeConfig", "kms-alias", "function-without-destination"),
        ("sns:GetTopicAttributes", "operations", "topic-missing"),
        ("kms:DescribeKey", "alias/sealwatch", "key-missing"),
        ("sqs:GetQueueUrl", "failed-events", "queue-missing"),
        ("scheduler:GetSchedule", "sealwatch-canary", "canary-missing"),
        ("lambda:GetFunction", "sealwatch-scan", "scan-without-function"),
        ("scheduler:GetSchedule", "sealwatch-scan", "scan-without-schedule"),
        ("scheduler:GetScheduleGroup", "", "no-schedule-group"),
        ("ssm:GetParameter", "", "settings-missing"),
        ("dynamodb:DescribeTable", "", "ledger-missing"),
    ] {
        let report = examine(move |asked, parameters, healthy| {
            let missing = asked == action && parameters.to_string().contains(about);
            if missing { Err(NoAnswer::NotFound) } else { healthy }
        });
        assert_eq!(found(&report), [want], "{action}");
    }
}

/// Answers as a stack without a ledger does, in which nothing of it exists.
fn without_ledger(action: &str, parameters: &Value, healthy: Asked) -> Asked {
    let mut answer = healthy?;
    match action {
        "lambda:GetFunction" => {
            answer["Configuration"]["Environment"]["Variables"]["SEALWATCH_LEDGER_TABLE"] = json!(null)
        }
        "events:ListRules" => {
            let rules = answer["Rules"].as_array_mut().unwrap();
            rules.retain(|rule| !rule["Name"].as_str().unwrap().ends_with("-closing"));
        }
        "lambda:GetPolicy" => {
            let rule = parameters["FunctionName"].as_str().unwrap();
            answer["Policy"] = json!(answer["Policy"].as_str().unwrap().replace(&format!("{rule}-closing"), "other"));
        }
        _ if action.starts_with("dynamodb:") => return Err(NoAnswer::NotFound),
        _ => {}
    }
    Ok(answer)
}

#[test]
fn closing_calls_are_checked_where_there_is_a_ledger() {
    assert_eq!(found(&examine(without_ledger)), Vec::<&str>::new());
    // with a ledger, the same rules and permissions are missing
    let report = examine(|action, parameters, healthy| match action {
        "lambda:GetFunction" => healthy,
        _ if action.starts_with("dynamodb:") => healthy,
        _ => without_ledger(action, parameters, healthy),
    });
    assert_eq!(found(&report), ["rule-missing", "function-not-invocable"]);
}

#[test]
fn the_alarm_of_security_hub_is_checked_where_it_exists() {
    let report = examine(|action, _, healthy| {
        let mut answer = healthy?;
        if action == "cloudwatch:DescribeAlarms" {
            let alarms = answer["MetricAlarms"].as_array_mut().unwrap();
            let mut other = alarms[0].clone();
            other["AlarmName"] = json!("sealwatch-security-hub-dead-letters");
            other["StateValue"] = json!("ALARM");
            alarms.push(other);
        }
        Ok(answer)
    });
    assert_eq!(found(&report), ["alarm-raised"]);
}

#[test]
fn a_closing_call_that_its_rule_leaves_out_is_named() {
    let report = examine(|action, _, healthy| {
        let mut answer = healthy?;
        if action == "events:ListRules" {
            let rules = answer["Rules"].as_array_mut().unwrap();
            let closing = rules.iter_mut().find(|rule| rule["Name"] == "sealwatch-kinesis-stream-closing").unwrap();
            closing["EventPattern"] = json!(closing["EventPattern"].as_str().unwrap().replace("DeleteStream", "Other"));
        }
        Ok(answer)
    });
    assert_eq!(found(&report), ["rule-leaves-calls-out"]);
    let page = report.page().as_str().to_owned();
    assert!(page.contains("`sealwatch-kinesis-stream-closing` leaves out DeleteStream"), "{page}");
}

#[test]
fn every_fault_of_the_table_is_tested() {
    let tests = include_str!("tests.rs");
    for fault in CHECKS.iter().flat_map(|check| check.faults) {
        assert!(tests.contains(&format!("\"{}\"", fault.id)), "{}", fault.id);
    }
    let mut ids: Vec<&str> = CHECKS.iter().flat_map(|check| check.faults).map(|fault| fault.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "two faults have the same id");
}

#[test]
fn another_trail_that_records_everything_makes_up_for_one_that_does_not() {
    let second = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/second";
    let report = examine(move |action, parameters, healthy| {
        let mut answer = healthy?;
        match action {
            "cloudtrail:DescribeTrails" => {
                let trail = json!({"Name": "second", "HomeRegion": "eu-west-1", "TrailARN": second});
                answer["trailList"].as_array_mut().unwrap().push(trail);
            }
            "cloudtrail:GetTrailStatus" if parameters["Name"] != second => answer["IsLogging"] = json!(false),
            _ => {}
        }
        Ok(answer)
    });
    assert_eq!(found(&report), Vec::<&str>::new());
}

fn hub(action: &str, parameters: &Value, healthy: Asked) -> Asked {
    let mut answer = healthy?;
    match action {
        "lambda:GetFunction" => {
            answer["Configuration"]["Environment"]["Variables"]["SEALWATCH_LOOKUP_ROLE"] = json!("sealwatch-lookup");
        }
        "lambda:GetPolicy" => {
            let rule = parameters["FunctionName"].as_str().unwrap();
            let policy = answer["Policy"].as_str().unwrap().replace("rule/", "rule/sealwatch/");
            assert!(policy.contains(rule));
            answer["Policy"] = json!(policy);
        }
        _ => {}
    }
    Ok(answer)
}

#[test]
fn in_a_hub_the_rules_are_on_its_bus_and_members_have_to_be_heard() {
    assert_eq!(found(&examine(hub)), Vec::<&str>::new());
    type Case = (&'static str, fn(&mut Value), &'static str);
    let cases: [Case; 3] = [
        ("events:DescribeEventBus", |answer| answer["Policy"] = json!("{}"), "bus-closed"),
        ("scheduler:ListSchedules", |answer| answer["Schedules"] = json!([]), "no-member-heard"),
        (
            "scheduler:ListSchedules",
            |answer| answer["Schedules"][2]["LastModificationDate"] = json!(NOW - 27 * 3600),
            "member-silent",
        ),
    ];
    for (action, change, want) in cases {
        let report = examine(move |asked, parameters, healthy| {
            let mut answer = hub(asked, parameters, healthy)?;
            if asked == action {
                change(&mut answer);
            }
            Ok(answer)
        });
        assert_eq!(found(&report), [want]);
    }
    let report = examine(|asked, parameters, healthy| match asked {
        "events:DescribeEventBus" => Err(NoAnswer::NotFound),
        _ => hub(asked, parameters, healthy),
    });
    assert_eq!(found(&report), ["no-bus"]);
}

#[test]
fn without_a_stack_only_the_trail_is_checked() {
    let report =
        examine(|action, _, healthy| if action == "lambda:GetFunction" { Err(NoAnswer::NotFound) } else { healthy });
    assert_eq!((found(&report), report.answers.len()), (vec!["no-stack"], 2));
    insta::assert_snapshot!(anstream::adapter::strip_str(report.page().as_str()).to_string(), @r#"
    sealwatch  111122223333 eu-west-1

    wrong      stack      there is no stack named `sealwatch` in eu-west-1 of account 111122223333: none of its functions exists
                          Nothing evaluates calls here.
                          fix: deploy Sealwatch as README.md says, or name the parameter `Name` of the stack with --stack and its Region with --region
    ok         trail      `arn:aws:cloudtrail:us-east-1:999900001111:trail/audit` records the write events of eu-west-1

    2 checks: 1 ok, 1 wrong, 0 could not be done; the others need a stack
    "#);
}

/// With settings in an S3 object instead of a parameter.
fn in_s3(action: &str, answer: Asked, s3: bool) -> Asked {
    let mut answer = answer?;
    if s3 && action == "lambda:GetFunction" {
        answer["Configuration"]["Environment"]["Variables"]["SEALWATCH_SETTINGS"] = json!("s3://acme/sealwatch.toml");
    }
    Ok(answer)
}

/// Each permission that is missing is named, and all other checks are still made.
#[test]
fn a_call_that_is_denied_could_not_be_checked_and_its_permission_is_named() {
    for call in CHECKS.iter().flat_map(|check| check.calls) {
        let action = call.action;
        let report = examine(move |asked, parameters, answer| match asked == action {
            true => Err(NoAnswer::Denied),
            false => in_s3(asked, hub(asked, parameters, answer), action == "s3:GetObject"),
        });
        let json = report.json();
        assert_eq!(json["status"], "unchecked", "{action}: {json}");
        assert!(json.to_string().contains(&format!("`{action}`")), "{json}");
    }
}

#[test]
fn aws_that_does_not_answer_ends_with_unchecked() {
    let report = examine(|_, _, _| Err(NoAnswer::Failed("no response in time".to_owned())));
    assert_eq!((report.count(State::Ok), report.count(State::Wrong)), (0, 0), "{}", report.page().as_str());
}

/// The policy allows exactly the calls that are made, for the resources that they name.
#[test]
fn the_policy_allows_the_calls_that_are_made_and_no_others() {
    let asked: Arc<Mutex<Vec<&str>>> = Arc::default();
    for s3 in [false, true] {
        let record = Arc::clone(&asked);
        examine(move |action, parameters, healthy| {
            let allowed = CHECKS.iter().flat_map(|check| check.calls).find(|call| call.action == action);
            record.lock().unwrap().push(allowed.unwrap().action);
            let mut answer = in_s3(action, hub(action, parameters, healthy), s3)?;
            if action == "scheduler:ListSchedules" {
                answer["Schedules"][1]["CreationDate"] = json!(NOW - 86400);
            }
            Ok(answer)
        });
    }
    let mut asked = asked.lock().unwrap().clone();
    asked.sort_unstable();
    asked.dedup();
    let policy = policy("sealwatch", Some("eu-west-1"));
    let statements = policy["Statement"].as_array().unwrap();
    let actions = statements.iter().flat_map(|statement| statement["Action"].as_array().unwrap());
    let mut allowed: Vec<&str> = actions.map(|action| action.as_str().unwrap()).collect();
    allowed.sort_unstable();
    assert_eq!(asked, allowed);
    let read = |action: &str| {
        ["Describe", "Get", "List"].iter().any(|read| action.split(':').nth(1).unwrap().starts_with(read))
    };
    assert!(allowed.iter().all(|action| read(action)), "{allowed:?}");
    assert!(!policy.to_string().contains("{name}"));
}

#[test]
fn text_of_aws_cannot_change_the_report() {
    let report = examine(|action, _, healthy| {
        let mut answer = healthy?;
        if action == "cloudwatch:DescribeAlarms" {
            answer["MetricAlarms"][0]["StateValue"] = json!("ALARM");
            answer["MetricAlarms"][0]["StateReason"] = json!("\u{1b}[2Jgone\nok  trail");
        }
        Ok(answer)
    });
    let page = report.page();
    assert!(!page.as_str().contains("\u{1b}[2J") && !page.as_str().contains("\nok  trail"), "{}", page.as_str());
}

#[test]
fn a_fault_is_printed_with_what_follows_and_the_command() {
    let report = examine(|action, parameters, healthy| {
        let mut answer = healthy?;
        if action == "sns:GetTopicAttributes" && parameters.to_string().contains("findings") {
            answer["Attributes"]["SubscriptionsConfirmed"] = json!("0");
        }
        Ok(answer)
    });
    insta::assert_snapshot!(anstream::adapter::strip_str(report.page().as_str()).to_string(), @r#"
    sealwatch  111122223333 eu-west-1

    ok         stack      `sealwatch`, for one account, version 0.1.0
    ok         trail      `arn:aws:cloudtrail:us-east-1:999900001111:trail/audit` records the write events of eu-west-1
    ok         rules      26 rules for the detectors and 9 that watch over the stack are enabled
    ok         functions  14 functions are active, and their rules may invoke them
    wrong      topics     nobody is subscribed to the topic `arn:aws:sns:eu-west-1:111122223333:sealwatch-findings`
                          Its messages reach nobody.
                          fix: aws sns subscribe --topic-arn arn:aws:sns:eu-west-1:111122223333:sealwatch-findings --protocol email --notification-endpoint ADDRESS --region eu-west-1 --profile audit
    ok         keys       enabled: key/5d1f6a1e-0b52-4a53-9f3c-1c8f2f0c7a01
    ok         queues     3 dead-letter queues are empty
    ok         alarms     none of 12 alarms is raised
    ok         canary     last heard at 2026-11-25T22:00:00Z
    ok         re-checks  1 is scheduled
    ok         scan       last finished at 2026-11-25T22:00:00Z
    ok         ledger     the table `sealwatch-ledger` is active, and the functions can use it
    ok         members    not a hub
    ok         settings   valid, in the parameter `/sealwatch/settings`

    14 checks: 13 ok, 1 wrong, 0 could not be done
    "#);
    insta::assert_json_snapshot!(report.json()["checks"][4], @r#"
    {
      "name": "topics",
      "problems": [
        {
          "fault": "topic-without-subscription",
          "fix": "aws sns subscribe --topic-arn arn:aws:sns:eu-west-1:111122223333:sealwatch-findings --protocol email --notification-endpoint ADDRESS --region eu-west-1 --profile audit",
          "follows": "Its messages reach nobody.",
          "wrong": "nobody is subscribed to the topic `arn:aws:sns:eu-west-1:111122223333:sealwatch-findings`"
        }
      ],
      "question": "Does somebody get the findings, and somebody what is reported about Sealwatch itself?",
      "status": "wrong",
      "summary": "confirmed subscriptions: `sealwatch-findings` 0, `sealwatch-operations` 1",
      "unchecked": []
    }
    "#);
}

/// The names of the template, in both directions.
#[test]
fn the_watch_rules_and_alarms_are_those_of_the_template() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/sam/template.yaml");
    let template = std::fs::read_to_string(path).unwrap();
    let names = |prefix: &str| -> Vec<String> {
        let lines = template.lines().filter_map(|line| line.trim().strip_prefix(prefix));
        let mut names: Vec<String> = lines.map(str::to_owned).collect();
        names.sort_unstable();
        names
    };
    let watches: Vec<String> = names("Name: !Sub ${Name}-watch-").iter().map(|name| format!("watch-{name}")).collect();
    let (in_hub, watches): (Vec<_>, Vec<_>) = watches.into_iter().partition(|name| name == "watch-members");
    let (of_settings, watches): (Vec<_>, Vec<_>) = watches.into_iter().partition(|name| name == WATCHES_SETTINGS);
    assert_eq!((in_hub.len(), of_settings.len(), watches.as_slice()), (1, 1, &WATCHES.map(str::to_owned)[..]));
    let mut alarms = names("AlarmName: !Sub ${Name}-");
    alarms.retain(|name| name != "canary" && name != crate::doctor::checks::OF_SECURITY_HUB);
    assert_eq!(alarms, crate::doctor::checks::ALARMS);
}
