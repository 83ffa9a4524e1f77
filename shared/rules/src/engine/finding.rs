//! The outcome of one rule for one change, as people and machines get it.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cloudtrail::record::is_masked;
use crate::configuration::resource::Resource;
use crate::connector::Secret;
use crate::engine::actor::Actor;
use crate::engine::change::Change;
use crate::engine::context::{EventHeader, RuleContext};
use crate::engine::control::Control;
use crate::engine::outcome::{Outcome, Remediation};
use crate::engine::rule::Rule;
use crate::settings::Exception;
use crate::util::digest::hash;
use crate::util::severity::Severity;

/// The outcome of one rule for one change.
#[derive(Debug, Clone)]
pub struct Finding<'a> {
    /// The rule.
    pub rule: &'static Rule,
    /// Its outcome.
    pub outcome: Outcome,
    /// The severity according to the settings, or else the outcome, or else the rule.
    pub severity: Severity,
    /// What was evaluated.
    pub change: &'a Change<'a>,
    /// The exception that accepts it.
    pub exception: Option<&'a Exception>,
    /// An exception that accepted it and has expired.
    pub expired_exception: Option<&'a Exception>,
    /// Secrets that were read, to be removed from the JSON document.
    pub(crate) secrets: Vec<Secret>,
}

/// A finding as JSON. Its schema is `docs/finding.schema.json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    id: String,
    fingerprint: String,
    rule: &'static str,
    outcome: &'static str,
    severity: &'static str,
    resource: &'a Resource,
    account: &'a str,
    region: &'a str,
    partition: &'a str,
    /// `None` for a document that was not put in force by a call.
    event: Option<&'a EventHeader>,
    actor: Actor,
    title: &'static str,
    detail: String,
    evidence: Map<String, Value>,
    /// When a later call remediated it; `None` if the records show no such call.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<&'a str>,
    remediation: Option<&'a Remediation>,
    references: Vec<&'static str>,
    controls: &'static [Control],
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exception: Option<&'a str>,
}

impl<'a> Finding<'a> {
    pub(crate) fn new(
        rule: &'static Rule,
        outcome: Outcome,
        change: &'a Change<'a>,
        context: &RuleContext<'a>,
        secrets: &[Secret],
    ) -> Finding<'a> {
        let own = match &outcome {
            Outcome::Violation(violation) => violation.severity,
            _ => None,
        };
        let set = context.settings.rules.get(rule.id).and_then(|settings| settings.severity);
        let raised = matches!(outcome, Outcome::Violation(_) | Outcome::Unverified(_));
        let covering = |expired: bool| {
            context.settings.exceptions.iter().find(|exception| {
                raised && exception.covers(rule.id, context.arn()) && exception.expired(&context.event.time) == expired
            })
        };
        let exception = covering(false);
        Finding {
            rule,
            severity: set.or(own).unwrap_or(rule.severity),
            change,
            expired_exception: if exception.is_none() { covering(true) } else { None },
            exception,
            outcome,
            secrets: secrets.to_vec(),
        }
    }

    /// `violation`, `unverified`, `compliant` or `not-applicable`.
    pub fn outcome_name(&self) -> &'static str {
        match self.outcome {
            Outcome::Violation(_) => "violation",
            Outcome::Unverified(_) => "unverified",
            Outcome::Compliant => "compliant",
            Outcome::NotApplicable(_) => "not-applicable",
        }
    }

    /// True for a violation that no exception accepts.
    pub fn is_violation(&self) -> bool {
        matches!(self.outcome, Outcome::Violation(_)) && self.exception.is_none()
    }

    /// True if the outcome is unverified and no exception accepts that.
    pub fn is_unverified(&self) -> bool {
        matches!(self.outcome, Outcome::Unverified(_)) && self.exception.is_none()
    }

    /// Equal for the same rule, resource and event, so that consumers can drop duplicates. If the id of the event is masked,
    /// its time and name tell it apart.
    pub fn id(&self) -> String {
        let event = &self.change.event;
        let scope = &self.change.scope;
        let parts =
            [self.rule.id, scope.account, scope.region, self.resource_key(), &event.id, &event.time, &event.name];
        digest(if is_masked(&event.id) { &parts } else { &parts[..5] })
    }

    /// Equal for the same rule and resource, for all events.
    pub fn fingerprint(&self) -> String {
        digest(&[self.rule.id, self.change.scope.account, self.change.scope.region, self.resource_key()])
    }

    fn resource_key(&self) -> &str {
        self.change.resource.arn.as_deref().unwrap_or(&self.change.resource.name)
    }

    /// What is wrong, or why the rule is not applicable or unverified.
    pub fn detail(&self) -> String {
        let mut detail = match &self.outcome {
            Outcome::Violation(violation) => match &violation.remediated_at {
                Some(time) => format!("{} Remediated at {time}.", violation.detail),
                None => violation.detail.clone(),
            },
            Outcome::Unverified(why) => format!("Could not be verified: {why}."),
            Outcome::NotApplicable(why) => format!("Not applicable: {why}."),
            Outcome::Compliant => "Compliant.".to_owned(),
        };
        if let Some(Exception { until: Some(until), reason, .. }) = self.expired_exception {
            detail += &format!(" An exception for it ended on {until} ({reason}).");
        }
        detail
    }

    /// How to fix it.
    pub fn remediation(&self) -> Option<&Remediation> {
        match &self.outcome {
            Outcome::Violation(violation) => Some(&violation.remediation),
            _ => None,
        }
    }

    /// The finding as a JSON document.
    pub fn to_json(&self) -> Value {
        let evidence = match &self.outcome {
            Outcome::Violation(violation) => violation.evidence.iter().cloned().collect(),
            _ => Map::new(),
        };
        let document = Document {
            id: self.id(),
            fingerprint: self.fingerprint(),
            rule: self.rule.id,
            outcome: self.outcome_name(),
            severity: self.severity.name(),
            resource: &self.change.resource,
            account: self.change.scope.account,
            region: self.change.scope.region,
            partition: self.change.scope.partition,
            event: Some(&self.change.event).filter(|event| !event.name.is_empty()),
            actor: self.change.actor(),
            title: self.rule.title,
            detail: self.detail(),
            evidence,
            until: match &self.outcome {
                Outcome::Violation(violation) => violation.remediated_at.as_deref(),
                _ => None,
            },
            remediation: self.remediation(),
            references: self.rule.references(),
            controls: self.rule.controls,
            reason: match &self.outcome {
                Outcome::Unverified(why) => Some(why),
                Outcome::NotApplicable(why) => Some(why),
                _ => None,
            },
            exception: self.exception.map(|exception| exception.reason.as_str()),
        };
        let mut json = serde_json::to_value(document).unwrap_or_default();
        redact(&mut json, &self.secrets);
        json
    }
}

/// Removes copies of secrets from every text.
fn redact(json: &mut Value, secrets: &[Secret]) {
    match json {
        _ if secrets.is_empty() => {}
        Value::String(text) => secrets.iter().for_each(|secret| secret.redact(text)),
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, secrets)),
        Value::Object(members) => members.values_mut().for_each(|member| redact(member, secrets)),
        _ => {}
    }
}

/// [`hash`] in hexadecimal.
pub fn digest(parts: &[&str]) -> String {
    format!("{:032x}", hash(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_separate_parts_and_never_change() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        insta::assert_snapshot!(digest(&["kinesis-stream-unencrypted", "111122223333"]), @"9b692f77af1b53aac441bcd7651c36f6");
    }
}
