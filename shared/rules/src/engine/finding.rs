//! The outcome of one rule for one change, as people and machines get it.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cloudtrail::record::is_masked;
use crate::configuration::resource::Resource;
use crate::connector::{HIDDEN, NIL_UUID, Secret};
use crate::engine::actor::Actor;
use crate::engine::change::Change;
use crate::engine::context::{EventHeader, RuleContext, Seen};
use crate::engine::control::Control;
use crate::engine::links::{self, Links};
use crate::engine::outcome::{Outcome, Remediation, each_string};
use crate::engine::rule::Rule;
use crate::language::{Language, Text, text};
use crate::settings::{Exception, Settings};
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
    /// True if the nil UUID is a secret here.
    pub(crate) hides_nil_uuid: bool,
    /// True if a look-up found that the resource is gone.
    pub(crate) not_found: bool,
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
    /// `None` if it was not seen in the record of a call.
    event: Option<&'a EventHeader>,
    /// `scan`, if a scan saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<&'static str>,
    /// When a scan saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    /// `None` in a scan: who set it is not known.
    actor: Option<Actor>,
    title: &'static str,
    detail: Text,
    evidence: Map<String, Value>,
    /// When a later call remediated it; `None` if the records show no such call.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<&'a str>,
    remediation: Option<&'a Remediation>,
    references: Vec<&'static str>,
    #[serde(skip_serializing_if = "Links::is_empty")]
    links: Links,
    controls: &'static [Control],
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exception: Option<&'a str>,
}

/// The bodies of a record, which begin the paths of evidence.
const BODIES: [&str; 2] = ["requestParameters.", "responseElements."];

