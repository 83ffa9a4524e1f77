//! The dead-letter queues: empty, and still accepting.

use std::sync::Arc;

use sealwatch_rules::engine::detector::{Permission, allow};
use sealwatch_runtime::api::NoAnswer;
use serde_json::{Value, json};

use crate::doctor::aws::{Asked, contains, number, statements, text};
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::stack::Stack;

pub(crate) const URL: Permission = allow("sqs:GetQueueUrl", QUEUES);
pub(crate) const ATTRIBUTES: Permission = allow("sqs:GetQueueAttributes", QUEUES);
const QUEUES: &str = "arn:{partition}:sqs:{region}:{account}:{name}-*";

pub(super) static CHECK: Check = Check {
    name: "queues",
    question: "Are the dead-letter queues empty, and do they accept what is sent to them?",
    calls: &[URL, ATTRIBUTES],
    faults: &[&MISSING, &WAITING, &CLOSED],
    run: |stack| Box::pin(run(stack)),
};

/// The queues, and whether EventBridge has to be allowed to send to them: roles may send to the other two.
pub(crate) const NAMES: [(&str, bool); 3] =
    [("rule-dead-letters", true), ("failed-events", false), ("schedule-dead-letters", false)];

static MISSING: Fault = Fault {
    id: "queue-missing",
    wrong: "the queue `{queue}` does not exist",
    follows: "What is to be kept in it is lost.",
    fix: "CloudFormation does not notice that a resource is gone: remove it from the template, deploy, put it back, deploy",
};

static WAITING: Fault = Fault {
    id: "queue-not-empty",
    wrong: "in the queue `{queue}`: {waiting} waiting, {received} received but not deleted",
    follows: "These events have not been evaluated, and 14 days after they were sent they are lost.",
    fix: "infra/redrive --stack {name} {short}",
};

static CLOSED: Fault = Fault {
    id: "queue-closed",
    wrong: "the policy of the queue `{queue}` {problem}",
    follows: "What is to be kept in it is lost.",
    fix: "deploy the stack again with this version",
};

/// All attributes of a queue.
pub(crate) async fn attributes(stack: &Stack, queue: &str) -> Result<Value, (&'static str, NoAnswer)> {
    let url: Asked = stack.aws.ask(URL.action, json!({"QueueName": queue})).await;
    let url = url.map_err(|why| (URL.action, why))?;
    let parameters = json!({"QueueUrl": text(&url, "/QueueUrl"), "AttributeNames": ["All"]});
    stack.aws.ask(ATTRIBUTES.action, parameters).await.map_err(|why| (ATTRIBUTES.action, why))
}

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    for (short, sent_by_eventbridge) in NAMES {
        let queue = stack.named(short);
        let attributes = match attributes(&stack, &queue).await {
            Ok(attributes) => attributes,
            Err((_, NoAnswer::NotFound)) => {
                answer.wrong(&stack, &MISSING, &[("queue", &queue)]);
                continue;
            }
            Err((call, why)) => {
                answer.unanswered(call, &queue, &why);
                continue;
            }
        };
        let count = |suffix: &str| {
            number(&attributes, &format!("/Attributes/ApproximateNumberOfMessages{suffix}")).unwrap_or(0)
        };
        let (waiting, received) = (count("") + count("Delayed"), count("NotVisible"));
        if waiting + received > 0 {
            let (waiting, received) = (waiting.to_string(), received.to_string());
            let values = [("queue", queue.as_str()), ("waiting", &waiting), ("received", &received)];
            answer.wrong(&stack, &WAITING, &[&values[..], &[("name", &stack.name), ("short", short)]].concat());
        }
        let statements = statements(text(&attributes, "/Attributes/Policy"));
        if let Some(problem) = closed(&statements, sent_by_eventbridge) {
            answer.wrong(&stack, &CLOSED, &[("queue", &queue), ("problem", problem)]);
        }
    }
    answer.summary = format!("{} dead-letter queues are empty", NAMES.len());
    answer
}

/// Why a queue accepts nothing; `None` if it does.
fn closed(statements: &[Value], sent_by_eventbridge: bool) -> Option<&'static str> {
    let sends = |statement: &&Value| {
        contains(statement.get("Action"), |action| {
            ["*", "sqs:*", "sqs:sendmessage", "sqs:send*"].contains(&action.to_ascii_lowercase().as_str())
        })
    };
    // the template denies what is sent without TLS
    let denies = |statement: &&Value| {
        statement["Effect"] == "Deny" && statement.pointer("/Condition/Bool/aws:SecureTransport").is_none()
    };
    if statements.iter().filter(sends).any(|statement| denies(&statement)) {
        return Some("denies sending messages");
    }
    let allows = |statement: &Value| {
        statement["Effect"] == "Allow"
            && contains(statement.pointer("/Principal/Service"), |service| service == "events.amazonaws.com")
    };
    let allowed = !sent_by_eventbridge || statements.iter().filter(sends).any(allows);
    if allowed { None } else { Some("does not allow EventBridge to send messages") }
}
