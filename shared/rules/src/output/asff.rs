//! Entries of the ledger in the AWS Security Finding Format (ASFF), as `securityhub:BatchImportFindings` takes them.
//!
//! <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html>
//!
//! Lengths are those of that page, in "characters, including spaces". AWS does not say what a character is, so a text is cut to
//! as many UTF-16 units: it then fits whether AWS counts those or code points.
//!
//! <https://docs.aws.amazon.com/securityhub/latest/partnerguide/guidelines-asff-mapping.html>

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::aws::account::is_account;
use crate::engine::actor::Actor;
use crate::engine::links::{self, Links};
use crate::ledger::{By, Entry, Reason, State};
use crate::util::severity::Severity;
use crate::util::text::{Printable, cut_units, plain, plain_lines, units};
use crate::util::time::{Seconds, written};

/// The most bytes of a finding as JSON. A hundred of them, the most of one request, are well below its 6 MB.
///
/// <https://docs.aws.amazon.com/securityhub/latest/partnerguide/guidelines-batchimportfindings.html>
pub const MAX_BYTES: usize = 55_000;

/// Namespace and category of all findings.
///
/// <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-type-taxonomy.html>
const TYPE: &str = "Software and Configuration Checks/AWS Security Best Practices";

/// The partitions that `Resources.Partition` may name: the enumeration `Partition` of the API model.
const PARTITIONS: [&str; 5] = ["aws", "aws-cn", "aws-us-gov", "aws-us-iso", "aws-us-iso-b"];

/// Resource types by the CloudFormation type: the members of `ResourceDetails` in the API model. All others are `Other`.
const TYPES: [(&str, &str); 4] = [
    ("AWS::CloudTrail::Trail", "AwsCloudTrailTrail"),
    ("AWS::KMS::Key", "AwsKmsKey"),
    ("AWS::Kinesis::Stream", "AwsKinesisStream"),
    ("AWS::MSK::Cluster", "AwsMskCluster"),
];

/// The most values of the evidence that a finding shows, and the most characters of each.
const MAX_EVIDENCE: (usize, usize) = (10, 256);

/// Where Security Hub gets the finding: the partition and the Region of the function. It takes findings of other Regions, too:
/// their resource has its own Region.
#[derive(Debug, Clone, Copy)]
pub struct Hub<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'static str,
    /// The Region whose Security Hub is called.
    pub region: &'a str,
}

