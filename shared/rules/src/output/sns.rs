//! The notification of one event for SNS: one text for each kind of subscriber, within the limits of SNS.
//!
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::engine::finding::Finding;
use crate::language::Language;
use crate::ledger::{Entry, Notice};
use crate::output::shorten::{self, Step};
use crate::output::{Reported, VERSION, chat, email, label, ocsf, state};
use crate::settings::{MessageFormat, Settings};
use crate::util::text::{cut, cut_units, plain};

/// The bytes that SNS accepts for message, subject and attributes together.
pub const MAX_BYTES: usize = 262_144;

/// Bytes that are kept free for subject and attributes.
pub(super) const RESERVED: usize = 4_096;

/// The bytes of an e-mail as a JSON string.
pub(super) const EMAIL: usize = (MAX_BYTES - RESERVED) / 4;

/// The bytes of what is kept in the log: it escapes more characters than SNS does, and its limit for a line is the same.
pub(super) const KEPT: usize = (MAX_BYTES - RESERVED) / 2;

/// The longest subject: SNS requires fewer than 100 characters.
pub(super) const SUBJECT: usize = 99;

/// The longest account or Region in an attribute.
const ATTRIBUTE: usize = 64;

/// What is published for one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Printable ASCII, fewer than 100 characters, without line breaks. It is English in all languages, because filters of
    /// mail programs and of incident tools match it. SNS takes UTF-8, too, according to its API model.
    pub subject: String,
    /// For `MessageStructure=json`: an object with one text for each protocol.
    pub message: String,
    /// Message attributes, all of the type String.
    pub attributes: Vec<(&'static str, String)>,
}

/// What a function does about the findings of one event.
///
/// No filter policy can keep a message from people only: SNS sends attributes only with messages that are plain strings, a
/// policy on an attribute does not match a message without attributes, and a policy on the body needs JSON, which the text of
/// an e-mail is not. So findings below `notify.min_severity` do not go to the topic.
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html>,
/// <https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html>,
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html>
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// Publish it.
    Publish(Notification),
    /// All findings are below `notify.min_severity`: keep this, the text for programs, in the log.
    Keep(Value),
}