impl<'a> Finding<'a> {
    pub(crate) fn new(
        rule: &'static Rule,
        mut outcome: Outcome,
        change: &'a Change<'a>,
        context: &RuleContext<'a>,
        secrets: &[Secret],
    ) -> Finding<'a> {
        redact(&mut outcome, rule, change, secrets);
        let (exception, expired_exception) =
            exceptions(rule, &outcome, context.arn(), &context.event.time, context.settings);
        let own = match &outcome {
            Outcome::Violation(violation) => violation.severity,
            _ => None,
        };
        let set = context.settings.rules.get(rule.id).and_then(|settings| settings.severity);
        Finding {
            rule,
            severity: set.or(own).unwrap_or(rule.severity),
            change,
            expired_exception,
            exception,
            outcome,
            hides_nil_uuid: secrets.iter().any(Secret::is_nil_uuid),
            not_found: false,
        }
    }

    /// This finding as unverified, for a reason that the rule could not know.
    pub fn unverified(self, why: Text, settings: &'a Settings) -> Finding<'a> {
        let outcome = Outcome::unverified(why);
        let Change { resource, event, .. } = self.change;
        let arn = resource.arn.as_deref().unwrap_or(&resource.name);
        let (exception, expired_exception) = exceptions(self.rule, &outcome, arn, &event.time, settings);
        let set = settings.rules.get(self.rule.id).and_then(|settings| settings.severity);
        let severity = set.unwrap_or(self.rule.severity);
        Finding { severity, expired_exception, exception, outcome, ..self }
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

    /// True if the resource is gone: the call deleted it, or a look-up did not find it.
    pub fn is_gone(&self) -> bool {
        self.change.deletes() || self.not_found
    }

    /// Equal for the same rule, resource and event, so that consumers can drop duplicates. If the id of the event is masked,
    /// its time and name tell it apart. In a scan, equal as long as rule, resource and evidence are the same.
    pub fn id(&self) -> String {
        let event = &self.change.event;
        if self.change.seen == Seen::Scan {
            let evidence = Value::Object(self.evidence().into_iter().collect()).to_string();
            return self.digest_with(&["scan", self.outcome_name(), &evidence]);
        }
        let parts = [&*event.id, &event.time, &event.name];
        self.digest_with(if is_masked(&event.id) { &parts } else { &parts[..1] })
    }

    /// Equal for the same rule and resource, for all events. Each grant on a key has its own, if its id is known.
    pub fn fingerprint(&self) -> String {
        self.digest_with(&[])
    }

    /// The digest of the rule, the resource and `more`.
    fn digest_with(&self, more: &[&str]) -> String {
        let Change { resource, scope, .. } = self.change;
        let parts = [self.rule.id, self.change.account(), scope.region].into_iter().chain(resource.key());
        digest(&parts.chain(more.iter().copied()).collect::<Vec<_>>())
    }

    /// The values that decided, by their path: in the record, or in a scan, in the description of the resource.
    pub fn evidence(&self) -> Vec<(String, Value)> {
        self.evidence_in(Language::English)
    }

    /// The evidence for people: texts of the program in it are in this language.
    pub fn evidence_in(&self, language: Language) -> Vec<(String, Value)> {
        let Outcome::Violation(violation) = &self.outcome else { return Vec::new() };
        let path = |path: &String| match self.change.seen {
            Seen::Scan => BODIES.iter().find_map(|body| path.strip_prefix(body)).unwrap_or(path).to_owned(),
            Seen::Call | Seen::Document => path.clone(),
        };
        violation.in_language(language).map(|(given, value)| (path(given), value)).collect()
    }

    /// What is wrong, or why the rule is not applicable or unverified.
    pub fn detail(&self) -> Text {
        let detail = match &self.outcome {
            Outcome::Violation(violation) => match &violation.remediated_at {
                Some(time) => text!("{detail} Remediated at {time}.", detail = &violation.detail, time),
                None => violation.detail.clone(),
            },
            Outcome::Unverified(why) => text!("Could not be verified: {why}.", why),
            Outcome::NotApplicable(why) => text!("Not applicable: {why}.", why),
            Outcome::Compliant => Text::literal("Compliant."),
        };
        match self.expired_exception {
            Some(Exception { until: Some(until), reason, .. }) => {
                let until = until.to_string();
                text!("{detail} An exception for it ended on {until} ({reason}).", detail, until, reason)
            }
            _ => detail,
        }
    }

    /// How to fix it.
    pub fn remediation(&self) -> Option<&Remediation> {
        match &self.outcome {
            Outcome::Violation(violation) => Some(&violation.remediation),
            _ => None,
        }
    }

    /// The links to the resource and to the event. A configuration in a document is not in force, so nothing shows it.
    pub fn links(&self) -> Links {
        let Change { seen, resource, scope, event, .. } = self.change;
        // a link with a hidden part would lead nowhere
        let is_shown = |link: &String| !(self.hides_nil_uuid && link.contains(NIL_UUID));
        let is_call = *seen == Seen::Call;
        let event = is_call.then(|| links::event(&event.id, self.change.event_region())).flatten();
        let is_there = *seen != Seen::Document;
        let resource = is_there.then(|| links::resource(resource, scope.region)).flatten();
        Links { resource: resource.filter(is_shown), event: event.filter(is_shown) }
    }

    /// The finding as a JSON document.
    pub fn to_json(&self) -> Value {
        self.to_json_for(Language::English)
    }

    /// The same for people who read it in a later message: with a [member](Language::member) for the detail in their language.
    pub fn to_json_for(&self, language: Language) -> Value {
        let document = Document {
            id: self.id(),
            fingerprint: self.fingerprint(),
            rule: self.rule.id,
            outcome: self.outcome_name(),
            severity: self.severity.name(),
            resource: &self.change.resource,
            account: self.change.account(),
            region: self.change.scope.region,
            partition: self.change.scope.partition,
            event: Some(&self.change.event).filter(|_| self.change.seen == Seen::Call),
            seen: (self.change.seen == Seen::Scan).then_some("scan"),
            at: (self.change.seen == Seen::Scan).then_some(&self.change.event.time),
            actor: (self.change.seen != Seen::Scan).then(|| self.change.actor()),
            title: self.rule.title,
            detail: self.detail(),
            evidence: self.evidence().into_iter().collect(),
            until: match &self.outcome {
                Outcome::Violation(violation) => violation.remediated_at.as_deref(),
                _ => None,
            },
            remediation: self.remediation(),
            references: self.rule.references(),
            links: self.links(),
            controls: self.rule.controls,
            reason: match &self.outcome {
                Outcome::Unverified(why) => Some(why),
                Outcome::NotApplicable(why) => Some(why),
                _ => None,
            },
            exception: self.exception.map(|exception| exception.reason.as_str()),
        };
        let mut json = serde_json::to_value(document).unwrap_or_default();
        if let (Some(member), Some(members)) = (language.member("detail"), json.as_object_mut()) {
            members.insert(member, self.detail().in_language(language).into());
        }
        if self.hides_nil_uuid {
            // saved records have it in ARNs, too, in place of ids; it identifies nothing, so nothing is lost
            each_string(&mut json, &mut |text| *text = text.replace(NIL_UUID, HIDDEN));
        }
        json
    }
}

/// Hides copies of secrets in the free text of an outcome, before any format gets it.
///
/// What identifies the finding is never hidden. A secret that is a part of it, such as a rule id or a part of the ARN, is
/// not hidden in the text either: the reader sees it anyway, and the commands need it.
fn redact(outcome: &mut Outcome, rule: &Rule, change: &Change<'_>, secrets: &[Secret]) {
    if secrets.is_empty() {
        return;
    }
    let (resource, scope) = (&change.resource, &change.scope);
    let arn = resource.arn.as_deref().unwrap_or_default();
    let identifiers = [rule.id, arn, &resource.name, scope.account, scope.region, &change.event.id];
    for secret in secrets.iter().filter(|secret| !identifiers.iter().any(|text| secret.is_in(text))) {
        outcome.each_text(|text| secret.redact(text));
    }
}

/// The exception that accepts an outcome, or else one that accepted it and has expired.
fn exceptions<'a>(
    rule: &Rule,
    outcome: &Outcome,
    arn: &str,
    time: &str,
    settings: &'a Settings,
) -> (Option<&'a Exception>, Option<&'a Exception>) {
    let raised = matches!(outcome, Outcome::Violation(_) | Outcome::Unverified(_));
    let covering = |expired: bool| {
        let mut exceptions = settings.exceptions.iter().filter(|_| raised);
        exceptions
            .find(|exception| exception.covers(rule.id, arn) && exception.expired(time, settings.today) == expired)
    };
    match covering(false) {
        None => (None, covering(true)),
        accepted => (accepted, None),
    }
}

