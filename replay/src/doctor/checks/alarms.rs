//! The alarms: none is raised, and all of them can be.

use std::sync::Arc;

use serde_json::Value;

use crate::doctor::aws::text;
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::stack::{DESCRIBE_ALARMS, Stack};

pub(super) static CHECK: Check = Check {
    name: "alarms",
    question: "Is no alarm raised, and does each of them notify somebody?",
    calls: &[DESCRIBE_ALARMS],
    faults: &[&MISSING, &RAISED, &MUTE],
    run: |stack| Box::pin(run(stack)),
};

/// The alarms of the stack, as the template names them. That of the canary has a check of its own.
pub(crate) const NAMES: [&str; 12] = [
    "delayed-events",
    "failed-events",
    "failed-events-age",
    "lost-events",
    "lost-re-checks",
    "lost-rule-events",
    "rule-dead-letters",
    "rule-dead-letters-age",
    "schedule-dead-letters",
    "schedule-dead-letters-age",
    "unconfirmed",
    "undelivered-findings",
];

/// With Security Hub: findings that were not imported.
pub(crate) const OF_SECURITY_HUB: &str = "security-hub-dead-letters";

static MISSING: Fault = Fault {
    id: "alarm-missing",
    wrong: "the alarm `{alarm}` does not exist",
    follows: "Nobody is told of what it is for.",
    fix: "deploy the stack again with this version",
};

static RAISED: Fault = Fault {
    id: "alarm-raised",
    wrong: "the alarm `{alarm}` is raised: {reason}",
    follows: "See docs/runbooks.md, \"What do I do when an alarm is raised?\".",
    fix: "aws cloudwatch describe-alarm-history --alarm-name {alarm}",
};

static MUTE: Fault = Fault {
    id: "alarm-mute",
    wrong: "the alarm `{alarm}` notifies nobody",
    follows: "Nobody is told of what it is for.",
    fix: "aws cloudwatch enable-alarm-actions --alarm-names {alarm}",
};

/// The alarm with this name.
pub(crate) fn find<'a>(alarms: &'a [Value], name: &str) -> Option<&'a Value> {
    alarms.iter().find(|alarm| text(alarm, "/AlarmName") == name)
}

/// True if an alarm that is raised reaches somebody.
pub(crate) fn notifies(alarm: &Value) -> bool {
    alarm["ActionsEnabled"] != false && alarm["AlarmActions"].as_array().is_some_and(|actions| !actions.is_empty())
}

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    let alarms = match stack.alarms().await {
        Ok(alarms) => alarms,
        Err(why) => {
            answer.unanswered(DESCRIBE_ALARMS.action, "", &why);
            return answer;
        }
    };
    let of_security_hub = find(&alarms, &stack.named(OF_SECURITY_HUB)).map(|_| OF_SECURITY_HUB);
    let names: Vec<&str> = NAMES.into_iter().chain(of_security_hub).collect();
    for short in &names {
        let name = stack.named(short);
        let Some(alarm) = find(&alarms, &name) else {
            answer.wrong(&stack, &MISSING, &[("alarm", &name)]);
            continue;
        };
        if text(alarm, "/StateValue") == "ALARM" {
            answer.wrong(&stack, &RAISED, &[("alarm", &name), ("reason", text(alarm, "/StateReason"))]);
        }
        if !notifies(alarm) {
            answer.wrong(&stack, &MUTE, &[("alarm", &name)]);
        }
    }
    answer.summary = format!("none of {} alarms is raised", names.len());
    answer
}
