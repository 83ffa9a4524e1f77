//! The stack that is checked: its names, and what its functions say about the rest.

use std::collections::BTreeMap;

use sealwatch_rules::aws::arn::Arn;
use sealwatch_rules::engine::detector::{Permission, allow};
use sealwatch_rules::rules::DETECTORS;
use sealwatch_rules::util::text::shell;
use sealwatch_rules::util::time::Seconds;
use sealwatch_runtime::api::NoAnswer;
use serde_json::{Value, json};

use crate::doctor::aws::{Asked, Aws, text};

pub(crate) const DESCRIBE_ALARMS: Permission = allow("cloudwatch:DescribeAlarms", "*");

/// A stack, found by its parameter `Name`, from which all names follow.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) aws: Aws,
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) profile: Option<String>,
    pub(crate) partition: String,
    pub(crate) account: String,
    /// The time of the check.
    pub(crate) now: Seconds,
    /// What `lambda:GetFunction` answered for the function of each detector.
    pub(crate) functions: BTreeMap<&'static str, Asked>,
    /// The topic that its alarms notify; `None` if that is not known.
    pub(crate) operations_topic: Option<String>,
}

impl Stack {
    /// Asks for the functions of all detectors.
    pub(crate) async fn find(&mut self) {
        let names = DETECTORS.iter().map(|detector| json!({"FunctionName": self.named(detector.name)}));
        let answers = self.aws.ask_each("lambda:GetFunction", names).await;
        self.operations_topic = self.topic_of_alarms().await;
        self.functions = DETECTORS.iter().map(|detector| detector.name).zip(answers).collect();
    }

    /// The topic that the alarms of the stack notify.
    async fn topic_of_alarms(&self) -> Option<String> {
        let alarms = self.alarms().await.ok()?;
        let own = alarms.iter().filter(|alarm| text(alarm, "/AlarmName") == self.named("failed-events"));
        let mut actions = own.filter_map(|alarm| alarm["AlarmActions"].as_array()).flatten().filter_map(Value::as_str);
        actions.find(|arn| Arn::parse(arn).is_some_and(|arn| arn.service == "sns")).map(str::to_owned)
    }

    /// All alarms whose names begin like those of the stack.
    pub(crate) async fn alarms(&self) -> Result<Vec<Value>, NoAnswer> {
        let parameters = json!({"AlarmNamePrefix": self.named(""), "AlarmTypes": ["MetricAlarm"], "MaxRecords": 100});
        self.aws.list(DESCRIBE_ALARMS.action, parameters, "MetricAlarms").await
    }

    /// True if none of its functions exists.
    pub(crate) fn is_missing(&self) -> bool {
        self.functions.values().all(|function| *function == Err(NoAnswer::NotFound))
    }

    /// Why no function answered, so that their environment is not known; `None` if one did.
    pub(crate) fn unknown(&self) -> Option<&NoAnswer> {
        match self.functions.values().any(Result::is_ok) {
            true => None,
            false => self.functions.values().find_map(|function| function.as_ref().err()),
        }
    }

    /// A name of the stack: `sealwatch-findings`.
    pub(crate) fn named(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.name)
    }

    /// The ARN of something in the account and Region of the stack.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account)
    }

    /// A variable of the environment of its functions; `None` if it is not set, or empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let found = self.functions.values().filter_map(|function| function.as_ref().ok());
        let mut values = found.map(|function| text(function, &format!("/Configuration/Environment/Variables/{name}")));
        values.find(|value| !value.is_empty())
    }

    /// True for the hub of an organization.
    pub(crate) fn is_hub(&self) -> bool {
        self.variable("SEALWATCH_LOOKUP_ROLE").is_some()
    }

    /// The name of the table of the ledger; `None` if the stack has none.
    pub(crate) fn ledger(&self) -> Option<&str> {
        self.variable("SEALWATCH_LEDGER_TABLE")
    }

    /// The event bus of the rules that invoke the functions.
    pub(crate) fn bus(&self) -> &str {
        if self.is_hub() { &self.name } else { "default" }
    }

    /// The ARN of a rule on this bus.
    pub(crate) fn rule_arn(&self, bus: &str, rule: &str) -> String {
        match bus {
            "default" => self.arn("events", &format!("rule/{rule}")),
            _ => self.arn("events", &format!("rule/{bus}/{rule}")),
        }
    }

    /// The topic for findings: an external one if the functions say so.
    pub(crate) fn findings_topic(&self) -> String {
        let own = || self.arn("sns", &self.named("findings"));
        self.variable("SEALWATCH_TOPIC_ARN").map_or_else(own, str::to_owned)
    }

    /// The topic for messages about Sealwatch itself: an external one if the alarms notify that.
    pub(crate) fn operations_topic(&self) -> String {
        let own = || self.arn("sns", &self.named("operations"));
        self.operations_topic.clone().unwrap_or_else(own)
    }

    /// The options that let a command of the AWS CLI reach the stack.
    pub(crate) fn options(&self) -> String {
        let profile = self.profile.as_ref().map(|profile| format!(" --profile {}", shell(profile)));
        format!(" --region {}{}", shell(&self.region), profile.unwrap_or_default())
    }
}
