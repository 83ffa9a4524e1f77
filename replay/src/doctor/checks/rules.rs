//! The rules that feed the functions, and those that watch over the stack.

use std::collections::BTreeMap;
use std::sync::Arc;

use sealwatch_rules::engine::detector::{ApiCall, Detector, Permission, allow};
use sealwatch_rules::rules::DETECTORS;
use serde_json::{Value, json};

use crate::doctor::aws::text;
use crate::doctor::check::{Answer, Check, Fault};
use crate::doctor::pattern::matches;
use crate::doctor::stack::Stack;

const LIST: Permission = allow("events:ListRules", "*");
const TARGETS: Permission = allow("events:ListTargetsByRule", "arn:{partition}:events:{region}:{account}:rule/*");

pub(super) static CHECK: Check = Check {
    name: "rules",
    question: "Does EventBridge send each monitored call to its function, and each call against the stack to the operations topic?",
    calls: &[LIST, TARGETS],
    faults: &[&MISSING, &DISABLED, &LEAVES_OUT, &NO_TARGET, &NOT_NOTIFYING, &NO_DEAD_LETTERS],
    run: |stack| Box::pin(run(stack)),
};

/// The rules that watch over the stack, as the template names them.
pub(crate) const WATCHES: [&str; 8] = [
    "watch-alarms",
    "watch-functions",
    "watch-key",
    "watch-queues",
    "watch-rules",
    "watch-schedules",
    "watch-topics",
    "watch-trails",
];

/// The rule that watches over the parameter with the settings, if there is one.
pub(crate) const WATCHES_SETTINGS: &str = "watch-settings";

/// The rules on the bus of a hub besides those of the detectors: what its members tell about themselves.
const OF_MEMBERS: [&str; 2] = ["heartbeats", "watch-members"];

const RESTORED: &str =
    "CloudFormation does not notice that a resource is gone: remove it from the template, deploy, put it back, deploy";

static MISSING: Fault = Fault {
    id: "rule-missing",
    wrong: "the rule `{rule}` does not exist on the bus `{bus}`",
    follows: "The calls that it is for reach nobody.",
    fix: RESTORED,
};

static DISABLED: Fault = Fault {
    id: "rule-disabled",
    wrong: "the rule `{rule}` is disabled",
    follows: "The calls that it is for reach nobody.",
    fix: "aws events enable-rule --name {rule} --event-bus-name {bus}",
};

static LEAVES_OUT: Fault = Fault {
    id: "rule-leaves-calls-out",
    wrong: "the event pattern of the rule `{rule}` leaves out {calls}",
    follows: "These calls are not evaluated.",
    fix: "deploy the stack again with this version",
};

static NO_TARGET: Fault = Fault {
    id: "rule-without-target",
    wrong: "the rule `{rule}` does not have the target `{target}`",
    follows: "The calls that it is for reach nobody.",
    fix: r#"aws events put-targets --rule {rule} --event-bus-name {bus} --targets '[{"Id":"doctor","Arn":"{target}","DeadLetterConfig":{"Arn":"{queue}"}}]'"#,
};

/// No command: the target also needs the role of the rule and the text of the message.
static NOT_NOTIFYING: Fault = Fault {
    id: "rule-notifies-nobody",
    wrong: "the rule `{rule}` does not have the target `{target}`",
    follows: "Nobody is told of the calls that it is for.",
    fix: RESTORED,
};

static NO_DEAD_LETTERS: Fault = Fault {
    id: "rule-without-dead-letters",
    wrong: "a target of the rule `{rule}` has no dead-letter queue",
    follows: "A call that cannot be delivered within 24 hours is lost.",
    fix: "deploy the stack again with this version",
};

/// A rule that has to exist.
struct Expected {
    rule: String,
    bus: String,
    target: String,
    /// The calls that it matches.
    calls: Option<(&'static Detector, &'static [ApiCall])>,
}

/// The calls of a rule that feeds the function of a detector. The closing calls have a rule of their own, and only where there is a
/// ledger.
pub(crate) fn feeding(
    detector: &'static Detector,
    has_ledger: bool,
) -> impl Iterator<Item = (String, &'static [ApiCall])> {
    let closing =
        (has_ledger && !detector.closing.is_empty()).then(|| (format!("{}-closing", detector.name), detector.closing));
    [(detector.name.to_owned(), detector.calls)].into_iter().chain(closing)
}

