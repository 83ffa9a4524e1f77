//! What the page shows of one finding.

use serde_json::{Map, Value};

use sealwatch_rules::engine::finding::Finding;
use sealwatch_rules::engine::links::{Links, is_link};
use sealwatch_rules::language::{Language, Text};
use sealwatch_rules::text;
use sealwatch_rules::util::text::{plain, plain_lines};

use crate::report::html::label::Label;
use crate::report::html::markup::text;
use crate::report::words::translated;

/// A finding, read from the JSON of `docs/finding.schema.json`. No text holds a control character but line ends.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(super) label: Label,
    /// True if a ledger says so.
    pub(super) is_open: bool,
    pub(super) severity: String,
    pub(super) rule: String,
    pub(super) title: String,
    pub(super) name: String,
    /// Empty if the resource has none.
    pub(super) arn: String,
    pub(super) account: String,
    pub(super) region: String,
    /// The name of the call, or how it was seen.
    pub(super) call: String,
    /// The `eventID`; empty if there was no event.
    pub(super) event: String,
    /// RFC 3339.
    pub(super) time: String,
    pub(super) actor: Actor,
    pub(super) detail: String,
    pub(super) evidence: String,
    /// The ARN of the KMS key in the evidence; empty if there is none.
    pub(super) key: String,
    /// `None` if there is nothing to fix.
    pub(super) fix: Option<Fix>,
    /// What became of it, one sentence each.
    pub(super) notes: Vec<String>,
    pub(super) references: Vec<String>,
    pub(super) fingerprint: String,
    /// The links to the resource and to the event.
    pub(super) links: Links,
}

/// The three ways to fix a violation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fix {
    pub(super) cli: String,
    pub(super) terraform: String,
    pub(super) console: String,
}

/// Who made the call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Actor {
    /// Empty if it is not known.
    pub(super) arn: String,
    pub(super) kind: String,
    pub(super) role: String,
    pub(super) session: String,
    pub(super) source: String,
    pub(super) invoked_by: String,
    pub(super) mfa: Option<bool>,
}

impl Item {
    /// Shows a finding in a language.
    pub(crate) fn of(finding: &Finding<'_>, language: Language) -> Item {
        let mut json = finding.to_json_for(language);
        if language != Language::English {
            json["evidence"] = finding.evidence_in(language).into_iter().collect::<Map<_, _>>().into();
            if let Some(remediation) = finding.remediation() {
                json["remediation"]["console"] = remediation.console.in_language(language).into();
            }
        }
        Item::new(&json, language)
    }

    /// Reads a finding. Its prose is in this language if it is known there.
    pub(crate) fn new(finding: &Value, language: Language) -> Item {
        let own = |pointer: &str| plain(text(finding, pointer));
        let first = |pointers: &[&str]| pointers.iter().map(|pointer| own(pointer)).find(|text| !text.is_empty());
        let is_scan = text(finding, "/seen") == "scan";
        let lines = |pointer: &str| plain_lines(text(finding, pointer));
        let fix = finding.get("remediation").filter(|remediation| remediation.is_object()).map(|_| Fix {
            cli: lines("/remediation/cli"),
            terraform: lines("/remediation/terraform"),
            console: lines("/remediation/console"),
        });
        Item {
            label: Label::of(finding),
            is_open: text(finding, "/state") == "open",
            severity: own("/severity"),
            rule: own("/rule"),
            title: Some(plain(translated(finding, "title", language)))
                .filter(|title| !title.is_empty())
                .unwrap_or_else(|| own("/rule")),
            name: first(&["/resource/name", "/resource/arn"]).unwrap_or_default(),
            arn: own("/resource/arn"),
            account: own("/account"),
            region: own("/region"),
            call: if is_scan { language.text("Seen by a scan").to_owned() } else { own("/event/name") },
            event: own("/event/id"),
            time: first(&["/event/time", "/at", "/first_seen"]).unwrap_or_default(),
            actor: Actor::new(finding),
            detail: detail(finding, language),
            evidence: evidence(finding),
            key: key(finding).map(plain).unwrap_or_default(),
            fix,
            notes: notes(finding, language),
            references: texts(finding, "references"),
            fingerprint: own("/fingerprint"),
            links: links(finding),
        }
    }
}

impl Actor {
    fn new(finding: &Value) -> Actor {
        let own = |member: &str| plain(text(finding, &format!("/actor/{member}")));
        Actor {
            arn: own("arn"),
            kind: own("type"),
            role: own("role"),
            session: own("session"),
            source: own("source_ip"),
            invoked_by: own("invoked_by"),
            mfa: finding.pointer("/actor/mfa").and_then(Value::as_bool),
        }
    }

    pub(super) fn is_known(&self) -> bool {
        *self != Actor::default()
    }

    /// A short name. The sessions of IAM Identity Center are people; other sessions say less than their roles.
    ///
    /// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
    pub(super) fn name(&self, language: Language) -> String {
        let role = self.role.rsplit('/').next().unwrap_or_default();
        match (role, self.session.as_str(), self.arn.rsplit([':', '/']).next().unwrap_or_default()) {
            (role, session, _) if role.starts_with("AWSReservedSSO_") && !session.is_empty() => session.to_owned(),
            (role, session, _) if !role.is_empty() && !session.is_empty() => format!("{role}/{session}"),
            (.., "") if !self.invoked_by.is_empty() => self.invoked_by.clone(),
            (.., "") if !self.kind.is_empty() => self.kind.clone(),
            (.., "") => language.text("unknown caller").to_owned(),
            (.., last) => last.to_owned(),
        }
    }
}