/// `hash` in hexadecimal.
pub fn digest(parts: &[&str]) -> String {
    format!("{:032x}", hash(parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::Facts;
    use crate::rules::RULE_IDS;

    #[test]
    fn an_unverified_finding_has_the_severity_of_its_rule_or_of_the_settings() {
        let record = r#"{"eventName":"StopStreamEncryption","eventSource":"kinesis.amazonaws.com","eventID":"e-1","eventTime":"2026-11-21T10:00:00Z","awsRegion":"eu-west-1","recipientAccountId":"111122223333","requestParameters":{"streamName":"orders"}}"#;
        for (text, want) in
            [("", Severity::High), ("[rules.kinesis-stream-unencrypted]\nseverity = \"medium\"", Severity::Medium)]
        {
            let settings: Settings = Settings::parse(text, &RULE_IDS).unwrap();
            let event = Event::parse(record).unwrap();
            let change = event.changes().remove(0);
            let facts = Facts::default();
            let mut findings = evaluate(&change, &facts, &settings).into_iter();
            let mut finding = findings.find(|one| one.rule.id == "kinesis-stream-unencrypted").unwrap();
            finding.severity = Severity::Low; // as the violation said
            let finding = finding.unverified(Text::literal("unknown"), &settings);
            assert_eq!((finding.severity, finding.outcome_name()), (want, "unverified"), "{text}");
        }
    }

    #[test]
    fn digests_separate_parts_and_never_change() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        insta::assert_snapshot!(digest(&["kinesis-stream-unencrypted", "111122223333"]), @"9b692f77af1b53aac441bcd7651c36f6");
    }
}
