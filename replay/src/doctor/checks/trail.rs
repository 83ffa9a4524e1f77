//! The trail, without which EventBridge delivers no calls.

use std::sync::Arc;

use sealwatch_rules::configuration::event_selectors::{KmsEvents, Recorded};
use sealwatch_rules::engine::detector::{Permission, allow};
use serde_json::{Value, json};

use crate::doctor::aws::text;
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::stack::Stack;

const DESCRIBE: Permission = allow("cloudtrail:DescribeTrails", "*");
const STATUS: Permission = allow("cloudtrail:GetTrailStatus", TRAILS);
const SELECTORS: Permission = allow("cloudtrail:GetEventSelectors", TRAILS);

/// A trail of the organization belongs to another account.
const TRAILS: &str = "arn:{partition}:cloudtrail:*:*:trail/*";

pub(super) static CHECK: Check = Check {
    name: "trail",
    question: "Does a trail record the calls that change something in this Region, those of KMS included?",
    calls: &[DESCRIBE, STATUS, SELECTORS],
    faults: &[&NO_TRAIL, &NOT_LOGGING, &LEAVES_OUT, &NOT_DELIVERED],
    run: |stack| Box::pin(run(stack)),
};

static NO_TRAIL: Fault = Fault {
    id: "no-trail",
    wrong: "no trail covers {region}",
    follows: "EventBridge delivers no calls, so Sealwatch evaluates none.",
    fix: "create a multi-Region trail: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-create-and-update-a-trail.html",
};

static NOT_LOGGING: Fault = Fault {
    id: "trail-not-logging",
    wrong: "the trail `{trail}` is not logging, and no other trail records {region}",
    follows: "EventBridge delivers no calls, so Sealwatch evaluates none.",
    fix: "aws cloudtrail start-logging --name {trail}",
};

static LEAVES_OUT: Fault = Fault {
    id: "trail-leaves-events-out",
    wrong: "the event selectors of the trail `{trail}` leave out write events of KMS, and no other trail records them",
    follows: "EventBridge delivers only what a trail records: Sealwatch evaluates no call on keys.",
    fix: r#"aws cloudtrail put-event-selectors --trail-name {trail} --advanced-event-selectors '[{"Name":"Management events","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]'"#,
};

static NOT_DELIVERED: Fault = Fault {
    id: "trail-not-delivered",
    wrong: "the trail `{trail}` cannot write its log files: {error}",
    follows: "What EventBridge does not deliver cannot be found later with `sealwatch replay`.",
    fix: "aws cloudtrail get-trail-status --name {trail}",
};

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    // shadow trails are those of other Regions and of the organization that record this Region as well
    let trails = match stack.aws.ask(DESCRIBE.action, json!({"includeShadowTrails": true})).await {
        Ok(found) => found["trailList"].as_array().cloned().unwrap_or_default(),
        Err(why) => {
            answer.unanswered(DESCRIBE.action, "", &why);
            return answer;
        }
    };
    let covers = |trail: &&Value| trail["IsMultiRegionTrail"] == true || trail["HomeRegion"] == stack.region.as_str();
    let trails: Vec<&str> = trails.iter().filter(covers).map(|trail| text(trail, "/TrailARN")).collect();
    if trails.is_empty() {
        answer.wrong(&stack, &NO_TRAIL, &[("region", &stack.region)]);
        return answer;
    }
    let statuses = stack.aws.ask_each(STATUS.action, trails.iter().map(|trail| json!({"Name": trail}))).await;
    let selectors = stack.aws.ask_each(SELECTORS.action, trails.iter().map(|trail| json!({"TrailName": trail}))).await;
    let mut found = Answer::default(); // what is wrong with the trails, if none records everything
    for ((trail, status), selectors) in trails.iter().zip(&statuses).zip(&selectors) {
        match (status, selectors) {
            (Err(why), _) => found.unanswered(STATUS.action, trail, why),
            (_, Err(why)) => found.unanswered(SELECTORS.action, trail, why),
            (Ok(status), _) if status["IsLogging"] != true => {
                found.wrong(&stack, &NOT_LOGGING, &[("trail", trail), ("region", &stack.region)]);
            }
            (Ok(status), Ok(selectors)) => match KmsEvents::of_trail(selectors).writes {
                Recorded::No => found.wrong(&stack, &LEAVES_OUT, &[("trail", trail)]),
                Recorded::Unknown => found.unchecked.push(format!(
                    "whether `{trail}` records all write events: its event selectors have conditions that this version does not understand"
                )),
                Recorded::Yes => {
                    answer.summary = format!("`{trail}` records the write events of {}", stack.region);
                    let error = text(status, "/LatestDeliveryError");
                    if !error.is_empty() {
                        answer.wrong(&stack, &NOT_DELIVERED, &[("trail", trail), ("error", error)]);
                    }
                }
            },
        }
    }
    if answer.summary.is_empty() { found } else { answer }
}