/// What the stored finding contributes.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Stored {
    id: String,
    title: String,
    detail: String,
    resource: Resource,
    event: Option<Event>,
    actor: Option<Actor>,
    evidence: Map<String, Value>,
    remediation: Option<Remediation>,
    references: Vec<String>,
    controls: Vec<String>,
    links: Links,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Resource {
    #[serde(rename = "type")]
    kind: String,
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Event {
    id: String,
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Remediation {
    console: String,
    cli: String,
}

/// The time of an update, when this version of the entry was written.
///
/// Security Hub ignores an update unless its `UpdatedAt` is later than the one that it has. Several versions can be written in
/// one second, so the version makes the milliseconds.
///
/// <https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html>
pub fn updated_at(entry: &Entry, stored: Seconds) -> String {
    format!("{}.{:03}Z", written(stored).trim_end_matches('Z'), entry.version % 1_000)
}

/// The finding of an entry; `None` if there is nothing to import: nothing was ever wrong, or the account is not known.
pub fn finding(entry: &Entry, hub: Hub<'_>, updated_at: &str) -> Option<Value> {
    let subject = &entry.subject;
    if entry.finding.is_empty() || !is_account(&subject.account) {
        return None;
    }
    let stored: Stored = serde_json::from_str(&entry.finding).unwrap_or_default();
    let account = &subject.account;
    let is_resolved = entry.state == State::Resolved;
    let seen = entry.look().map(|look| written(look.moment.time));
    let since = entry.first_seen.as_ref().or(seen.as_ref()).map_or(updated_at, String::as_str);
    let severity = json!({"Label": label(entry.severity), "Original": entry.severity.name()});
    let mut finding = json!({
        "SchemaVersion": "2018-10-08",
        "Id": cut_units(&subject.fingerprint, 512),
        "ProductArn": format!("arn:{}:securityhub:{}:{account}:product/{account}/default", hub.partition, hub.region),
        "ProductName": "Sealwatch",
        "CompanyName": "Sealwatch",
        "GeneratorId": text(first([&subject.rule]), 512),
        "AwsAccountId": account,
        "CreatedAt": since,
        "FirstObservedAt": since,
        "LastObservedAt": seen.as_deref().unwrap_or(since),
        "UpdatedAt": updated_at,
        "Title": title(&stored, &subject.rule),
        "Description": description(entry, &stored),
        // `Severity` and `Types` themselves belong to the customer
        "FindingProviderFields": {"Severity": severity, "Types": [TYPE]},
        "ProductFields": product_fields(entry, &stored),
        "Resources": [resource(entry, &stored, hub)],
        "Compliance": compliance(entry.state, &stored.controls),
        "RecordState": if is_resolved { "ARCHIVED" } else { "ACTIVE" },
    });
    if let Some(members) = finding.as_object_mut() {
        if let Some(recommendation) = recommendation(&stored) {
            members.insert("Remediation".to_owned(), json!({"Recommendation": recommendation}));
        }
        if let Some(url) = stored.links.first().filter(|url| is_console(url)) {
            members.insert("SourceUrl".to_owned(), json!(url));
        }
    }
    Some(finding)
}

fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
        Severity::High => "HIGH",
        Severity::Critical => "CRITICAL",
    }
}

/// The title of the rule and the name of the resource.
fn title(stored: &Stored, rule: &str) -> String {
    let title = first([&stored.title, rule]);
    match is_blank(&stored.resource.name) {
        true => text(title, 256),
        false => text(&format!("{title}: {}", stored.resource.name), 256),
    }
}

/// What is wrong; if nothing is any more, first why not.
fn description(entry: &Entry, stored: &Stored) -> String {
    let detail = first([&stored.detail, &stored.title, &entry.subject.rule]);
    match (&entry.resolved_at, entry.state) {
        (Some(at), State::Resolved) => {
            let why = entry.resolved_by.as_ref().map(resolution).unwrap_or_default();
            text(&format!("Resolved at {at}{why}. Before: {detail}"), 1024)
        }
        _ => text(detail, 1024),
    }
}

/// Why there is no violation any more.
fn resolution(by: &By) -> String {
    match (by.reason, by.call.is_empty()) {
        (Some(Reason::Excepted), _) if by.exception.is_empty() => ": an exception accepts it".to_owned(),
        (Some(Reason::Excepted), _) => format!(": an exception accepts it ({})", by.exception),
        (Some(Reason::Deleted), true) => ": the resource is gone".to_owned(),
        (Some(Reason::Deleted), false) => format!(": the resource is gone ({} by {})", by.call, by.who),
        (_, true) => String::new(),
        (_, false) => format!(" ({} by {})", by.call, by.who),
    }
}

/// `PASSED` for what is resolved, whatever the reason: the description names it.
fn compliance(state: State, controls: &[String]) -> Value {
    let status = match state {
        State::Open => "FAILED",
        State::Unverified => "WARNING",
        State::Resolved => "PASSED",
    };
    let controls: Vec<String> =
        controls.iter().filter(|control| !is_blank(control)).take(32).map(|control| text(control, 64)).collect();
    match controls.is_empty() {
        true => json!({"Status": status}),
        false => json!({"Status": status, "RelatedRequirements": controls}),
    }
}

/// A text of 512 characters and a page; `None` if the finding has neither.
fn recommendation(stored: &Stored) -> Option<Value> {
    let console = stored.remediation.as_ref().map(|remediation| &remediation.console);
    let console = console.filter(|console| !is_blank(console)).map(|console| text(console, 512));
    let url = stored.references.iter().find(|url| url.starts_with("https://") && units(url) <= 512);
    let members = [("Text", console), ("Url", url.map(|url| plain(url)))];
    let members: Map<String, Value> =
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect();
    (!members.is_empty()).then_some(Value::Object(members))
}