/// What to do about the findings of one event; `None` if there is nothing to report. If one of them reaches
/// `notify.min_severity`, all are published, in one message.
pub fn report(detector: &str, findings: &[Finding<'_>], settings: &Settings) -> Option<Report> {
    report_with(detector, findings, &BTreeMap::new(), settings)
}

/// As [`report`], for findings of which a ledger says that they are to be told: by fingerprint, what is to be told and
/// the entry.
pub fn report_with(
    detector: &str,
    findings: &[Finding<'_>],
    entries: &BTreeMap<String, (Notice, &Entry)>,
    settings: &Settings,
) -> Option<Report> {
    let is_reported =
        |finding: &&Finding<'_>| finding.is_violation() || (settings.notify.unverified && finding.is_unverified());
    let entry = |finding: &Finding<'_>| match entries.is_empty() {
        true => None, // without a ledger, no fingerprint is made here
        false => entries.get(&finding.fingerprint()).copied(),
    };
    let mut reported: Vec<Reported<'_>> =
        findings.iter().filter(is_reported).map(|finding| Reported { finding, ledger: entry(finding) }).collect();
    let highest = reported.iter().map(|one| one.finding.severity).max()?;
    reported.sort_by_key(|one| (one.finding.is_unverified(), std::cmp::Reverse(one.finding.severity)));
    let first = *reported.first()?;
    let is_expected = reported.iter().any(|one| one.ledger.is_some_and(|(_, entry)| entry.was_published()));
    if highest < settings.notify.min_severity && !is_expected {
        return Some(keep(&default_text(detector, documents(&reported, settings), &shorten::STEPS, KEPT).0));
    }
    let scope = &first.finding.change.scope;
    let mut attributes = attributes(&label(first.finding), detector, scope.account, scope.region);
    attributes.extend(first.ledger.map(|(_, entry)| ("state", state::name(entry).to_owned())));
    let findings: Vec<&Finding<'_>> = reported.iter().map(|one| one.finding).collect();
    Some(Report::Publish(Notification {
        subject: subject_of(&findings),
        message: message(detector, &reported, &findings, settings),
        attributes,
    }))
}

/// What is kept of a text for programs.
pub(super) fn keep(text: &str) -> Report {
    Report::Keep(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}

/// The message attributes. SNS rejects empty values, and counts the others in the size of the message.
pub(super) fn attributes(label: &str, detector: &str, account: &str, region: &str) -> Vec<(&'static str, String)> {
    vec![
        ("severity", label.to_lowercase()),
        ("detector", detector.to_owned()),
        ("account", or_unknown(account)),
        ("region", or_unknown(region)),
    ]
}

/// The notification about the findings of one event; `None` if nothing is published.
pub fn notification(detector: &str, findings: &[Finding<'_>], settings: &Settings) -> Option<Notification> {
    match report(detector, findings, settings)? {
        Report::Publish(notification) => Some(notification),
        Report::Keep(_) => None,
    }
}

fn or_unknown(text: &str) -> String {
    if text.is_empty() { "unknown".to_owned() } else { ascii(text).chars().take(ATTRIBUTE).collect() }
}

pub(super) fn ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

fn subject_of(reported: &[&Finding<'_>]) -> String {
    let Some(first) = reported.first() else { return String::new() };
    let change = first.change;
    let more = if reported.len() > 1 { format!(" +{}", reported.len() - 1) } else { String::new() };
    let head = format!("[{}] {} ", label(first), first.rule.id);
    let tail = format!("{more} ({} {})", change.scope.account, change.scope.region);
    subject(&head, &change.resource.name, &tail)
}

/// A subject of three parts: the middle is cut first.
pub(super) fn subject(head: &str, middle: &str, tail: &str) -> String {
    let head: String = ascii(head).chars().take(SUBJECT).collect();
    let tail: String = ascii(tail).chars().take(60).collect();
    let room = SUBJECT.saturating_sub(head.len() + tail.len());
    let middle: String = ascii(middle).chars().take(room).collect();
    format!("{head}{middle}{tail}").chars().take(SUBJECT).collect()
}

fn message(detector: &str, reported: &[Reported<'_>], findings: &[&Finding<'_>], settings: &Settings) -> String {
    let language = settings.language;
    let chat = settings.notify.chat.then(|| chat::notification(reported, language));
    texts(chat, email::text(reported, language, EMAIL), sms(findings, language), |room| {
        default_text(detector, documents(reported, settings), &shorten::STEPS, room).0
    })
}

/// The texts for all protocols. `machine` writes the text for programs into the bytes that are left.
pub(super) fn texts(chat: Option<Value>, email: String, sms: String, machine: impl FnOnce(usize) -> String) -> String {
    let mut texts = Map::new();
    if let Some(chat) = chat {
        texts.insert("https".to_owned(), Value::String(chat.to_string()));
    }
    texts.insert("email".to_owned(), Value::String(email));
    texts.insert("sms".to_owned(), Value::String(sms));
    let others = Value::Object(texts.clone()).to_string().len();
    let room = (MAX_BYTES - RESERVED).saturating_sub(others);
    texts.insert("default".to_owned(), Value::String(machine(room)));
    Value::Object(texts).to_string()
}

/// The text for programs.
#[derive(Serialize)]
struct Document<'a> {
    detector: &'a str,
    /// Of Sealwatch.
    version: &'static str,
    findings: &'a [Value],
    truncated: bool,
}

/// The text for programs, shortened until it takes at most `room` bytes of the message, and whether it does. However long
/// the texts of the findings are, it keeps all findings.
pub(super) fn default_text(detector: &str, mut findings: Vec<Value>, steps: &[Step], room: usize) -> (String, bool) {
    shorten::fit(&mut findings, steps, room, |findings, truncated| {
        serde_json::to_string(&Document { detector, version: VERSION, findings, truncated }).unwrap_or_default()
    })
}

/// The findings for programs.
fn documents(reported: &[Reported<'_>], settings: &Settings) -> Vec<Value> {
    let with_state = |one: &Reported<'_>| match one.ledger {
        None => document(one.finding, settings),
        Some((notice, entry)) => {
            let mut finding = one.finding.to_json();
            state::add(&mut finding, entry);
            state::in_format(finding, entry, Some(notice), settings)
        }
    };
    reported.iter().map(with_state).collect()
}

/// A finding for programs, in the format of the settings.
pub fn document(finding: &Finding<'_>, settings: &Settings) -> Value {
    match settings.notify.format {
        MessageFormat::Sealwatch => finding.to_json(),
        MessageFormat::Ocsf => ocsf::compliance_finding(finding),
    }
}

fn sms(reported: &[&Finding<'_>], language: Language) -> String {
    let Some(first) = reported.first() else { return String::new() };
    let more = if reported.len() > 1 { format!(" +{}", reported.len() - 1) } else { String::new() };
    let (change, label) = (first.change, label(first));
    let text = format!(
        "{} {} {}{more} {} {}",
        label.in_language(language),
        subject_of_sms(first.rule.id, first.rule.title, language),
        change.resource.name,
        change.scope.account,
        change.scope.region
    );
    short_message(&text, language)
}

/// What a text message is about: the rule, or its title where that is shorter and says more.
pub(super) fn subject_of_sms<'t>(rule: &'t str, title: &str, language: Language) -> &'t str {
    language.translation(title).unwrap_or(rule)
}

/// The beginning of a text that one text message has room for.
///
/// "Each SMS message can contain up to 140 bytes", of which a character takes two in UCS-2, and "if you publish a message that
/// exceeds the size quota, Amazon SNS sends it as multiple messages".
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html>
pub(super) fn short_message(text: &str, language: Language) -> String {
    match language {
        Language::English => cut(&plain(text), 140),
        Language::Japanese => cut_units(&plain(text), 70),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::change::Event;
    use crate::engine::evaluate::evaluate;
    use crate::engine::facts::Facts;
    use crate::engine::outcome::Outcome;
    use crate::engine::outcome::{Remediation, Violation};
    use crate::output::testing::{ORDINARY, Origin, text, with_findings, within_limits, within_limits_of};
    use crate::rules::RULE_IDS;
    use crate::rules::cloudtrail_trail::DETECTOR;
    use crate::util::severity::Severity;
    use proptest::prelude::{Just, Strategy, any, prop_oneof};
    use serde_json::json;

    /// The notification about an `UpdateTrail` of this trail by this caller.
    fn notify(name: &str, caller: &str, settings: &str) -> Option<Notification> {
        let text = json!({"eventName": "UpdateTrail", "eventSource": "cloudtrail.amazonaws.com", "eventID": "e-1",
            "eventTime": "2026-11-22T10:00:00Z", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "sourceIPAddress": "192.0.2.1", "userIdentity": {"type": "IAMUser", "arn": caller},
            "requestParameters": {"name": name, "kmsKeyId": "", "enableLogFileValidation": false}})
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
        https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit

        Who      arn:aws:iam::111122223333:user/dev from 192.0.2.1
        Call     UpdateTrail at 2026-11-22T10:00:00Z
                 https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-1
        Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
        Account  111122223333 eu-west-1

        Fix (AWS CLI):
          aws cloudtrail update-trail --name arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit --kms-key-id alias/your-key --region eu-west-1
        Console  CloudTrail > Trails > audit > General details > Edit > Log file
                 SSE-KMS encryption

        Rule     cloudtrail-trail-without-kms - Trail without SSE-KMS
          https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html
          https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html
          finding d0aecfe42cf84088c9c2da6c1b6573fd

        ------------------------------------------------------------------------
        MEDIUM: The trail `audit` writes no digest files: nobody would notice
            changed or removed log files.

        Fix (AWS CLI):
          aws cloudtrail update-trail --name arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit --enable-log-file-validation --region eu-west-1
        Console  CloudTrail > Trails > audit > General details > Edit > Log file
                 validation

        Rule     cloudtrail-trail-without-log-validation - Trail without log
                 file validation
          https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
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

    /// Whether findings with these severities are published, all of them, or kept. `?` marks an unverified one.
    fn is_published(min_severity: &str, severities: &[&str]) -> bool {
        let settings = Settings::parse(&format!("notify.min_severity = '{min_severity}'"), &RULE_IDS).unwrap();
        with_findings(&ORDINARY, vec![Violation::new("d".into()); severities.len()], |violations| {
            let findings = violations.iter().zip(severities).map(|(violation, name)| Finding {
                outcome: match name.ends_with('?') {
                    true => Outcome::Unverified("no data".into()),
                    false => Outcome::Violation(Box::new(Violation::new("d".into()))),
                },
                severity: Severity::ALL.into_iter().find(|one| one.name() == name.trim_end_matches('?')).unwrap(),
                ..*violation
            });
            let (machine, is_published) = match report("d", &findings.collect::<Vec<_>>(), &settings).unwrap() {
                Report::Keep(machine) => (machine, false),
                Report::Publish(notification) => {
                    (serde_json::from_str(texts(&notification)["default"].as_str().unwrap()).unwrap(), true)
                }
            };
            assert_eq!(machine["findings"].as_array().unwrap().len(), severities.len());
            is_published
        })
    }

    #[test]
    fn findings_below_the_minimum_severity_are_kept_and_the_most_severe_one_counts() {
        for (min_severity, severities, want) in [
            ("low", ["low", "low"], true),
            ("medium", ["low", "low"], false),
            ("medium", ["low", "medium"], true),
            ("critical", ["high", "high"], false),
            ("critical", ["low", "critical"], true),
            // an unverified outcome has the severity of its rule
            ("high", ["low", "high?"], true),
            ("high", ["low", "medium?"], false),
        ] {
            assert_eq!(is_published(min_severity, &severities), want, "{min_severity} {severities:?}");
        }
    }

    #[test]
    fn what_is_kept_fits_into_a_line_of_the_log() {
        let settings = Settings::parse("notify.min_severity = 'critical'", &RULE_IDS).unwrap();
        let huge = "\u{202e}\u{1}".repeat(50_000);
        with_findings(&ORDINARY, vec![all_texts(0, &huge); 7], |findings| {
            let Some(Report::Keep(kept)) = report("d", findings, &settings) else { panic!("published") };
            assert_eq!(kept["findings"].as_array().unwrap().len(), 7);
            assert!(crate::util::text::json_line(&kept).len() < MAX_BYTES - RESERVED);
        });
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

    #[test]
    fn a_huge_event_is_cut_and_marked() {
        for text in ["x".repeat(400_000), "\u{1}\"\\".repeat(100_000), "ж".repeat(200_000), "a ".repeat(200_000)] {
            let notification = notify(&text, &text, "notify.chat = true").unwrap();
            within_limits(&notification);
            assert!(notification.message.contains("cut"), "nothing says that it was cut");
        }
    }

    /// More findings than any detector has rules.
    const MANY: usize = 24;

    /// A violation, all texts of which are this one. The detail begins with its number.
    fn all_texts(number: usize, text: &str) -> Violation {
        let short = cut(text, 100);
        let entries = vec![json!({&short: short}); 40];
        let mut violation = Violation::new(format!("Nr {number}: {text}").into())
            .evidence("corrected_statement", json!({"Sid": text, "Values": entries}))
            .evidence(text, text)
            .evidence("exposures", entries);
        violation.remediation =
            Remediation { cli: format!("aws {text}"), terraform: text.to_owned(), console: text.into() };
        violation
    }

    /// Checks that a message for findings with these texts has all of them.
    fn keeps_all_findings(origin: &Origin<'_>, texts_of_findings: &[String], settings: &str) {
        let settings = Settings::parse(settings, &RULE_IDS).unwrap();
        let violations =
            texts_of_findings.iter().enumerate().map(|(number, text)| all_texts(number, text)).collect::<Vec<_>>();
        with_findings(origin, violations, |findings| {
            let notification = notification("cloudtrail-trail", findings, &settings).unwrap();
            within_limits_of(&notification, settings.language);
            let texts: Value = serde_json::from_str(&notification.message).unwrap();
            let machine: Value = serde_json::from_str(text(&texts, "default")).unwrap();
            let documents = machine["findings"].as_array().unwrap();
            assert_eq!(documents.len(), findings.len());
            for (number, (document, finding)) in documents.iter().zip(findings).enumerate() {
                has_the_five_members(document, finding);
                let (verdict, line) = match settings.language {
                    Language::English => (format!("HIGH: Nr {number}:"), format!("Rule {} ", finding.rule.id)),
                    Language::Japanese => (format!("高: Nr {number}:"), format!("ルール {} ", finding.rule.id)),
                };
                let email = text(&texts, "email").split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(email.contains(&line) && email.contains(&verdict), "{number}");
            }
        });
    }

    /// Rule, severity, resource, account and detail. Texts may be cut after 64 bytes, with a mark.
    fn has_the_five_members(document: &Value, finding: &Finding<'_>) {
        let is_ocsf = document.get("class_uid").is_some();
        let paths = match is_ocsf {
            false => ["/rule", "/severity", "/resource/name", "/account", "/detail"],
            true => [
                "/compliance/control",
                "/severity",
                "/resources/0/name",
                "/resources/0/owner/account/uid",
                "/finding_info/desc",
            ],
        };
        let change = finding.change;
        let (severity, detail) = (if is_ocsf { "High" } else { "high" }, finding.detail());
        let wanted = [finding.rule.id, severity, &change.resource.name, change.scope.account, &detail];
        for (path, wanted) in paths.into_iter().zip(wanted) {
            let shown = document.pointer(path).unwrap().as_str().unwrap();
            let beginning = shown.strip_suffix(" [cut]").filter(|beginning| beginning.len() >= 9);
            assert!(
                shown == wanted || beginning.is_some_and(|beginning| wanted.starts_with(beginning)),
                "{path}: {shown}"
            );
        }
    }

    const FORMATS: [&str; 3] = [
        "notify.chat = true",
        "[notify]\nchat = true\nformat = 'ocsf'",
        "language = 'ja'\n[notify]\nchat = true\nformat = 'ocsf'",
    ];

    #[test]
    fn no_finding_is_dropped_for_its_length() {
        for unit in ["x", "\u{1}", "\"\\", "\u{1f512}", "a ", "\n", "<&>", "暗号。"] {
            let huge = unit.repeat(1_500);
            let origin = Origin { trail: &huge, account: &huge, region: &huge, caller: &huge };
            let formats = if unit == "暗号。" { &FORMATS[2..] } else { &FORMATS[..2] };
            for settings in formats {
                keeps_all_findings(&origin, &vec![huge.clone(); MANY], settings);
                keeps_all_findings(&ORDINARY, &vec![huge.clone(); 3], settings);
            }
        }
    }

    #[test]
    fn a_long_correction_is_cut_first() {
        let mut violation = all_texts(0, "x").evidence("corrected_statement", vec!["\""; 100_000]);
        violation.remediation.terraform = "t".repeat(1_000);
        with_findings(&ORDINARY, vec![violation.clone(); 7], |findings| {
            let notification = notification("d", findings, &Settings::default()).unwrap();
            let machine: Value = serde_json::from_str(texts(&notification)["default"].as_str().unwrap()).unwrap();
            assert_eq!((&machine["truncated"], machine["findings"].as_array().unwrap().len()), (&json!(true), 7));
            let finding = &machine["findings"][6];
            assert_eq!(finding["evidence"]["corrected_statement"], "[cut]");
            assert_eq!(finding["evidence"]["exposures"].as_array().unwrap().len(), 40);
            assert_eq!(finding["remediation"]["terraform"], violation.remediation.terraform);
        });
    }

    #[test]
    fn long_attributes_are_cut() {
        let long = "r".repeat(1_000_000);
        let origin = Origin { account: &long, region: &long, ..ORDINARY };
        keeps_all_findings(&origin, &["x".to_owned()], FORMATS[0]);
        with_findings(&origin, vec![Violation::new("d".into())], |findings| {
            let notification = notification("d", findings, &Settings::default()).unwrap();
            assert!(
                notification.attributes.iter().all(|(_, value)| value.len() <= 64),
                "{:?}",
                notification.attributes
            );
        });
    }

    /// Texts that are markup, control characters or JSON syntax, up to many thousands of them.
    fn hostile() -> impl Strategy<Value = String> {
        let unit = prop_oneof![
            proptest::string::string_regex("\\PC{0,40}").unwrap(),
            proptest::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter),
            proptest::sample::select(vec![
                "\n\n---\nFix (AWS CLI):\n  sh",
                "\u{202e}\u{e0041}",
                "<!channel>",
                "\"}",
                "\\",
                "修正方法 (AWS CLI):",
                " "
            ])
            .prop_map(str::to_owned),
        ];
        (unit, prop_oneof![4 => Just(1), 2 => 1..50_usize, 1 => Just(1_500)])
            .prop_map(|(unit, times)| unit.repeat(times))
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]
        #[test]
        fn all_findings_are_kept_for_all_texts(
            details in proptest::collection::vec(hostile(), 1..8),
            trail in hostile(),
            account in hostile(),
            region in hostile(),
            caller in hostile(),
            format in 0..FORMATS.len(),
        ) {
            keeps_all_findings(&Origin { trail: &trail, account: &account, region: &region, caller: &caller }, &details, FORMATS[format]);
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
