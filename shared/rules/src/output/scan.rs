//! The notification of a scan for SNS: what is wrong in one account and Region, the most severe first.
//!
//! A scan carries its findings from part to part, so they come as JSON documents, in the format of the settings. There may be
//! more than a message holds: it says how many, and which command lists them all.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::engine::finding::{Finding, digest};
use crate::language::{Language, Text, text};
use crate::ledger::Entry;
use crate::output::chat::{self, Chat, inert};
use crate::output::document::{self, detail, label, link, resource, rule, text};
use crate::output::email::{self, CONTINUED, field, headline, prose};
use crate::output::sns::{self, EMAIL, Notification, SUBJECT, ascii, short_message};
use crate::output::wrap::wrap;
use crate::output::{self, VERSION, shorten, state};
use crate::settings::Settings;
use crate::util::severity::Severity;
use crate::util::text::cut;

/// The name of the scan among the detectors.
pub const NAME: &str = "scan";

/// Findings below this severity would repeat every day, and are listed by the command line only.
const LEAST_SEVERE: Severity = Severity::High;

/// How many findings the e-mail shows, and how many characters of each text. The first that fit are taken.
const LIMITS: [(usize, usize); 4] = [(200, 1_024), (200, 256), (40, 256), (10, 64)];

/// How many findings a chat message shows, and gaps an e-mail.
const FEW: usize = 10;

/// True for a finding that the notification of a scan reports.
pub fn is_reported(finding: &Finding<'_>, settings: &Settings) -> bool {
    finding.is_violation() && finding.severity >= LEAST_SEVERE.max(settings.notify.min_severity)
}

/// The severity of a finding's document, in either format.
pub fn severity(document: &Value) -> Option<Severity> {
    document::severity(document)
}

/// The id of a finding's document, in either format.
pub fn id(document: &Value) -> &str {
    document::id(document)
}

/// The document of a finding that a scan carries to its notification: with the detail in the language of the settings.
pub fn document(finding: &Finding<'_>, settings: &Settings) -> Value {
    with_translation(sns::document(finding, settings), &finding.to_json_for(settings.language), settings)
}

/// The same for the stored finding of an entry.
pub fn stored_document(entry: &Entry, settings: &Settings) -> Value {
    with_translation(state::document(entry, settings), &state::stored(entry), settings)
}

fn with_translation(mut document: Value, finding: &Value, settings: &Settings) -> Value {
    let translated = settings.language.member("detail").and_then(|name| Some((finding.get(&name)?.clone(), name)));
    if let (Some((detail, name)), Some(members)) = (translated, document.as_object_mut()) {
        members.insert(name, detail);
    }
    document
}

/// What a scan could not see, in words.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gaps<'a> {
    /// For programs.
    pub english: &'a [String],
    /// In the language of the settings; empty if that is English.
    pub translated: &'a [String],
}

/// What one scan of an account and Region found.
#[derive(Debug)]
struct Scan<'a> {
    account: &'a str,
    region: &'a str,
    /// The date.
    day: &'a str,
    findings: &'a [Value],
    left_out: usize,
    gaps: Gaps<'a>,
    language: Language,
}

/// The notification about what a scan of an account found on a day: documents of the [reported](is_reported) findings, the
/// most severe first, how many more there were, and what could not be seen. `None` if nothing is wrong.
pub fn notification(
    account: &str,
    day: &str,
    findings: &[Value],
    left_out: usize,
    gaps: Gaps<'_>,
    settings: &Settings,
) -> Option<Notification> {
    let first = findings.first()?;
    let (region, language) = (text(first, "/region", "/cloud/region"), settings.language);
    let scan = Scan { account, region, day, findings, left_out, gaps, language };
    let subject = ascii(&format!("[{}] {}", label(first), scan.headline()));
    Some(Notification {
        subject: subject.chars().take(SUBJECT).collect(),
        message: scan.message(settings.notify.chat),
        attributes: sns::attributes(&label(first), NAME, account, scan.region),
    })
}