fn texts(finding: &Value, member: &str) -> Vec<String> {
    let list = finding.get(member).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(plain).collect()
}

/// The links. Findings that were stored come back as text from outside, so only those to consoles count.
fn links(finding: &Value) -> Links {
    let own = |pointer: &str| Some(text(finding, pointer)).filter(|link| is_link(link)).map(str::to_owned);
    Links { resource: own("/links/resource"), event: own("/links/event") }
}

/// The detail without what its notes say, too: that differs where details otherwise do not.
fn detail(finding: &Value, language: Language) -> String {
    let detail = plain(translated(finding, "detail", language));
    let until = text!("{detail} Remediated at {time}.", detail = "", time = text(finding, "/until"));
    detail.strip_suffix(&*until.in_language(language)).unwrap_or(&detail).to_owned()
}

/// A line for each value that decided.
fn evidence(finding: &Value) -> String {
    let line = |(path, value): (&String, &Value)| match value {
        Value::String(value) => format!("{} = {}", plain(path), plain(value)),
        value => format!("{} = {}", plain(path), plain(&value.to_string())),
    };
    let lines = finding.get("evidence").and_then(Value::as_object).into_iter().flatten().map(line);
    lines.collect::<Vec<_>>().join("\n")
}

/// The ARN of a key in the evidence or in the detail, if it is not the resource: which one differs as much as that.
fn key(finding: &Value) -> Option<&str> {
    let values = finding.get("evidence").and_then(Value::as_object).into_iter().flatten();
    let named = text(finding, "/detail").split('`').skip(1).step_by(2);
    let mut keys = values.filter_map(|(_, value)| value.as_str()).chain(named).filter(|value| {
        value.starts_with("arn:") && value.contains(":kms:") && *value != text(finding, "/resource/arn")
    });
    keys.next()
}

fn notes(finding: &Value, language: Language) -> Vec<String> {
    let own = |pointer: &str| Some(plain(text(finding, pointer))).filter(|text| !text.is_empty());
    let mut notes = Vec::new();
    // of most findings, by the call that the row shows already
    let is_known = text(finding, "/first_seen") == text(finding, "/event/time");
    if let Some(time) = own("/first_seen").filter(|_| !is_known) {
        notes.push(text!("First seen at {time}", time));
    }
    if let Some(time) = own("/resolved_at") {
        let mut resolved = text!("Resolved at {time}", time);
        if let Some(reason) = own("/resolved_by/reason") {
            resolved = text!("{resolved}: {reason}", resolved, reason = end(&reason));
        }
        if let Some(call) = own("/resolved_by/call") {
            resolved = text!("{resolved}, {call}", resolved, call);
        }
        if let Some(who) = own("/resolved_by/who") {
            resolved = text!("{resolved} by {who}", resolved, who);
        }
        if let Some(reason) = own("/resolved_by/exception") {
            resolved = text!("{resolved}, exception: {reason}", resolved, reason);
        }
        notes.push(resolved);
    }
    if let Some(time) = own("/until") {
        notes.push(text!("Remediated at {time}", time));
    }
    if let Some(reason) = own("/exception") {
        notes.push(text!("Excepted: {reason}", reason));
    }
    notes.iter().map(|note| note.in_language(language).into_owned()).collect()
}

/// Why there is no violation any more.
fn end(reason: &str) -> Text {
    match reason {
        "fixed" => Text::literal("fixed"),
        "deleted" => Text::literal("deleted"),
        "excepted" => Text::literal("excepted"),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_caller_has_the_shortest_name_that_says_who_it_is() {
        let session = "arn:aws:sts::111122223333:assumed-role/deploy/ci-42";
        for (actor, want) in [
            (json!({"role": "deploy", "session": "ci-42", "arn": session}), "deploy/ci-42"),
            (json!({"role": "ops/deploy", "session": "ci-42", "arn": session}), "deploy/ci-42"),
            (
                json!({"role": "AWSReservedSSO_Admin_1f", "session": "mira@example.com", "arn": session}),
                "mira@example.com",
            ),
            (
                json!({"role": "AWSReservedSSO_Admin_1f", "arn": "arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_1f"}),
                "AWSReservedSSO_Admin_1f",
            ),
            (json!({"role": "deploy", "arn": session}), "ci-42"),
            (json!({"session": "ci-42", "arn": session}), "ci-42"),
            (json!({"arn": "arn:aws:iam::111122223333:user/ops/mira", "type": "IAMUser"}), "mira"),
            (json!({"arn": "arn:aws:iam::111122223333:root", "type": "Root"}), "root"),
            (json!({"type": "AWSService", "invoked_by": "kafka.amazonaws.com"}), "kafka.amazonaws.com"),
            (json!({"type": "AWSAccount"}), "AWSAccount"),
            (json!({}), "unknown caller"),
        ] {
            let caller = Actor::new(&json!({"actor": actor}));
            assert_eq!(caller.name(Language::English), want, "{actor}");
            assert_eq!(caller.is_known(), want != "unknown caller");
        }
        assert_eq!(Actor::default().name(Language::Japanese), Language::Japanese.text("unknown caller"));
    }
}