/// True for a link to the console that the API takes. A part of one is none.
fn is_console(url: &str) -> bool {
    links::is_link(url) && url.len() <= 512
}

/// What ASFF has no member for.
fn product_fields(entry: &Entry, stored: &Stored) -> Value {
    let event = stored.event.as_ref();
    let cli = stored.remediation.as_ref().map(|remediation| plain_lines(&remediation.cli));
    let resolved = entry.resolved_by.as_ref().filter(|_| entry.state == State::Resolved);
    let fields = [
        ("rule", Some(entry.subject.rule.clone())),
        ("detector", Some(entry.subject.detector.clone())),
        ("finding_id", Some(stored.id.clone())),
        ("event_id", event.map(|event| event.id.clone())),
        ("event_name", event.map(|event| event.name.clone())),
        ("actor", stored.actor.as_ref().map(|actor| actor.in_words().to_string())),
        ("opened_at", entry.opened_at.clone()),
        ("resolved_at", entry.resolved_at.clone().filter(|_| entry.state == State::Resolved)),
        ("resolved_by", resolved.map(|by| by.who.clone())),
        ("resolved_by_call", resolved.map(|by| by.call.clone())),
        ("resolved_by_event", resolved.map(|by| by.event.clone())),
    ];
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name, text(&value?, 512))));
    // half a command is worse than none
    let cli = cli.filter(|cli| units(cli) <= 2048).map(|cli| ("remediation_cli", cli));
    // Sealwatch has no page of its own: `SourceUrl` is the resource in the console
    let event_url = stored.links.event.as_deref().filter(|url| is_console(url));
    let event_url = event_url.map(|url| ("event_url", url.to_owned()));
    let fields = fields.chain(cli).chain(event_url).filter(|(_, value)| !is_blank(value));
    Value::Object(fields.map(|(name, value)| (format!("sealwatch/{name}"), json!(value))).collect())
}

fn resource(entry: &Entry, stored: &Stored, hub: Hub<'_>) -> Value {
    let subject = &entry.subject;
    let kind = TYPES.iter().find(|(kind, _)| *kind == stored.resource.kind).map_or("Other", |(_, kind)| kind);
    let evidence = stored.evidence.iter().take(MAX_EVIDENCE.0).map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (text(name, 128), text(&value, MAX_EVIDENCE.1))
    });
    let kind_of_other = ("resource_type".to_owned(), text(&stored.resource.kind, 256));
    let details = std::iter::once(kind_of_other).chain(evidence);
    let details: Map<String, Value> = details
        .filter(|(name, value)| !is_blank(name) && !is_blank(value))
        .map(|(name, value)| (name, json!(value)))
        .collect();
    let mut resource = json!({"Type": kind, "Id": text(first([&subject.resource, &stored.resource.name]), 512)});
    let members = [
        ("Partition", PARTITIONS.contains(&hub.partition).then(|| json!(hub.partition))),
        ("Region", (!is_blank(&subject.region) && units(&subject.region) <= 16).then(|| json!(plain(&subject.region)))),
        ("Details", (!details.is_empty()).then(|| json!({"Other": details}))),
    ];
    if let Some(resource) = resource.as_object_mut() {
        resource.extend(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    resource
}

/// The first text that is not blank: a required member must not be.
fn first<const N: usize>(texts: [&str; N]) -> &str {
    texts.into_iter().find(|text| !is_blank(text)).unwrap_or("unknown")
}

/// True for what `NonEmptyString` of the API model, `.*\S.*`, does not take.
fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Text that people may read, of at most `limit` characters. If something was cut, the last one is `…`.
fn text(text: &str, limit: usize) -> String {
    cut_units(&Printable::from(text), limit)
}

#[cfg(test)]
mod tests;
