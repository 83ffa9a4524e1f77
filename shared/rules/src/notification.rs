//! The message of one event for SNS: one text per kind of subscriber, within SNS's limits.
//!
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

use serde_json::{Map, Value, json};

use crate::finding::Finding;
use crate::rule::{Outcome, Severity};
use crate::settings::{MessageFormat, Settings};
use crate::text::{cut, plain, plain_lines};

/// SNS takes at most this many bytes for message, subject and attributes together.
pub const MAX_BYTES: usize = 262_144;

/// Room for subject and attributes, which count too.
const RESERVED: usize = 4_096;

/// Characters a subject may have: SNS wants fewer than 100.
const SUBJECT: usize = 99;

/// What is published for one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Printable ASCII, below 100 characters, without line breaks.
    pub subject: String,
    /// For `MessageStructure=json`: an object with a text per protocol.
    pub message: String,
    /// Message attributes, all of the type String.
    pub attributes: Vec<(&'static str, String)>,
}

/// The notification for the findings of one event; `None` where there is nothing to tell.
pub fn notification(detector: &str, findings: &[Finding<'_>], settings: &Settings) -> Option<Notification> {
    let told =
        |finding: &&Finding<'_>| finding.is_violation() || (settings.notify.unverified && finding.is_unverified());
    let mut told: Vec<&Finding<'_>> = findings.iter().filter(told).collect();
    told.sort_by_key(|finding| (finding.is_unverified(), std::cmp::Reverse(finding.severity)));
    let first = *told.first()?;
    let change = first.change;
    let attributes = vec![
        ("severity", label(first).to_lowercase()),
        ("detector", detector.to_owned()),
        ("account", or_unknown(change.account)),
        ("region", or_unknown(change.region)),
    ];
    Some(Notification { subject: subject(first, told.len()), message: message(detector, &told, settings), attributes })
}

/// SNS refuses empty attribute values.
fn or_unknown(text: &str) -> String {
    if text.is_empty() { "unknown".to_owned() } else { ascii(text) }
}

fn label(finding: &Finding<'_>) -> &'static str {
    match (&finding.outcome, finding.severity) {
        (Outcome::Unverified(_), _) => "UNVERIFIED",
        (_, Severity::Low) => "LOW",
        (_, Severity::Medium) => "MEDIUM",
        (_, Severity::High) => "HIGH",
        (_, Severity::Critical) => "CRITICAL",
    }
}

fn ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

fn subject(first: &Finding<'_>, count: usize) -> String {
    let change = first.change;
    let more = if count > 1 { format!(" +{}", count - 1) } else { String::new() };
    let head = format!("[{}] {} ", label(first), first.rule.id);
    let tail = ascii(&format!("{more} ({} {})", change.account, change.region));
    let tail: String = tail.chars().take(60).collect();
    let room = SUBJECT.saturating_sub(head.len() + tail.len());
    let name: String = ascii(&change.resource.name).chars().take(room).collect();
    format!("{head}{name}{tail}").chars().take(SUBJECT).collect()
}

fn message(detector: &str, told: &[&Finding<'_>], settings: &Settings) -> String {
    let email = cut_bytes(&email(told), (MAX_BYTES - RESERVED) / 4);
    let sms = sms(told);
    let mut texts = Map::new();
    if settings.notify.chat {
        texts.insert("https".to_owned(), Value::String(chat(told).to_string()));
    }
    texts.insert("email".to_owned(), Value::String(email));
    texts.insert("sms".to_owned(), Value::String(sms));
    // The bodies are JSON texts inside a JSON text: what is escaped twice is measured, not guessed.
    for limit in [usize::MAX, 4_096, 512, 64] {
        let default = machine(detector, told, settings, limit).to_string();
        texts.insert("default".to_owned(), Value::String(default));
        let message = Value::Object(texts.clone()).to_string();
        if message.len() <= MAX_BYTES - RESERVED {
            return message;
        }
    }
    let pointer =
        json!({"detector": detector, "truncated": true, "event": told.first().map(|finding| &finding.change.event)});
    texts.insert("default".to_owned(), Value::String(shortened(pointer, 256).to_string()));
    texts.insert(
        "email".to_owned(),
        Value::String("The findings of this event are too large for a message.".to_owned()),
    );
    Value::Object(texts).to_string()
}

/// The findings for machines. Texts in them are cut after `limit` characters, visibly.
fn machine(detector: &str, told: &[&Finding<'_>], settings: &Settings, limit: usize) -> Value {
    let documents: Vec<Value> = match settings.notify.format {
        MessageFormat::Sealwatch => told.iter().map(|finding| finding.to_json()).collect(),
        MessageFormat::Ocsf => told.iter().map(|finding| crate::ocsf::compliance_finding(finding)).collect(),
    };
    shortened(json!({"detector": detector, "truncated": limit != usize::MAX, "findings": documents}), limit)
}

fn shortened(value: Value, limit: usize) -> Value {
    match value {
        Value::String(text) => match text.chars().nth(limit) {
            None => Value::String(text),
            Some(_) => Value::String(cut(&text, limit) + " [cut]"),
        },
        Value::Array(entries) => entries.into_iter().map(|entry| shortened(entry, limit)).collect(),
        Value::Object(members) => {
            let most = if limit == usize::MAX { usize::MAX } else { 64 };
            members.into_iter().take(most).map(|(name, value)| (cut(&name, limit), shortened(value, limit))).collect()
        }
        other => other,
    }
}

fn cut_bytes(text: &str, limit: usize) -> String {
    let mut cut = String::new();
    for c in text.chars() {
        if cut.len() + c.len_utf8() > limit {
            return cut + "\n[cut: the message was too long]";
        }
        cut.push(c);
    }
    cut
}

/// The e-mail: plain text, 72 columns, most urgent first.
fn email(told: &[&Finding<'_>]) -> String {
    let mut text = String::new();
    if let Some(first) = told.first() {
        let change = first.change;
        let verdict = match told.len() {
            1 => format!("{}: {}", label(first), first.detail()),
            count => format!("{}: {} (and {} more below)", label(first), first.detail(), count - 1),
        };
        text += &wrap(&verdict, "");
        let resource = change.resource.arn.as_deref().unwrap_or(&change.resource.name);
        text += "\n";
        for (name, value) in [
            ("Resource", resource),
            ("Account", &format!("{} {}", change.account, change.region)),
            ("Who", &change.actor().in_words()),
            ("Call", &format!("{} at {}", change.event.name, change.event.time)),
            ("Event", &change.event.id),
        ] {
            text += &field(name, value);
        }
    }
    for finding in told {
        text += &format!("\n{}\n", "-".repeat(72));
        text += &wrap(&format!("{} {} - {}", label(finding), finding.rule.id, finding.rule.title), "");
        text += &wrap(&finding.detail(), "");
        if let Some(remediation) = finding.remediation() {
            text += "\nFix (AWS CLI):\n";
            text += &format!("  {}\n", plain(&remediation.cli)); // never wrapped: it is to be copied
            text += &field("Console", &remediation.console);
        }
        for page in finding.rule.references() {
            text += &format!("  {page}\n");
        }
        text += &format!("  finding {}\n", finding.id());
    }
    plain_lines(&text)
}

fn field(name: &str, value: &str) -> String {
    wrap(&format!("{name:<9}{}", plain(value)), "         ")
}

/// Wraps at 72 columns; a word that is longer stays whole.
fn wrap(text: &str, indent: &str) -> String {
    let (mut lines, mut column) = (String::new(), 0);
    for (index, word) in text.split(' ').enumerate() {
        let width = word.chars().count();
        if index > 0 && column + 1 + width > 72 && column > indent.len() {
            lines += "\n";
            lines += indent;
            column = indent.len();
        } else if index > 0 {
            lines.push(' ');
            column += 1;
        }
        lines += word;
        column += width;
    }
    lines + "\n"
}

/// At most 140 characters.
fn sms(told: &[&Finding<'_>]) -> String {
    let Some(first) = told.first() else { return String::new() };
    let more = if told.len() > 1 { format!(" +{}", told.len() - 1) } else { String::new() };
    let change = first.change;
    let text = format!(
        "{} {} {}{more} {} {}",
        label(first),
        first.rule.id,
        plain(&change.resource.name),
        change.account,
        change.region
    );
    cut(&text, 140)
}

/// The custom notification of Amazon Q Developer in chat applications, which subscribes over https.
///
/// <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>
fn chat(told: &[&Finding<'_>]) -> Value {
    let Some(first) = told.first() else { return Value::Null };
    let change = first.change;
    let lines: Vec<String> =
        told.iter().map(|finding| format!("*{}* {}", label(finding), plain(&finding.detail()))).collect();
    let steps: Vec<String> =
        told.iter().filter_map(|finding| finding.remediation()).map(|fix| format!("`{}`", plain(&fix.cli))).collect();
    json!({
        "version": "1.0",
        "source": "custom",
        "id": first.id(),
        "content": {
            "textType": "client-markdown",
            "title": cut(&format!("{} {}", label(first), first.rule.title), 250),
            "description": cut(&lines.join("\n"), 8_000),
            "nextSteps": steps.iter().map(|step| cut(step, 1_000)).take(5).collect::<Vec<_>>(),
        },
        "metadata": {
            "threadId": first.fingerprint(),
            "summary": cut(&plain(&first.detail()), 250),
            "eventType": first.rule.id,
            "relatedResources": [plain(change.resource.arn.as_deref().unwrap_or(&change.resource.name))],
            "additionalContext": {"severity": label(first).to_lowercase(), "account": change.account, "region": change.region},
        },
    })
}