fn expected(stack: &Stack) -> Vec<Expected> {
    let detectors = DETECTORS.iter().flat_map(|detector| {
        feeding(detector, stack.ledger().is_some()).map(|(rule, calls)| Expected {
            rule: stack.named(&rule),
            bus: stack.bus().to_owned(),
            target: stack.arn("lambda", &format!("function:{}", stack.named(detector.name))),
            calls: Some((*detector, calls)),
        })
    });
    let from_parameter = stack.variable("SEALWATCH_SETTINGS").is_some_and(|settings| settings.starts_with("ssm:"));
    let watches = WATCHES.iter().chain(from_parameter.then_some(&WATCHES_SETTINGS)).map(|watch| Expected {
        rule: stack.named(watch),
        bus: "default".to_owned(),
        target: stack.operations_topic(),
        calls: None,
    });
    let of_members = OF_MEMBERS.iter().filter(|_| stack.is_hub()).map(|rule| Expected {
        rule: stack.named(rule),
        bus: stack.bus().to_owned(),
        target: match *rule {
            "heartbeats" => stack.arn("lambda", &format!("function:{}", stack.named("kms-key-lifecycle"))),
            _ => stack.operations_topic(),
        },
        calls: None,
    });
    detectors.chain(watches).chain(of_members).collect()
}

async fn run(stack: Arc<Stack>) -> Answer {
    let mut answer = Answer::default();
    let mut found: BTreeMap<(String, String), Value> = BTreeMap::new();
    let mut unread = Vec::new();
    let mut buses = vec!["default", stack.bus()];
    buses.dedup();
    for bus in buses {
        let parameters = json!({"NamePrefix": stack.named(""), "EventBusName": bus});
        match stack.aws.list(LIST.action, parameters, "Rules").await {
            Ok(rules) => {
                found.extend(rules.into_iter().map(|rule| ((bus.to_owned(), text(&rule, "/Name").to_owned()), rule)));
            }
            Err(why) => {
                answer.unanswered(LIST.action, bus, &why);
                unread.push(bus.to_owned());
            }
        }
    }
    let expected: Vec<Expected> = expected(&stack).into_iter().filter(|rule| !unread.contains(&rule.bus)).collect();
    let asked = expected.iter().map(|rule| json!({"Rule": rule.rule, "EventBusName": rule.bus}));
    let targets = stack.aws.ask_each(TARGETS.action, asked).await;
    for (expected, targets) in expected.iter().zip(targets) {
        let Expected { rule, bus, target, calls } = expected;
        let queue = stack.arn("sqs", &stack.named("rule-dead-letters"));
        let values = [("rule", rule.as_str()), ("bus", bus), ("queue", &queue), ("target", target)];
        let Some(details) = found.get(&(bus.clone(), rule.clone())) else {
            answer.wrong(&stack, &MISSING, &values);
            continue;
        };
        if text(details, "/State") == "DISABLED" {
            answer.wrong(&stack, &DISABLED, &values);
        }
        let missed =
            calls.map(|(detector, calls)| missed(detector, calls, text(details, "/EventPattern"))).unwrap_or_default();
        if !missed.is_empty() {
            let calls = ("calls", missed.join(", "));
            answer.wrong(&stack, &LEAVES_OUT, &[("rule", rule.as_str()), ("calls", &calls.1)]);
        }
        let targets = match targets {
            Ok(targets) => targets["Targets"].as_array().cloned().unwrap_or_default(),
            Err(why) => {
                answer.unanswered(TARGETS.action, rule, &why);
                continue;
            }
        };
        // an alias or a version of the function is the function
        let is_it = |found: &&Value| {
            let rest = text(found, "/Arn").strip_prefix(target.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        match targets.iter().find(is_it) {
            None if *target == stack.operations_topic() => answer.wrong(&stack, &NOT_NOTIFYING, &values),
            None => answer.wrong(&stack, &NO_TARGET, &values),
            Some(found) if text(found, "/DeadLetterConfig/Arn").is_empty() => {
                answer.wrong(&stack, &NO_DEAD_LETTERS, &values);
            }
            Some(_) => {}
        }
    }
    answer.summary = format!(
        "{} rules for the detectors and {} that watch over the stack are enabled",
        expected.iter().filter(|rule| rule.calls.is_some()).count(),
        expected.iter().filter(|rule| rule.calls.is_none()).count()
    );
    answer
}

/// Those of the calls of a detector that a pattern leaves out.
fn missed(detector: &Detector, calls: &'static [ApiCall], pattern: &str) -> Vec<&'static str> {
    let pattern: Value = serde_json::from_str(pattern).unwrap_or_else(|_| json!({"source": []}));
    // EventBridge names the service by the first part of its host name
    let source = format!("aws.{}", detector.event_source.split('.').next().unwrap_or_default());
    let event = |name: &str, detail_type: &str, of_eventbridge: bool| match of_eventbridge {
        true => json!({"source": source, "detail-type": detail_type, "detail": {}}),
        false => json!({
            "source": source, "detail-type": detail_type,
            "detail": {"eventSource": detector.event_source, "eventName": name, "requestParameters": {}},
        }),
    };
    let left_out =
        calls.iter().filter(|call| !matches(&pattern, &event(call.name, call.detail_type, call.is_of_eventbridge())));
    left_out.map(|call| call.name).collect()
}