impl Scan<'_> {
    fn headline(&self) -> Text {
        let Scan { account, region, day, .. } = self;
        let counts = output::counts(self.findings.iter().filter_map(severity), self.left_out);
        text!("Scan of {account} {region} on {day}: {counts}", account, region, day, counts)
    }

    /// What lists all findings, with how to fix each.
    fn command(&self) -> String {
        // the Region is AWS's word, but the document that it is from came through a schedule
        let region = self.region.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect::<String>();
        format!("sealwatch scan --region {region} --resource-policies")
    }

    /// The texts for all protocols.
    fn message(&self, chat: bool) -> String {
        let sms = short_message(&self.headline().in_language(self.language), self.language);
        sns::texts(chat.then(|| self.chat()), self.email(EMAIL), sms, |room| self.machine(room))
    }

    /// The e-mail, shortened until it takes at most `room` bytes as a JSON string.
    fn email(&self, room: usize) -> String {
        email::shortened(&LIMITS, room, |(most, limit)| self.write_email(most, limit))
    }

    fn write_email(&self, most: usize, limit: usize) -> String {
        let language = self.language;
        let mut text = wrap(language, &prose(&self.headline().in_language(language), limit), CONTINUED);
        let all = language.text("All of them, and how to fix each, with credentials of this account:");
        text += &format!("\n{all}\n  {}\n\n", self.command());
        for ((severity, rule), count) in self.by_rule() {
            let label = document::severity_or_unknown(severity.0);
            let line = format!("{} {}: {count}", label.in_language(language), prose(rule, limit));
            text += &wrap(language, &line, CONTINUED);
        }
        for document in self.findings.iter().take(most) {
            text += &format!("\n{}\n", "-".repeat(72));
            text += &headline(language, &label(document), &prose(detail(document, language), limit), 1);
            text += &email::link(link(document), limit);
            text += &field(language, language.text("Resource"), resource(document), limit);
            text += &field(language, language.text("Rule"), rule(document), limit);
            text += &format!("  {} {}\n", language.text("finding"), prose(id(document), limit));
        }
        let not_shown = self.findings.len().saturating_sub(most) + self.left_out;
        if not_shown > 0 {
            let more = text!("{count} more: the command above lists them.", count = not_shown);
            text += &format!("\n{}\n{}\n", "-".repeat(72), more.in_language(language));
        }
        let gaps = if self.gaps.translated.is_empty() { self.gaps.english } else { self.gaps.translated };
        if !gaps.is_empty() {
            text += &format!("\n{}\n{}\n", "-".repeat(72), language.text("Not everything could be looked at:"));
            for gap in gaps.iter().take(FEW) {
                text += &wrap(language, &format!("  {}", prose(gap, limit)), CONTINUED);
            }
            let more = gaps.len().saturating_sub(FEW);
            if more > 0 {
                let more = text!("and {count} more, in the log of the function", count = more);
                text += &format!("  {}\n", more.in_language(language));
            }
        }
        text
    }

    /// How many findings each rule has, in the order of the findings.
    fn by_rule(&self) -> BTreeMap<(std::cmp::Reverse<Option<Severity>>, &str), usize> {
        let mut counts = BTreeMap::new();
        for document in self.findings {
            *counts.entry((std::cmp::Reverse(severity(document)), rule(document))).or_default() += 1;
        }
        counts
    }

    /// The custom notification for Amazon Q Developer in chat applications: see `chat.rs`.
    fn chat(&self) -> Value {
        let Scan { account, region, day, language, .. } = self;
        let language = *language;
        let headline = self.headline();
        let headline = headline.in_language(language);
        let first = self.findings.first();
        let label = first.map(label).unwrap_or_default();
        let shown = self.findings.iter().take(FEW);
        let line = |one| chat::line(language, &document::label(one), detail(one, language), link(one));
        let mut lines: Vec<String> = shown.map(line).collect();
        lines.extend(chat::more(language, self.findings.len().saturating_sub(FEW) + self.left_out));
        chat::custom(Chat {
            id: digest(&[NAME, account, region, day]),
            title: inert(&format!("{} {headline}", label.in_language(language)), 250),
            description: lines.join("\n"),
            next_steps: vec![format!("`{}`", self.command())],
            thread: digest(&[NAME, account, region]),
            summary: inert(&headline, 250),
            event_type: NAME,
            resources: first.map(|one| inert(resource(one), 2_048)).into_iter().collect(),
            severity: &label.to_lowercase(),
            account,
            region,
        })
    }

    /// The text for programs. It has as many findings as fit into `room` bytes: first all are shortened, then the last ones are
    /// left out.
    fn machine(&self, room: usize) -> String {
        let gaps: Vec<String> = self.gaps.english.iter().take(FEW).map(|gap| cut(gap, 1_024)).collect();
        let mut findings = self.findings.to_vec();
        findings.iter_mut().for_each(document::remove_translations);
        shorten::fit_most(findings, &shorten::STEPS, room, |findings, truncated, left_out| {
            let document = Machine {
                detector: NAME,
                version: VERSION,
                account: self.account,
                region: self.region,
                day: self.day,
                findings,
                left_out: self.left_out + left_out,
                gaps: &gaps,
                truncated,
            };
            serde_json::to_string(&document).unwrap_or_default()
        })
    }
}

