//! In a hub: its bus, and the members that forward to it.
//!
//! Whether the functions may assume the look-up role in a member cannot be asked: its trust policy admits only their
//! roles. Findings that need it are unverified and say so.

use std::sync::Arc;

use sealwatch_rules::aws::account::is_account;
use sealwatch_rules::engine::detector::{Permission, allow};
use sealwatch_rules::util::time::{Seconds, written};
use sealwatch_runtime::api::NoAnswer;
use sealwatch_runtime::heartbeat::{PATIENCE, SCHEDULE_PREFIX};
use serde_json::{Value, json};

use crate::doctor::aws::{contains, number, statements, text};
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::checks::re_checks;
use crate::doctor::checks::stack::GET_FUNCTION;
use crate::doctor::stack::Stack;

const BUS: Permission = allow("events:DescribeEventBus", "arn:{partition}:events:{region}:{account}:event-bus/{name}");

pub(super) static CHECK: Check = Check {
    name: "members",
    question: "In a hub: do the members forward their calls?",
    calls: &[GET_FUNCTION, BUS, re_checks::LIST],
    faults: &[&NO_BUS, &CLOSED, &NO_MEMBER, &SILENT],
    run: |stack| Box::pin(run(stack)),
};

/// The most members that are named.
const MAX_NAMED: usize = 20;

static NO_BUS: Fault = Fault {
    id: "no-bus",
    wrong: "the event bus `{bus}` does not exist",
    follows: "No call of a member is evaluated.",
    fix: "CloudFormation does not notice that a resource is gone: remove it from the template, deploy, put it back, deploy",
};

static CLOSED: Fault = Fault {
    id: "bus-closed",
    wrong: "the policy of the event bus `{bus}` does not admit the organization",
    follows: "No call of a member is evaluated.",
    fix: "deploy the stack again with this version",
};

static NO_MEMBER: Fault = Fault {
    id: "no-member-heard",
    wrong: "no member has been heard",
    follows: "No call of a member is evaluated, or no member has been deployed for more than a day.",
    fix: "deploy infra/organization/member.yaml as docs/organizations.md says",
};

static SILENT: Fault = Fault {
    id: "member-silent",
    wrong: "account {account} was last heard at {time}",
    follows: "Its calls are not evaluated.",
    fix: "in that account, look at the rule `{name}-forward` and the queue `{name}-forward-dead-letters`; `sealwatch doctor` checks its trail there",
};

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    if let Some(why) = stack.unknown() {
        answer.unanswered(GET_FUNCTION.action, &stack.named("*"), why);
        return answer;
    }
    if !stack.is_hub() {
        answer.summary = "not a hub".to_owned();
        return answer;
    }
    match stack.aws.ask(BUS.action, json!({"Name": stack.name})).await {
        Ok(bus) if admits(text(&bus, "/Policy")) => {}
        Ok(_) => answer.wrong(&stack, &CLOSED, &[("bus", &stack.name)]),
        Err(NoAnswer::NotFound) => answer.wrong(&stack, &NO_BUS, &[("bus", &stack.name)]),
        Err(why) => answer.unanswered(BUS.action, &stack.name, &why),
    }
    let schedules = match re_checks::schedules(&stack).await {
        Ok(schedules) => schedules,
        Err(why) => {
            answer.unanswered(re_checks::LIST.action, &stack.name, &why);
            return answer;
        }
    };
    let mut heard: Vec<(Seconds, &str)> = schedules.iter().filter_map(member).collect();
    heard.sort_unstable();
    let silent = heard.iter().filter(|(last, _)| last + PATIENCE < stack.now);
    for (last, account) in silent.take(MAX_NAMED) {
        let values = [("account", *account), ("time", &written(*last)), ("name", &stack.name)];
        answer.wrong(&stack, &SILENT, &values);
    }
    match heard.first() {
        None => answer.wrong(&stack, &NO_MEMBER, &[]),
        Some((last, account)) => {
            answer.summary = format!("{} heard, least recently {account} at {}", heard.len(), written(*last));
        }
    }
    answer
}

/// A member and when it was last heard. Each time creates or updates its schedule.
fn member(schedule: &Value) -> Option<(Seconds, &str)> {
    let account = text(schedule, "/Name").strip_prefix(SCHEDULE_PREFIX).filter(|account| is_account(account))?;
    Some((number(schedule, "/LastModificationDate").or_else(|| number(schedule, "/CreationDate"))?, account))
}

/// True if the policy of a bus lets the accounts of an organization send events.
fn admits(policy: &str) -> bool {
    statements(policy).iter().any(|statement| {
        statement["Effect"] == "Allow"
            && contains(statement.get("Action"), |action| ["*", "events:*", "events:PutEvents"].contains(&action))
            && statement.to_string().contains("aws:PrincipalOrg")
    })
}
