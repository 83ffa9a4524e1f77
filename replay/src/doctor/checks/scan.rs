//! The daily scan of what exists already: its function and its schedule, and when it last finished.

use std::sync::Arc;

use sealwatch_rules::util::time::{Seconds, written};
use sealwatch_runtime::api::NoAnswer;
use serde_json::json;

use crate::doctor::aws::{number, text};
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::checks::canary::{SCHEDULE, STATISTICS, counted, last};
use crate::doctor::checks::stack::GET_FUNCTION;
use crate::doctor::stack::Stack;

const DAY: Seconds = 24 * 3600;

/// How far back the last scan is looked for.
const LOOK_BACK: Seconds = 8 * DAY;

/// A daily scan that has not finished for this time failed twice.
const PATIENCE: Seconds = 2 * DAY;

/// The first scan of a new schedule has finished after this time.
const FIRST: Seconds = 3600;

pub(super) static CHECK: Check = Check {
    name: "scan",
    question: "Is what exists already evaluated every day?",
    calls: &[GET_FUNCTION, SCHEDULE, STATISTICS],
    faults: &[&NO_FUNCTION, &NO_SCHEDULE, &DISABLED, &NOT_FINISHED],
    run: |stack| Box::pin(run(stack)),
};

static NO_FUNCTION: Fault = Fault {
    id: "scan-without-function",
    wrong: "the function `{scan}` does not exist, but its schedule does",
    follows: "What existed before the deployment is not evaluated, and what EventBridge does not deliver is never noticed.",
    fix: "CloudFormation does not notice that a resource is gone: remove it from the template, deploy, put it back, deploy",
};

static NO_SCHEDULE: Fault = Fault {
    id: "scan-without-schedule",
    wrong: "the schedule `{scan}` does not exist in the group `{group}`, but its function does",
    follows: "What existed before the deployment is not evaluated, and what EventBridge does not deliver is never noticed.",
    fix: "CloudFormation does not notice that a resource is gone: deploy with an empty ScanSchedule, then with the former one",
};

static DISABLED: Fault = Fault {
    id: "scan-disabled",
    wrong: "the schedule `{scan}` in the group `{group}` is disabled",
    follows: "What existed before the deployment is not evaluated, and what EventBridge does not deliver is never noticed.",
    fix: "deploy the stack again; to switch the scan off, deploy with an empty ScanSchedule",
};

static NOT_FINISHED: Fault = Fault {
    id: "scan-not-finished",
    wrong: "no scan has finished for two days ({last})",
    follows: "What existed before the deployment is not evaluated, and what EventBridge does not deliver is never noticed.",
    fix: "look at the log of the function `{scan}`, and into the queues for failed events and schedule dead letters",
};

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    let scan = stack.named("scan");
    let names = [("scan", scan.as_str()), ("group", &stack.name)];
    let function = stack.aws.ask(GET_FUNCTION.action, json!({"FunctionName": scan})).await;
    let schedule = stack.aws.ask(SCHEDULE.action, json!({"Name": scan, "groupName": stack.name})).await;
    let schedule = match (function, schedule) {
        (Err(NoAnswer::NotFound), Err(NoAnswer::NotFound)) => {
            answer.summary = "switched off".to_owned();
            return answer;
        }
        (Err(NoAnswer::NotFound), Ok(_)) => {
            answer.wrong(&stack, &NO_FUNCTION, &names);
            return answer;
        }
        (Ok(_), Err(NoAnswer::NotFound)) => {
            answer.wrong(&stack, &NO_SCHEDULE, &names);
            return answer;
        }
        (Err(why), _) => {
            answer.unanswered(GET_FUNCTION.action, &scan, &why);
            return answer;
        }
        (_, Err(why)) => {
            answer.unanswered(SCHEDULE.action, &scan, &why);
            return answer;
        }
        (Ok(_), Ok(schedule)) => schedule,
    };
    if text(&schedule, "/State") == "DISABLED" {
        answer.wrong(&stack, &DISABLED, &names);
        return answer;
    }
    let statistics =
        stack.aws.ask(STATISTICS.action, counted("Scanned", "scan", stack.now - LOOK_BACK, stack.now)).await;
    let last = match statistics {
        Ok(statistics) => last(&statistics),
        Err(why) => {
            answer.unanswered(STATISTICS.action, "Scanned", &why);
            return answer;
        }
    };
    answer.summary = match last {
        Some(time) => format!("last finished at {}", written(time)),
        None => format!("none has finished since {}", written(stack.now - LOOK_BACK)),
    };
    let created = number(&schedule, "/CreationDate").unwrap_or_default();
    if last.is_none() && created + FIRST > stack.now {
        answer.unchecked.push("the first scan has not finished yet: check again in an hour".to_owned());
    } else if is_daily(text(&schedule, "/ScheduleExpression")) && last.unwrap_or_default() + PATIENCE < stack.now {
        let last = answer.summary.clone();
        answer.wrong(&stack, &NOT_FINISHED, &[("last", &last), ("scan", &scan)]);
    }
    answer
}

/// True for the schedule of the templates. Of others nobody knows here when they should have run.
fn is_daily(expression: &str) -> bool {
    matches!(expression, "rate(24 hours)" | "rate(1 day)" | "rate(1 days)")
}
