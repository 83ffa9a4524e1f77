//! The notification of one event for SNS: one text for each kind of subscriber, within the limits of SNS.
//!
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

use serde_json::{Map, Value, json};

use crate::engine::finding::Finding;
use crate::output::{chat, email, label, ocsf, shorten};
use crate::settings::{MessageFormat, Settings};
use crate::util::text::{cut, plain};

/// The bytes that SNS accepts for message, subject and attributes together.
pub const MAX_BYTES: usize = 262_144;

/// Bytes that are kept free for subject and attributes.
const RESERVED: usize = 4_096;

/// The longest subject: SNS requires fewer than 100 characters.
const SUBJECT: usize = 99;

/// The longest account or Region in an attribute.
const ATTRIBUTE: usize = 64;

/// What is published for one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Printable ASCII, fewer than 100 characters, without line breaks.
    pub subject: String,
    /// For `MessageStructure=json`: an object with one text for each protocol.
    pub message: String,
    /// Message attributes, all of the type String.
    pub attributes: Vec<(&'static str, String)>,
}

/// The notification about the findings of one event; `None` if there is nothing to report.
pub fn notification(detector: &str, findings: &[Finding<'_>], settings: &Settings) -> Option<Notification> {
    let is_reported =
        |finding: &&Finding<'_>| finding.is_violation() || (settings.notify.unverified && finding.is_unverified());
    let mut reported: Vec<&Finding<'_>> = findings.iter().filter(is_reported).collect();
    reported.sort_by_key(|finding| (finding.is_unverified(), std::cmp::Reverse(finding.severity)));
    let first = *reported.first()?;
    let change = first.change;
    let attributes = vec![
        ("severity", label(first).to_lowercase()),
        ("detector", detector.to_owned()),
        ("account", or_unknown(change.scope.account)),
        ("region", or_unknown(change.scope.region)),
    ];
    Some(Notification {
        subject: subject(first, reported.len()),
        message: message(detector, &reported, settings),
        attributes,
    })
}

/// SNS rejects empty attribute values, and counts the others in the size of the message.
fn or_unknown(text: &str) -> String {
    if text.is_empty() { "unknown".to_owned() } else { ascii(text).chars().take(ATTRIBUTE).collect() }
}

fn ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

fn subject(first: &Finding<'_>, count: usize) -> String {
    let change = first.change;
    let more = if count > 1 { format!(" +{}", count - 1) } else { String::new() };
    let head = format!("[{}] {} ", label(first), first.rule.id);
    let tail = ascii(&format!("{more} ({} {})", change.scope.account, change.scope.region));
    let tail: String = tail.chars().take(60).collect();
    let room = SUBJECT.saturating_sub(head.len() + tail.len());
    let name: String = ascii(&change.resource.name).chars().take(room).collect();
    format!("{head}{name}{tail}").chars().take(SUBJECT).collect()
}

/// The texts for all protocols. However long their texts are, `default` and the e-mail keep all findings.
fn message(detector: &str, reported: &[&Finding<'_>], settings: &Settings) -> String {
    let mut texts = Map::new();
    if settings.notify.chat {
        texts.insert("https".to_owned(), Value::String(chat::notification(reported).to_string()));
    }
    texts.insert("email".to_owned(), Value::String(email::text(reported, (MAX_BYTES - RESERVED) / 4)));
    texts.insert("sms".to_owned(), Value::String(sms(reported)));
    let mut findings = documents(reported, settings);
    let mut steps = shorten::STEPS.iter();
    let mut truncated = false;
    loop {
        let default = json!({"detector": detector, "truncated": truncated, "findings": findings}).to_string();
        texts.insert("default".to_owned(), Value::String(default));
        // the texts are JSON inside JSON: their length after both escapes is measured, not estimated
        let message = Value::Object(texts.clone()).to_string();
        match steps.next() {
            Some(step) if message.len() > MAX_BYTES - RESERVED => findings.iter_mut().for_each(step),
            _ => return message,
        }
        truncated = true;
    }
}

/// The findings for programs.
fn documents(reported: &[&Finding<'_>], settings: &Settings) -> Vec<Value> {
    let document = |finding: &&Finding<'_>| match settings.notify.format {
        MessageFormat::Sealwatch => finding.to_json(),
        MessageFormat::Ocsf => ocsf::compliance_finding(finding),
    };
    reported.iter().map(document).collect()
}

/// At most 140 characters.
fn sms(reported: &[&Finding<'_>]) -> String {
    let Some(first) = reported.first() else { return String::new() };
    let more = if reported.len() > 1 { format!(" +{}", reported.len() - 1) } else { String::new() };
    let change = first.change;
    let text = format!(
        "{} {} {}{more} {} {}",
        label(first),
        first.rule.id,
        plain(&change.resource.name),
        plain(change.scope.account),
        plain(change.scope.region)
    );
    cut(&text, 140)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::Facts;
    use crate::rules::RULE_IDS;
    use crate::rules::cloudtrail_trail::DETECTOR;

    /// The notification about a `CreateTrail` of this trail by this caller.
    fn notify(name: &str, caller: &str, settings: &str) -> Option<Notification> {
        let text = json!({"eventName": "CreateTrail", "eventSource": "cloudtrail.amazonaws.com", "eventID": "e-1",
            "eventTime": "2026-11-22T10:00:00Z", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "sourceIPAddress": "192.0.2.1", "userIdentity": {"type": "IAMUser", "arn": caller},
            "requestParameters": {"name": name}})
        .to_string();
        let event = Event::parse(&text).unwrap();
        let change = event.change_for(&DETECTOR).unwrap();
        let (facts, settings) = (Facts::default(), Settings::parse(settings, &RULE_IDS).unwrap());
        notification(DETECTOR.name, &evaluate(&change, &facts, &settings), &settings)
    }

    fn texts(notification: &Notification) -> Map<String, Value> {
        serde_json::from_str(&notification.message).unwrap()
    }

    #[test]
    fn one_message_holds_all_findings_of_an_event() {
        let notification = notify("audit", "arn:aws:iam::111122223333:user/dev", "").unwrap();
        insta::assert_snapshot!(notification.subject, @"[MEDIUM] cloudtrail-trail-without-kms audit +1 (111122223333 eu-west-1)");
        assert_eq!(
            notification.attributes,
            [
                ("severity", "medium".to_owned()),
                ("detector", "cloudtrail-trail".to_owned()),
                ("account", "111122223333".to_owned()),
                ("region", "eu-west-1".to_owned())
            ]
        );
        let texts = texts(&notification);
        insta::assert_snapshot!(texts["sms"].as_str().unwrap(), @"MEDIUM cloudtrail-trail-without-kms audit +1 111122223333 eu-west-1");
        insta::assert_snapshot!(texts["email"].as_str().unwrap(), @"
        MEDIUM: The log files of the trail `audit` are not encrypted with a KMS
        key. (and 1 more below)

        Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
        Account  111122223333 eu-west-1
        Who      arn:aws:iam::111122223333:user/dev from 192.0.2.1
        Call     CreateTrail at 2026-11-22T10:00:00Z
        Event    e-1

        ------------------------------------------------------------------------
        MEDIUM cloudtrail-trail-without-kms - Trail without SSE-KMS
        The log files of the trail `audit` are not encrypted with a KMS key.

        Fix (AWS CLI):
          aws cloudtrail update-trail --name arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit --kms-key-id alias/your-key --region eu-west-1
        Console  CloudTrail > Trails > audit > General details > Edit > Log file
                 SSE-KMS encryption
          https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html
          https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html
          finding d0aecfe42cf84088c9c2da6c1b6573fd

        ------------------------------------------------------------------------
        MEDIUM cloudtrail-trail-without-log-validation - Trail without log file
        validation
        The trail `audit` writes no digest files: nobody would notice changed or
        removed log files.

        Fix (AWS CLI):
          aws cloudtrail update-trail --name arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit --enable-log-file-validation --region eu-west-1
        Console  CloudTrail > Trails > audit > General details > Edit > Log file
                 validation
          https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
          https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html
          finding 3d440906e0187d80605b87274fd3167b
        ");
        let machine: Value = serde_json::from_str(texts["default"].as_str().unwrap()).unwrap();
        assert_eq!(machine["findings"].as_array().unwrap().len(), 2);
        assert_eq!(texts.len(), 3);
    }

    #[test]
    fn ocsf_and_chat_are_sent_if_the_settings_say_so() {
        let notification =
            notify("audit", "arn:aws:iam::111122223333:user/dev", "[notify]\nformat = 'ocsf'\nchat = true").unwrap();
        let texts = texts(&notification);
        let machine: Value = serde_json::from_str(texts["default"].as_str().unwrap()).unwrap();
        assert_eq!(machine["findings"][0]["class_uid"], 2003);
        let chat: Value = serde_json::from_str(texts["https"].as_str().unwrap()).unwrap();
        assert_eq!((&chat["version"], &chat["source"]), (&json!("1.0"), &json!("custom")));
    }

    #[test]
    fn violations_with_an_exception_are_not_reported() {
        let except = |rule: &str| format!("[[exceptions]]\nrule = '{rule}'\nresource = '*'\nreason = 'r'\n");
        let both = except("cloudtrail-trail-without-kms") + &except("cloudtrail-trail-without-log-validation");
        assert_eq!(notify("audit", "x", &both), None);
        assert!(notify("audit", "x", &except("cloudtrail-trail-without-kms")).is_some());
    }

    #[test]
    fn an_expired_exception_is_named() {
        let settings = "[[exceptions]]\nrule = 'cloudtrail-trail-without-kms'\nresource = '*'\nreason = 'moving'\nuntil = 2026-11-21";
        let texts = texts(&notify("audit", "x", settings).unwrap());
        assert!(
            texts["email"].as_str().unwrap().replace('\n', " ").contains("ended on 2026-11-21 (moving)"),
            "{texts:?}"
        );
    }

    /// What SNS accepts: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
    fn within_limits(notification: &Notification) {
        assert!(notification.subject.len() < 100, "{}", notification.subject);
        assert!(notification.subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{}", notification.subject);
        let attributes: usize = notification.attributes.iter().map(|(name, value)| name.len() + value.len() + 6).sum();
        assert!(notification.message.len() + notification.subject.len() + attributes < MAX_BYTES);
        let texts = texts(notification);
        assert!(texts.values().all(Value::is_string) && texts.contains_key("default"));
        assert!(texts["sms"].as_str().unwrap().chars().count() <= 140);
        let email = texts["email"].as_str().unwrap();
        assert!(email.chars().all(|c| c == '\n' || !c.is_control()), "{email}");
    }

    #[test]
    fn a_huge_event_is_cut_and_marked() {
        for text in ["x".repeat(400_000), "\u{1}\"\\".repeat(100_000), "ж".repeat(200_000), "a ".repeat(200_000)] {
            let notification = notify(&text, &text, "notify.chat = true").unwrap();
            within_limits(&notification);
            assert!(notification.message.contains("cut"), "nothing says that it was cut");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn sns_accepts_the_message_for_all_names(name in "\\PC{0,80}|[\\x00-\\x1f]{1,20}", caller in "\\PC{0,80}") {
            within_limits(&notify(&name, &caller, "notify.chat = true").unwrap());
        }
    }
}
