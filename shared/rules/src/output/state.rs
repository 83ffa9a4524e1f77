//! What a ledger adds to a finding: the members of its state, and the line that says what is special about it.

use serde_json::{Map, Value, json};

use crate::aws::arn::Arn;
use crate::cloudtrail::kms_event;
use crate::engine::actor::caller;
use crate::engine::finding::digest;
use crate::language::{Text, text, words};
use crate::ledger::{Entry, Notice, Reason, State};
use crate::output::document;
use crate::output::ocsf::{self, Activity};
use crate::settings::{MessageFormat, Settings};
use crate::util::time::{DAY, Seconds, time};

/// The stored finding of an entry, with the members of its state.
pub(super) fn stored(entry: &Entry) -> Value {
    let mut finding = match serde_json::from_str(&entry.finding) {
        Ok(Value::Object(members)) => members,
        _ => unreadable(entry),
    };
    // the entry says what it is about, whatever is in its text
    for (member, text) in [
        ("fingerprint", &*entry.subject.fingerprint),
        ("rule", &entry.subject.rule),
        ("severity", entry.severity.name()),
    ] {
        finding.insert(member.to_owned(), json!(text));
    }
    add_members(&mut finding, entry);
    Value::Object(finding)
}

/// The stored finding of an entry with the members of its state, in the format of the settings.
pub(super) fn document(entry: &Entry, settings: &Settings) -> Value {
    in_format(stored(entry), entry, entry.notice(), settings)
}

/// The members of the state. A resolved finding has an id of its own: consumers drop a finding whose id they have seen.
pub(super) fn add(finding: &mut Value, entry: &Entry) {
    if let Some(members) = finding.as_object_mut() {
        add_members(members, entry);
    }
}

fn add_members(finding: &mut Map<String, Value>, entry: &Entry) {
    finding.insert("state".to_owned(), json!(name(entry)));
    if let Some(first) = &entry.first_seen {
        finding.insert("first_seen".to_owned(), json!(first));
    }
    if entry.state != State::Resolved {
        return;
    }
    let at = entry.resolved_at.as_deref().unwrap_or_default();
    let event = entry.resolved_by.as_ref().map_or("", |by| &by.event);
    finding.insert("id".to_owned(), json!(digest(&[&entry.subject.fingerprint, "resolved", at, event])));
    if let Some(at) = &entry.resolved_at {
        finding.insert("resolved_at".to_owned(), json!(at));
    }
    if let Some(by) = &entry.resolved_by {
        finding.insert("resolved_by".to_owned(), json!(by));
    }
}

/// The value of the member `state`. What cannot be verified is open: nobody knows that it is right.
pub(super) fn name(entry: &Entry) -> &'static str {
    match entry.state {
        State::Open | State::Unverified => "open",
        State::Resolved => "resolved",
    }
}

