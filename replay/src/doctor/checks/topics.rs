//! The topics, and whether somebody gets their messages.

use std::sync::Arc;

use sealwatch_rules::engine::detector::{Permission, allow};
use sealwatch_runtime::api::NoAnswer;
use serde_json::json;

use crate::doctor::aws::number;
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::stack::Stack;

/// The topic for findings may be one of another account.
pub(crate) const ATTRIBUTES: Permission = allow("sns:GetTopicAttributes", "arn:{partition}:sns:{region}:*:*");

pub(super) static CHECK: Check = Check {
    name: "topics",
    question: "Does somebody get the findings, and somebody what is reported about Sealwatch itself?",
    calls: &[ATTRIBUTES],
    faults: &[&MISSING, &NOBODY, &PENDING],
    run: |stack| Box::pin(run(stack)),
};

static MISSING: Fault = Fault {
    id: "topic-missing",
    wrong: "the topic `{topic}` does not exist",
    follows: "What is published to it is lost, or waits in the queue for failed events.",
    fix: "aws sns create-topic --name {name}",
};

static NOBODY: Fault = Fault {
    id: "topic-without-subscription",
    wrong: "nobody is subscribed to the topic `{topic}`",
    follows: "Its messages reach nobody.",
    fix: "aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS",
};

static PENDING: Fault = Fault {
    id: "subscription-pending",
    wrong: "of the subscriptions to the topic `{topic}`, {count} not confirmed",
    follows: "Whoever was to get the messages gets none, and after some days the subscription is gone.",
    fix: "aws sns list-subscriptions-by-topic --topic-arn {topic}",
};

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    let mut subscriptions = Vec::new();
    for topic in [stack.findings_topic(), stack.operations_topic()] {
        let name = topic.rsplit(':').next().unwrap_or_default().to_owned();
        let attributes = match stack.aws.ask(ATTRIBUTES.action, json!({"TopicArn": topic})).await {
            Ok(attributes) => attributes,
            Err(NoAnswer::NotFound) => {
                answer.wrong(&stack, &MISSING, &[("topic", &topic), ("name", &name)]);
                continue;
            }
            Err(why) => {
                answer.unanswered(ATTRIBUTES.action, &topic, &why);
                continue;
            }
        };
        let count = |attribute: &str| number(&attributes, &format!("/Attributes/{attribute}")).unwrap_or(0);
        let (confirmed, pending) = (count("SubscriptionsConfirmed"), count("SubscriptionsPending"));
        if confirmed == 0 {
            answer.wrong(&stack, &NOBODY, &[("topic", &topic)]);
        }
        if pending > 0 {
            let count = if pending == 1 { "1 is".to_owned() } else { format!("{pending} are") };
            answer.wrong(&stack, &PENDING, &[("topic", &topic), ("count", &count)]);
        }
        subscriptions.push(format!("`{name}` {confirmed}"));
    }
    answer.summary = format!("confirmed subscriptions: {}", subscriptions.join(", "));
    answer
}
