//! The canary: the one call a day that proves the whole path, from the trail to a function.

use std::sync::Arc;

use sealwatch_rules::engine::detector::{Permission, allow};
use sealwatch_rules::util::time::{Seconds, written};
use sealwatch_runtime::api::NoAnswer;
use serde_json::{Value, json};

use crate::doctor::aws::{number, text};
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::checks::alarms;
use crate::doctor::stack::{DESCRIBE_ALARMS, Stack};

pub(super) const SCHEDULE: Permission =
    allow("scheduler:GetSchedule", "arn:{partition}:scheduler:{region}:{account}:schedule/{name}/*");
pub(super) const STATISTICS: Permission = allow("cloudwatch:GetMetricStatistics", "*");

/// How far back the last canary is looked for.
const LOOK_BACK: Seconds = 3 * 24 * 3600;
const HOUR: Seconds = 3600;

pub(super) static CHECK: Check = Check {
    name: "canary",
    question: "Has the daily call come back through trail, bus, rule and function?",
    calls: &[SCHEDULE, DESCRIBE_ALARMS, STATISTICS],
    faults: &[&NO_SCHEDULE, &DISABLED, &NO_ALARM, &NOT_HEARD, &MUTE],
    run: |stack| Box::pin(run(stack)),
};

static NO_SCHEDULE: Fault = Fault {
    id: "canary-missing",
    wrong: "the schedule `{canary}` does not exist in the group `{group}`",
    follows: "Nothing proves that calls reach the functions.",
    fix: "deploy the stack again with this version",
};

static DISABLED: Fault = Fault {
    id: "canary-disabled",
    wrong: "the schedule `{canary}` in the group `{group}` is disabled",
    follows: "Nothing proves that calls reach the functions.",
    fix: "deploy the stack again with this version",
};

static NO_ALARM: Fault = Fault {
    id: "canary-without-alarm",
    wrong: "the alarm `{canary}` does not exist",
    follows: "Nobody is told when calls no longer reach the functions.",
    fix: "deploy the stack again with this version",
};

static NOT_HEARD: Fault = Fault {
    id: "canary-not-heard",
    wrong: "the canary has not come back ({last})",
    follows: "Calls do not reach the functions, or one of the trail, the bus, the rule, the function and its metrics is slow or broken.",
    fix: "fix what the other checks report; if they report nothing, look at the schedule's target and role, and at the log of `{function}`",
};

static MUTE: Fault = Fault {
    id: "canary-mute",
    wrong: "the alarm `{canary}` notifies nobody",
    follows: "Nobody is told when calls no longer reach the functions.",
    fix: "aws cloudwatch enable-alarm-actions --alarm-names {canary}",
};

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    let (canary, function) = (stack.named("canary"), stack.named("kms-key-lifecycle"));
    let names = [("canary", canary.as_str()), ("group", &stack.name)];
    match stack.aws.ask(SCHEDULE.action, json!({"Name": canary, "groupName": stack.name})).await {
        Ok(schedule) if text(&schedule, "/State") == "DISABLED" => answer.wrong(&stack, &DISABLED, &names),
        Ok(_) => {}
        Err(NoAnswer::NotFound) => answer.wrong(&stack, &NO_SCHEDULE, &names),
        Err(why) => answer.unanswered(SCHEDULE.action, &canary, &why),
    }
    let last = match stack
        .aws
        .ask(STATISTICS.action, counted("CanaryHeard", "kms-key-lifecycle", stack.now - LOOK_BACK, stack.now))
        .await
    {
        Ok(statistics) => last(&statistics),
        Err(why) => {
            answer.unanswered(STATISTICS.action, "CanaryHeard", &why);
            None
        }
    };
    let last = match last {
        Some(time) => format!("last heard at {}", written(time)),
        None => format!("not heard since {}", written(stack.now - LOOK_BACK)),
    };
    match stack.alarms().await {
        Err(why) => answer.unanswered(DESCRIBE_ALARMS.action, "", &why),
        Ok(alarms) => match alarms::find(&alarms, &canary) {
            None => answer.wrong(&stack, &NO_ALARM, &names),
            Some(alarm) => {
                match text(alarm, "/StateValue") {
                    "ALARM" => answer.wrong(&stack, &NOT_HEARD, &[("last", &last), ("function", &function)]),
                    "OK" => {}
                    _ => answer.unchecked.push(format!("the alarm `{canary}` has no data yet: check again in an hour")),
                }
                if !alarms::notifies(alarm) {
                    answer.wrong(&stack, &MUTE, &names);
                }
            }
        },
    }
    answer.summary = last;
    answer
}

/// Asks how often a function counted a metric, by hours.
pub(super) fn counted(metric: &str, function: &str, from: Seconds, to: Seconds) -> Value {
    json!({
        "Namespace": "Sealwatch",
        "MetricName": metric,
        "Dimensions": [{"Name": "detector", "Value": function}],
        "StartTime": from,
        "EndTime": to,
        "Period": HOUR,
        "Statistics": ["Sum"],
    })
}

/// The last hour in which it was counted.
pub(super) fn last(statistics: &Value) -> Option<Seconds> {
    let points = statistics["Datapoints"].as_array()?.iter();
    let heard = points.filter(|point| point["Sum"].as_f64().is_some_and(|sum| sum > 0.0));
    heard.filter_map(|point| number(point, "/Timestamp")).max()
}
