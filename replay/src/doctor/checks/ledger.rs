//! The ledger, if the stack has one: the table works, and so do the functions' calls to it.

use std::sync::Arc;

use sealwatch_rules::engine::detector::{Permission, allow};
use sealwatch_rules::rules::DETECTORS;
use sealwatch_rules::util::time::Seconds;
use sealwatch_runtime::api::NoAnswer;
use serde_json::json;

use crate::doctor::aws::text;
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::checks::canary::{STATISTICS, counted};
use crate::doctor::checks::stack::GET_FUNCTION;
use crate::doctor::stack::Stack;

const TABLE: Permission = allow("dynamodb:DescribeTable", TABLES);
const BACKUPS: Permission = allow("dynamodb:DescribeContinuousBackups", TABLES);
const EXPIRY: Permission = allow("dynamodb:DescribeTimeToLive", TABLES);
const TABLES: &str = "arn:{partition}:dynamodb:{region}:{account}:table/{name}-ledger";

pub(super) static CHECK: Check = Check {
    name: "ledger",
    question: "Can the functions remember what they reported, and is it backed up?",
    calls: &[GET_FUNCTION, TABLE, BACKUPS, EXPIRY, STATISTICS],
    faults: &[&MISSING, &NOT_ACTIVE, &NO_BACKUP, &NO_EXPIRY, &FAILURES],
    run: |stack| Box::pin(run(stack)),
};

/// How far back failed calls are counted.
const LOOK_BACK: Seconds = 24 * 3600;

static MISSING: Fault = Fault {
    id: "ledger-missing",
    wrong: "the table `{table}` does not exist",
    follows: "The functions fail on every event, and the events are in the queue for failed events.",
    fix: "deploy with Ledger=false and then with Ledger=true: CloudFormation does not notice that a resource is gone. DynamoDB has a backup of the deleted table for 35 days",
};

static NOT_ACTIVE: Fault = Fault {
    id: "ledger-not-active",
    wrong: "the table `{table}` is {state}",
    follows: "INACCESSIBLE_ENCRYPTION_CREDENTIALS says that its key is not usable. The functions fail on every event, and the events are in the queue for failed events.",
    fix: "aws dynamodb describe-table --table-name {table}",
};

static NO_BACKUP: Fault = Fault {
    id: "ledger-without-backup",
    wrong: "the table `{table}` has no point-in-time recovery",
    follows: "What someone deletes or changes in it cannot be restored.",
    fix: "aws dynamodb update-continuous-backups --table-name {table} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
};

static NO_EXPIRY: Fault = Fault {
    id: "ledger-without-expiry",
    wrong: "the items of the table `{table}` do not expire",
    follows: "Resolved findings are kept for ever.",
    fix: "aws dynamodb update-time-to-live --table-name {table} --time-to-live-specification Enabled=true,AttributeName=expires",
};

static FAILURES: Fault = Fault {
    id: "ledger-failures",
    wrong: "calls of the function `{function}` to the table failed {times} times in a day",
    follows: "Its events were tried again. After three failures they are in the queue for failed events.",
    fix: "aws logs filter-log-events --log-group-name /aws/lambda/{function} --filter-pattern ledger",
};

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    if let Some(why) = stack.unknown() {
        answer.unanswered(GET_FUNCTION.action, &stack.named("*"), why);
        return answer;
    }
    let Some(table) = stack.ledger().map(str::to_owned) else {
        "the stack has none: each event is reported as if nothing had happened before".clone_into(&mut answer.summary);
        return answer;
    };
    let values = [("table", table.as_str())];
    let asked = || json!({"TableName": table});
    match stack.aws.ask(TABLE.action, asked()).await {
        Err(NoAnswer::NotFound) => {
            answer.wrong(&stack, &MISSING, &values);
            return answer;
        }
        Err(why) => answer.unanswered(TABLE.action, &table, &why),
        Ok(found) => match text(&found, "/Table/TableStatus") {
            // while its capacity or an index changes, it works
            "ACTIVE" | "UPDATING" => {}
            state => answer.wrong(&stack, &NOT_ACTIVE, &[("table", &table), ("state", state)]),
        },
    }
    let recovery = "/ContinuousBackupsDescription/PointInTimeRecoveryDescription/PointInTimeRecoveryStatus";
    match stack.aws.ask(BACKUPS.action, asked()).await {
        Ok(found) if text(&found, recovery) == "ENABLED" => {}
        Ok(_) => answer.wrong(&stack, &NO_BACKUP, &values),
        Err(why) => answer.unanswered(BACKUPS.action, &table, &why),
    }
    match stack.aws.ask(EXPIRY.action, asked()).await {
        Ok(found) if expires(text(&found, "/TimeToLiveDescription/TimeToLiveStatus")) => {}
        Ok(_) => answer.wrong(&stack, &NO_EXPIRY, &values),
        Err(why) => answer.unanswered(EXPIRY.action, &table, &why),
    }
    failures(&stack, &mut answer).await;
    answer.summary = format!("the table `{table}` is active, and the functions can use it");
    answer
}

fn expires(status: &str) -> bool {
    ["ENABLED", "ENABLING"].contains(&status)
}

/// Only the functions may read the table, so what they count says whether they can.
async fn failures(stack: &Stack, answer: &mut Answer) {
    let names = || DETECTORS.iter().map(|detector| detector.name).chain(["scan"]);
    let asked = names().map(|name| counted("LedgerFailures", name, stack.now - LOOK_BACK, stack.now));
    for (name, statistics) in names().zip(stack.aws.ask_each(STATISTICS.action, asked).await) {
        match statistics {
            Ok(statistics) => {
                let points = statistics["Datapoints"].as_array().into_iter().flatten();
                let times: f64 = points.filter_map(|point| point["Sum"].as_f64()).sum();
                if times > 0.0 {
                    let function = stack.named(name);
                    answer.wrong(stack, &FAILURES, &[("function", &function), ("times", &times.to_string())]);
                }
            }
            Err(why) => answer.unanswered(STATISTICS.action, "LedgerFailures", &why),
        }
    }
}