/// The text for programs.
#[derive(Serialize)]
struct Machine<'a> {
    detector: &'a str,
    /// Of Sealwatch.
    version: &'static str,
    account: &'a str,
    region: &'a str,
    day: &'a str,
    findings: &'a [Value],
    /// How many further findings have no room here.
    left_out: usize,
    gaps: &'a [String],
    truncated: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::outcome::Violation;
    use crate::output::testing::{ORDINARY, Origin, violation, with_findings, within_limits, within_limits_of};
    use crate::rules::RULE_IDS;
    use serde_json::{Map, json};

    fn settings(text: &str) -> Settings {
        Settings::parse(text, &RULE_IDS).unwrap()
    }

    /// So many documents with these texts, every third one critical, the most severe first.
    fn documents(origin: &Origin<'_>, count: usize, detail: &str, settings: &Settings) -> Vec<Value> {
        with_findings(origin, vec![violation(detail, "aws x"); count], |findings| {
            let mut all = findings.to_vec();
            all.iter_mut().step_by(3).for_each(|finding| finding.severity = Severity::Critical);
            all.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
            all.iter().map(|finding| document(finding, settings)).collect()
        })
    }

    fn notify(findings: &[Value], left_out: usize, gaps: &[String], settings: &Settings) -> Option<Notification> {
        let gaps = Gaps { english: gaps, translated: &[] };
        notification("111122223333", "2026-11-26", findings, left_out, gaps, settings)
    }

    fn texts(notification: &Notification) -> Map<String, Value> {
        serde_json::from_str(&notification.message).unwrap()
    }

    #[test]
    fn a_message_names_the_most_severe_first_and_the_command_that_lists_all() {
        let findings = documents(&ORDINARY, 3, "The key `k` is open to anyone.", &Settings::default());
        let gaps = ["111122223333 eu-west-1: `kms:ListGrants` was denied, allow it".to_owned()];
        let notification = notify(&findings, 95, &gaps, &Settings::default()).unwrap();
        insta::assert_snapshot!(notification.subject, @"[CRITICAL] Scan of 111122223333 eu-west-1 on 2026-11-26: 1 critical, 2 high, 95 more");
        assert_eq!(
            notification.attributes,
            [
                ("severity", "critical".to_owned()),
                ("detector", "scan".to_owned()),
                ("account", "111122223333".to_owned()),
                ("region", "eu-west-1".to_owned())
            ]
        );
        let texts = texts(&notification);
        insta::assert_snapshot!(texts["sms"].as_str().unwrap(), @"Scan of 111122223333 eu-west-1 on 2026-11-26: 1 critical, 2 high, 95 more");
        insta::assert_snapshot!(texts["email"].as_str().unwrap(), @"
        Scan of 111122223333 eu-west-1 on 2026-11-26: 1 critical, 2 high, 95
            more

        All of them, and how to fix each, with credentials of this account:
          sealwatch scan --region eu-west-1 --resource-policies

        CRITICAL cloudtrail-event-data-store-deleted: 1
        HIGH cloudtrail-event-data-store-policy-foreign-account: 1
        HIGH cloudtrail-event-data-store-policy-public: 1

        ------------------------------------------------------------------------
        CRITICAL: The key `k` is open to anyone.
        https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
        Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
        Rule     cloudtrail-event-data-store-deleted
          finding c83601a811af000636fe04e9f5b533e5

        ------------------------------------------------------------------------
        HIGH: The key `k` is open to anyone.
        https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
        Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
        Rule     cloudtrail-event-data-store-policy-foreign-account
          finding 8bdc31a0c720d93c4d0edb71ebaedcda

        ------------------------------------------------------------------------
        HIGH: The key `k` is open to anyone.
        https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
        Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
        Rule     cloudtrail-event-data-store-policy-public
          finding facd7a625bb172e94a908ae55fe1e728

        ------------------------------------------------------------------------
        95 more: the command above lists them.

        ------------------------------------------------------------------------
        Not everything could be looked at:
          111122223333 eu-west-1: `kms:ListGrants` was denied, allow it
        ");
        let machine: Value = serde_json::from_str(texts["default"].as_str().unwrap()).unwrap();
        assert_eq!((machine["findings"].as_array().unwrap().len(), &machine["left_out"]), (3, &json!(95)));
        assert_eq!((&machine["gaps"], &machine["truncated"]), (&json!(gaps), &json!(false)));
        assert_eq!(machine["version"], VERSION);
    }

    #[test]
    fn what_could_not_be_seen_is_shown_or_counted() {
        let findings = documents(&ORDINARY, 1, "The key `k` is open to anyone.", &Settings::default());
        for (gaps, shown, more) in [(0, 0, None), (1, 1, None), (10, 10, None), (11, 10, Some(1)), (30, 10, Some(20))] {
            let gaps: Vec<String> = (0..gaps).map(|number| format!("gap {number} of a scan")).collect();
            let notification = notify(&findings, 0, &gaps, &Settings::default()).unwrap();
            let texts = texts(&notification);
            let email = texts["email"].as_str().unwrap();
            assert_eq!(email.matches("of a scan").count(), shown);
            let counted = more.map(|more| format!("  and {more} more, in the log of the function\n"));
            assert!(email.ends_with(&counted.unwrap_or_default()), "{email}");
            assert_eq!(email.contains("in the log"), more.is_some(), "{email}");
        }
    }

    #[test]
    fn nothing_wrong_is_no_message_and_what_could_not_be_seen_is_for_operations() {
        assert_eq!(notify(&[], 0, &["g".to_owned()], &Settings::default()), None);
    }

    #[test]
    fn high_and_critical_violations_are_reported_unless_the_settings_say_less() {
        let reported = |severity: Severity, text: &str| {
            let settings = settings(text);
            with_findings(&ORDINARY, vec![Violation::new("d".into())], |findings| {
                is_reported(&Finding { severity, ..findings[0].clone() }, &settings)
            })
        };
        for (severity, text, want) in [
            (Severity::Critical, "", true),
            (Severity::High, "", true),
            (Severity::Medium, "", false),
            (Severity::Medium, "notify.min_severity = 'low'", false),
            (Severity::High, "notify.min_severity = 'critical'", false),
            (Severity::Critical, "notify.min_severity = 'critical'", true),
        ] {
            assert_eq!(reported(severity, text), want, "{severity:?} {text}");
        }
    }

    #[test]
    fn ocsf_and_chat_are_sent_if_the_settings_say_so() {
        let settings = settings("[notify]\nformat = 'ocsf'\nchat = true");
        let findings = documents(&ORDINARY, 12, "The key `k` is <!channel> open.", &settings);
        let notification = notify(&findings, 0, &[], &settings).unwrap();
        assert_eq!(notification.subject, "[CRITICAL] Scan of 111122223333 eu-west-1 on 2026-11-26: 4 critical, 8 high");
        let texts = texts(&notification);
        let machine: Value = serde_json::from_str(texts["default"].as_str().unwrap()).unwrap();
        assert_eq!(machine["findings"][11]["class_uid"], 2003);
        assert!(texts["email"].as_str().unwrap().contains(id(&findings[11])) && !id(&findings[11]).is_empty());
        let chat: Value = serde_json::from_str(texts["https"].as_str().unwrap()).unwrap();
        let description = chat["content"]["description"].as_str().unwrap();
        assert!(description.ends_with("\n2 more") && !description.contains("<!channel>"), "{description}");
        assert_eq!(chat["content"]["nextSteps"], json!(["`sealwatch scan --region eu-west-1 --resource-policies`"]));
    }

    #[test]
    fn any_number_of_any_findings_fits_and_each_is_shown_or_counted() {
        for unit in ["x", "\u{1}\"\\", "\u{1f512}", "a ", "\n---\n"] {
            let huge = unit.repeat(1_000);
            let origin = Origin { trail: &huge, account: "1", region: &huge, caller: "c" };
            let japanese = if unit == "\u{1f512}" { "language = 'ja'\n" } else { "" };
            for format in ["notify.chat = true", "[notify]\nchat = true\nformat = 'ocsf'"] {
                let settings = settings(&format!("{japanese}{format}"));
                let findings = documents(&origin, 60, &huge, &settings);
                let gaps = vec![huge.clone(); 100];
                let notification = notify(&findings, 7, &gaps, &settings).unwrap();
                within_limits_of(&notification, settings.language);
                let texts = texts(&notification);
                let machine: Value = serde_json::from_str(texts["default"].as_str().unwrap()).unwrap();
                let kept = u64::try_from(machine["findings"].as_array().unwrap().len()).unwrap();
                assert!(kept > 10, "{kept}");
                assert_eq!(kept + machine["left_out"].as_u64().unwrap(), 67);
                assert_eq!(machine["truncated"], true);
                let email = texts["email"].as_str().unwrap();
                let shown = email.matches("\n  finding ").count() + email.matches("\n  検出結果 ").count();
                let more = [format!("\n{} more: ", 67 - shown), format!("\nほか {} 件: ", 67 - shown)];
                assert!(more.iter().any(|more| email.contains(more)), "{shown}");
            }
        }
    }

    #[test]
    fn many_small_findings_fit() {
        let findings = documents(&ORDINARY, 1_000, "d", &Settings::default());
        let notification = notify(&findings, 0, &[], &Settings::default()).unwrap();
        within_limits(&notification);
    }
}