/// What is known of an entry whose stored finding cannot be read: it is never left out.
fn unreadable(entry: &Entry) -> Map<String, Value> {
    let subject = &entry.subject;
    let arn = Arn::parse(&subject.resource);
    let document = json!({
        "id": digest(&[&subject.fingerprint, "stored"]),
        "outcome": if entry.state == State::Unverified { "unverified" } else { "violation" },
        "resource": {
            "type": "",
            "arn": arn.as_ref().map(|_| &subject.resource),
            "name": arn.as_ref().map_or(&*subject.resource, Arn::name),
        },
        "account": subject.account, "region": subject.region,
        "partition": arn.as_ref().map_or("aws", |arn| arn.partition),
        "event": null, "actor": null,
        "title": subject.rule,
        "detail": Text::literal("The finding that the ledger has stored cannot be read."),
        "evidence": {}, "remediation": null, "references": [], "controls": [],
    });
    match document {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// A finding with the members of its state, for programs, in the format of the settings. `notice` is what is told; `None` in a list.
pub(super) fn in_format(mut finding: Value, entry: &Entry, notice: Option<Notice>, settings: &Settings) -> Value {
    match settings.notify.format {
        MessageFormat::Sealwatch => {
            document::remove_translations(&mut finding);
            finding
        }
        MessageFormat::Ocsf => ocsf::from_json(&finding, Some(activity(entry, notice))),
    }
}

/// What happened to the finding of an entry, for OCSF.
fn activity(entry: &Entry, notice: Option<Notice>) -> Activity {
    match notice {
        _ if entry.state == State::Resolved => Activity::Close,
        Some(Notice::Opened | Notice::Unverified) if entry.told.is_none() => Activity::Create,
        None if entry.history.len() <= 1 => Activity::Create,
        _ => Activity::Update,
    }
}

/// What is special about a finding that is told, in one line; `None` for a new one.
pub(super) fn remark(notice: Notice, entry: &Entry) -> Option<Text> {
    let told = entry.told.as_ref();
    let opened = entry.opened_at.as_deref()?;
    match notice {
        Notice::Changed => {
            let was = told.map(|told| told.holds.severity).filter(|severity| *severity != entry.severity);
            Some(match was.map(words::severity) {
                Some(severity) => text!("Changed: open since {opened} (it was {severity})", opened, severity),
                None => text!("Changed: open since {opened}", opened),
            })
        }
        Notice::Reopened => {
            let resolved = entry.resolved_at.as_deref().or(told.map(|told| &*told.at))?;
            Some(text!("Open again: it was resolved on {resolved}", resolved))
        }
        Notice::Opened if told.is_some_and(|told| told.holds.state == State::Unverified) => {
            Some(text!("Verified now: it was unverified since {opened}", opened))
        }
        // Nobody was told of the fix in between, and `opened_at` is now the time of the doubt: name the time that people know.
        Notice::Unverified => {
            let reported = &*told.filter(|told| told.holds.state == State::Open)?.at;
            Some(text!("Cannot be verified any more: it was reported as open on {reported}", reported))
        }
        Notice::Opened | Notice::Resolved => None,
    }
}

/// True if a violation was never told since the entry opened last: it was only unverified.
pub(super) fn was_only_unverified(entry: &Entry) -> bool {
    let opened = entry.opened_at.as_deref().unwrap_or_default();
    let is_violation = |at: &str, state: State| state == State::Open && at >= opened;
    entry.told.as_ref().is_some_and(|told| told.holds.state == State::Unverified)
        && !entry.history.iter().any(|told| is_violation(&told.at, told.holds.state))
}

/// In place of a time that is not known.
pub(super) const UNKNOWN_TIME: Text = Text::literal("an unknown time");

/// How long the entry was open, or has been until now.
pub(super) fn open_for(entry: &Entry, now: Seconds) -> Option<Text> {
    let end = match entry.state {
        State::Resolved => time(entry.resolved_at.as_deref()?)?,
        State::Open | State::Unverified => now,
    };
    Some(lasted(end.saturating_sub(time(entry.opened_at.as_deref()?)?)))
}

/// A duration in its two largest units: `3 h 12 min`.
pub fn lasted(seconds: Seconds) -> Text {
    const UNITS: [Seconds; 4] = [DAY, 3_600, 60, 1];
    let mut rest = seconds.max(0);
    let parts = UNITS.into_iter().map(|unit| {
        let count = rest / unit;
        rest %= unit;
        (count, unit)
    });
    let largest = parts.skip_while(|(count, _)| *count == 0).take(2).filter(|(count, _)| *count > 0);
    let texts = largest.map(|(count, unit)| match unit {
        DAY => text!("{count} d", count),
        3_600 => text!("{count} h", count),
        60 => text!("{count} min", count),
        _ => text!("{count} s", count),
    });
    let time = texts.reduce(|larger, smaller| text!("{larger} {smaller}", larger, smaller));
    time.unwrap_or_else(|| text!("{count} s", count = 0_i64))
}

/// Why there is no violation any more, and who did it, as a sentence.
pub fn how(entry: &Entry) -> Text {
    let Some(by) = &entry.resolved_by else { return Text::literal("How it was resolved is not known.") };
    let is_known = !by.call.is_empty();
    let (who, call) = (caller(&by.who), &by.call);
    match by.reason {
        Some(Reason::Excepted) if by.exception.is_empty() => Text::literal("Its rule is not evaluated any more."),
        Some(Reason::Excepted) => text!("An exception accepts it: {reason}", reason = &by.exception),
        Some(Reason::Deleted) if !is_known => {
            Text::literal("The daily scan found that the resource is gone. Who deleted it is not known.")
        }
        Some(Reason::Deleted) if is_end_of_key(&by.call) => {
            Text::literal("KMS deleted the key at the end of its waiting period.")
        }
        // a look-up may have found it gone when another call came
        Some(Reason::Deleted) if is_deleting(&by.call) => {
            text!("The resource was deleted by {who} with {call}.", who, call)
        }
        Some(Reason::Deleted) => {
            text!("The resource is gone: a look-up after {call} by {who} did not find it.", call, who)
        }
        Some(Reason::Fixed) | None if is_known => text!("Fixed by {who} with {call}.", who, call),
        Some(Reason::Fixed) | None => Text::literal("The daily scan found it right. Who fixed it is not known."),
    }
}

/// True for what KMS does by itself: the record of CloudTrail, and the event of EventBridge.
fn is_end_of_key(call: &str) -> bool {
    call == "DeleteKey" || call == kms_event::DELETED
}

/// True for the name of a call that deletes what it names. Grants are revoked and retired.
fn is_deleting(call: &str) -> bool {
    ["Delete", "RevokeGrant", "RetireGrant"].iter().any(|beginning| call.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Answer;
    use crate::output::testing::{ORDINARY, answered, entries, fixer, told, violation, with_findings};
    use crate::util::severity::Severity;

    #[test]
    fn what_is_special_follows_from_what_was_told_last() {
        let settings = Settings::default();
        let (sure, unsure) = with_findings(&ORDINARY, vec![violation("d", "c")], |findings| {
            let unsure = findings[0].clone().unverified(Text::literal("unknown"), &settings);
            (entries(findings).remove(0), entries(&[unsure]).remove(0))
        });
        let wrong = || Answer::Wrong { severity: Severity::High, evidence: "e".to_owned(), finding: String::new() };
        let unknown = || Answer::Unknown { severity: Severity::High, finding: String::new() };
        for (name, entry, want) in [
            ("new violation", sure.clone(), None),
            ("new doubt", unsure.clone(), None),
            (
                "doubt after a fix that was not told",
                answered(&answered(&told(sure), 60, Answer::Right(Reason::Fixed), &fixer()), 120, unknown(), &fixer()),
                Some("Cannot be verified any more: it was reported as open on 2026-11-22T10:00:00Z"),
            ),
            (
                "violation after a doubt",
                answered(&told(unsure), 60, wrong(), &fixer()),
                Some("Verified now: it was unverified since 2026-11-22T10:00:00Z"),
            ),
        ] {
            let remark = entry.notice().and_then(|notice| remark(notice, &entry));
            assert_eq!(remark.as_deref(), want, "{name}: {:?}", entry.notice());
        }
    }

    #[test]
    fn durations_have_two_units() {
        for (seconds, want) in [
            (-5, "0 s"),
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_600, "1 h"),
            (3_605, "1 h"),
            (11_520, "3 h 12 min"),
            (DAY + 60, "1 d"),
            (12 * DAY + 3 * 3_600 + 59, "12 d 3 h"),
        ] {
            assert_eq!(&*lasted(seconds), want, "{seconds}");
        }
    }
}
