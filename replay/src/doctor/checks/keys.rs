//! The keys that encrypt findings and logs. SQS manages those of the queues.

use std::collections::BTreeMap;
use std::sync::Arc;

use sealwatch_rules::engine::detector::{Permission, allow};
use sealwatch_runtime::api::NoAnswer;
use serde_json::json;

use crate::doctor::aws::text;
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::checks::topics;
use crate::doctor::stack::Stack;

/// The key of an external topic may belong to another account.
const DESCRIBE: Permission = allow("kms:DescribeKey", "arn:{partition}:kms:{region}:*:key/*");

pub(super) static CHECK: Check = Check {
    name: "keys",
    question: "Are the keys enabled that encrypt findings and logs?",
    calls: &[DESCRIBE, topics::ATTRIBUTES],
    faults: &[&MISSING, &DISABLED, &PENDING_DELETION, &UNUSABLE],
    run: |stack| Box::pin(run(stack)),
};

const STOPPED: &str = "Nothing can be encrypted with it: what it protects accepts nothing.";

static MISSING: Fault = Fault {
    id: "key-missing",
    wrong: "the key `{key}` of {used_by} does not exist",
    follows: STOPPED,
    fix: "deploy the stack under another `Name`, and delete this one",
};

static DISABLED: Fault = Fault {
    id: "key-disabled",
    wrong: "the key `{key}` of {used_by} is disabled",
    follows: STOPPED,
    fix: "aws kms enable-key --key-id {key}",
};

static PENDING_DELETION: Fault = Fault {
    id: "key-pending-deletion",
    wrong: "the key `{key}` of {used_by} is scheduled for deletion",
    follows: STOPPED,
    fix: "aws kms cancel-key-deletion --key-id {key} && aws kms enable-key --key-id {key}",
};

static UNUSABLE: Fault = Fault {
    id: "key-unusable",
    wrong: "the key `{key}` of {used_by} is in the state {state}",
    follows: STOPPED,
    fix: "aws kms describe-key --key-id {key}",
};

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    // that of the stack, by its alias, and those that topics name
    let mut keys = BTreeMap::from([(format!("alias/{}", stack.name), "the stack".to_owned())]);
    for topic in [stack.findings_topic(), stack.operations_topic()] {
        // the check of topics reports those that do not answer
        if let Ok(attributes) = stack.aws.ask(topics::ATTRIBUTES.action, json!({"TopicArn": topic})).await {
            let name = topic.rsplit(':').next().unwrap_or_default();
            keys.entry(text(&attributes, "/Attributes/KmsMasterKeyId").to_owned())
                .or_insert(format!("the topic `{name}`"));
        }
    }
    let mut described = BTreeMap::new();
    for (key, used_by) in keys.iter().filter(|(key, _)| !key.is_empty()) {
        let found = match stack.aws.ask(DESCRIBE.action, json!({"KeyId": key})).await {
            Ok(found) => found,
            Err(NoAnswer::NotFound) => {
                answer.wrong(&stack, &MISSING, &[("key", key), ("used_by", used_by)]);
                continue;
            }
            Err(why) => {
                answer.unanswered(DESCRIBE.action, key, &why);
                continue;
            }
        };
        let arn = text(&found, "/KeyMetadata/Arn").to_owned();
        described.entry(arn).or_insert((text(&found, "/KeyMetadata/KeyState").to_owned(), used_by));
    }
    for (key, (state, used_by)) in &described {
        let values = [("key", key.as_str()), ("used_by", used_by), ("state", state)];
        match state.as_str() {
            "Enabled" => {}
            "Disabled" => answer.wrong(&stack, &DISABLED, &values),
            "PendingDeletion" | "PendingReplicaDeletion" => answer.wrong(&stack, &PENDING_DELETION, &values),
            _ => answer.wrong(&stack, &UNUSABLE, &values),
        }
    }
    let enabled: Vec<&str> = described.keys().map(|arn| arn.rsplit(':').next().unwrap_or_default()).collect();
    answer.summary = format!("enabled: {}", enabled.join(", "));
    answer
}
