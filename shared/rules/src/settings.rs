//! The settings: what the account demands, and what it accepts for a while.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use crate::arn;
use crate::key::Protection;
use crate::rule::Severity;
use crate::rules;
use crate::text;

/// All settings, from the same TOML text for the command line and for the functions.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
pub struct Settings {
    /// What is demanded of keys.
    pub keys: Keys,
    /// How findings are published.
    pub notify: Notify,
    /// Changes to single rules, by id.
    pub rules: BTreeMap<String, RuleSettings>,
    /// Violations that are accepted.
    pub exceptions: Vec<Exception>,
}

/// `[keys]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Keys {
    /// The least protection that counts as sealed.
    pub required: Protection,
    /// The longest accepted rotation period, in days.
    pub rotation_days: i64,
    /// Account ids that may use keys and receive grants.
    pub trusted_accounts: Vec<String>,
    /// Organization ids that count as ours.
    pub trusted_organizations: Vec<String>,
    /// How long a configuration may take to settle, in seconds.
    #[serde(deserialize_with = "duration")]
    pub settle: u64,
}

impl Default for Keys {
    fn default() -> Self {
        Keys {
            required: Protection::CustomerManaged,
            rotation_days: 365,
            trusted_accounts: Vec::new(),
            trusted_organizations: Vec::new(),
            settle: 300,
        }
    }
}

/// `[notify]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Notify {
    /// The form of the message for machines.
    pub format: MessageFormat,
    /// True to add a message for Amazon Q Developer in chat applications.
    pub chat: bool,
    /// True to publish what could not be verified, too.
    pub unverified: bool,
}

impl Default for Notify {
    fn default() -> Self {
        Notify { format: MessageFormat::Sealwatch, chat: false, unverified: true }
    }
}

/// The form of the message for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageFormat {
    /// Sealwatch's own findings.
    Sealwatch,
    /// OCSF Compliance Findings.
    Ocsf,
}

/// `[rules.ID]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct RuleSettings {
    /// False switches the rule off.
    pub enabled: bool,
    /// Replaces the rule's severity.
    pub severity: Option<Severity>,
}

impl Default for RuleSettings {
    fn default() -> Self {
        RuleSettings { enabled: true, severity: None }
    }
}

/// `[[exceptions]]`: a violation that is accepted, for a reason.
#[derive(Debug, Clone, Deserialize)]
pub struct Exception {
    /// The rule's id.
    pub rule: String,
    /// A pattern over the resource's ARN: `*` for any run of characters, `?` for one.
    pub resource: String,
    /// The last day on which it applies.
    #[serde(default, deserialize_with = "date")]
    pub until: Option<String>,
    /// Why it is accepted.
    pub reason: String,
}

impl Exception {
    /// True where it speaks of this rule and resource, expired or not.
    pub fn covers(&self, rule: &str, resource: &str) -> bool {
        self.rule == rule && text::glob(&self.resource, resource)
    }

    /// True where the event happened after its last day. The event's own time counts, so that a
    /// replay of last year gives last year's answer.
    pub fn expired(&self, event_time: &str) -> bool {
        match (&self.until, event_time.get(..10)) {
            (Some(until), Some(day)) => day > until.as_str(),
            _ => false,
        }
    }
}

fn duration<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text).map_err(serde::de::Error::custom)
}

/// Reads a duration: a whole number followed by `s`, `m`, `h` or `d`; `0` alone is no time at all.
///
/// # Errors
/// Says how a duration is written.
pub fn parse_duration(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let seconds = match text.strip_prefix(digits) {
        Some("s") => Some(1),
        Some("m") => Some(60),
        Some("h") => Some(3600),
        Some("d") => Some(86400),
        Some("") if digits == "0" => Some(0),
        _ => None,
    };
    let number = digits.parse::<u64>().ok();
    seconds
        .zip(number)
        .and_then(|(seconds, number)| number.checked_mul(seconds))
        .ok_or_else(|| format!("`{}` is no duration: write `30s`, `5m`, `1h` or `0`", text::plain(text)))
}

fn date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match toml::Value::deserialize(deserializer)? {
        toml::Value::Datetime(toml::value::Datetime { date: Some(date), time: None, offset: None }) => {
            Ok(Some(date.to_string()))
        }
        _ => Err(serde::de::Error::custom("`until` is a day, written without quotes: 2027-03-31")),
    }
}

/// Settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// The line in the text, from 1.
    pub line: usize,
    /// What is wrong and what to write instead.
    pub problem: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for SettingsError {}

/// The keys that are known in each table.
const TABLES: [(&str, &[&str]); 5] = [
    ("", &["keys", "notify", "rules", "exceptions"]),
    ("keys", &["required", "rotation_days", "trusted_accounts", "trusted_organizations", "settle"]),
    ("notify", &["format", "chat", "unverified"]),
    ("rules", &["enabled", "severity"]),
    ("exceptions", &["rule", "resource", "until", "reason"]),
];

impl Settings {
    /// Reads settings.
    ///
    /// # Errors
    /// Fails on text that is not TOML, on a key or rule id that does not exist (naming the nearest
    /// one that does), and on a value that cannot be meant.
    pub fn parse(source: &str) -> Result<Settings, SettingsError> {
        let line = |offset: usize| 1 + source.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        let refused = |error: toml::de::Error| SettingsError {
            line: line(error.span().map_or(0, |span| span.start)),
            problem: error.message().replace('\n', " "),
        };
        let at = |span: std::ops::Range<usize>, problem: String| SettingsError { line: line(span.start), problem };
        let table = DeTable::parse(source).map_err(refused)?;
        known_keys(table.get_ref(), "", &at)?;
        for (key, value) in table.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("rules", DeValue::Table(rules)) => {
                    for (id, rule) in rules {
                        known_rule(id.get_ref(), || id.span(), &at)?;
                        if let DeValue::Table(rule) = rule.get_ref() {
                            known_keys(rule, "rules", &at)?;
                        }
                    }
                }
                ("exceptions", DeValue::Array(list)) => {
                    for entry in list.iter() {
                        if let DeValue::Table(entry) = entry.get_ref() {
                            known_keys(entry, "exceptions", &at)?;
                            if let Some(rule) = entry.get("rule")
                                && let DeValue::String(id) = rule.get_ref()
                            {
                                known_rule(id, || rule.span(), &at)?;
                            }
                        }
                    }
                }
                (name, DeValue::Table(inner)) => known_keys(inner, name, &at)?,
                _ => {}
            }
        }
        let settings: Settings = toml::from_str(source).map_err(refused)?;
        settings.checked(source)
    }

    /// Refuses values that cannot be meant.
    fn checked(self, source: &str) -> Result<Settings, SettingsError> {
        let wrong = |value: &str, problem: String| {
            let found = source.lines().position(|line| line.contains(value));
            Err(SettingsError { line: found.map_or(1, |index| index + 1), problem })
        };
        for id in &self.keys.trusted_accounts {
            if !arn::is_account(id) {
                return wrong(id, format!("`{}` is no account id: twelve digits in quotes", text::plain(id)));
            }
        }
        for id in &self.keys.trusted_organizations {
            let rest = id.strip_prefix("o-").unwrap_or_default();
            let fits =
                (10..=32).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            if !fits {
                return wrong(
                    id,
                    format!("`{}` is no organization id: `o-` and 10 to 32 letters or digits", text::plain(id)),
                );
            }
        }
        if self.keys.required == Protection::AwsOwned {
            return wrong("required", "`required` is `aws-managed`, `customer-managed` or `cloudhsm`".to_owned());
        }
        // https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
        if !(90..=2560).contains(&self.keys.rotation_days) {
            return wrong(
                "rotation_days",
                "`rotation_days` is a number of days from 90 to 2560, as KMS takes it".to_owned(),
            );
        }
        for exception in &self.exceptions {
            if exception.reason.trim().is_empty() {
                return wrong("reason", format!("the exception from `{}` needs a reason", exception.rule));
            }
        }
        Ok(self)
    }

    /// True unless the rule is switched off.
    pub fn enabled(&self, rule: &str) -> bool {
        self.rules.get(rule).is_none_or(|settings| settings.enabled)
    }
}

type At<'a> = &'a dyn Fn(std::ops::Range<usize>, String) -> SettingsError;

fn known_keys(table: &DeTable<'_>, name: &str, at: At<'_>) -> Result<(), SettingsError> {
    let known = TABLES.iter().find(|(table, _)| *table == name).map_or(&[][..], |(_, keys)| keys);
    for key in table.keys() {
        if !known.contains(&key.get_ref().as_ref()) {
            let nearest = nearest(key.get_ref(), known.iter().copied());
            let place = if name.is_empty() { "the settings".to_owned() } else { format!("[{name}]") };
            let problem = format!("`{}` is no key of {place}; did you mean `{nearest}`?", text::plain(key.get_ref()));
            return Err(at(key.span(), problem));
        }
    }
    Ok(())
}

fn known_rule(id: &str, span: impl Fn() -> std::ops::Range<usize>, at: At<'_>) -> Result<(), SettingsError> {
    match rules::IDS.contains(&id) {
        true => Ok(()),
        false => Err(at(span(), unknown_rule(id))),
    }
}

/// What to say of a rule id that does not exist.
pub fn unknown_rule(id: &str) -> String {
    let nearest = nearest(id, rules::IDS.iter().copied());
    format!("there is no rule `{}`; did you mean `{nearest}`?", text::plain(id))
}

fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> &'a str {
    known.min_by_key(|candidate| strsim::levenshtein(word, candidate)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_can_be_set() {
        let settings = Settings::parse(
            r#"
            [keys]
            required = "cloudhsm"
            rotation_days = 180
            trusted_accounts = ["444455556666"]
            trusted_organizations = ["o-a1b2c3d4e5"]
            settle = "90s"
            [notify]
            format = "ocsf"
            chat = true
            unverified = false
            [rules.msk-cluster-serverless-key]
            severity = "low"
            [rules.msk-connector-without-logs]
            enabled = false
            [[exceptions]]
            rule = "kinesis-stream-without-customer-key"
            resource = "arn:aws:kinesis:*:*:stream/dev-*"
            until = 2027-03-31
            reason = "no customer data in there"
            "#,
        )
        .unwrap();
        assert_eq!((settings.keys.required, settings.keys.settle), (Protection::Cloudhsm, 90));
        assert_eq!(settings.notify.format, MessageFormat::Ocsf);
        assert!(!settings.enabled("msk-connector-without-logs"));
        let exception = settings.exceptions.first().unwrap();
        assert!(exception.covers("kinesis-stream-without-customer-key", "arn:aws:kinesis:eu-west-1:1:stream/dev-a"));
        assert!(!exception.covers("kinesis-stream-unencrypted", "arn:aws:kinesis:eu-west-1:1:stream/dev-a"));
        assert!(!exception.covers("kinesis-stream-without-customer-key", "arn:aws:kinesis:eu-west-1:1:stream/prod"));
        assert!(!exception.expired("2027-03-31T23:59:59Z"));
        assert!(exception.expired("2027-04-01T00:00:00Z"));
    }

    #[test]
    fn mistakes_are_named_with_their_line_and_the_way_out() {
        let said = |source: &str| Settings::parse(source).unwrap_err().to_string();
        insta::assert_snapshot!(said("[keys]\nrequird = 'cloudhsm'"), @"line 2: `requird` is no key of [keys]; did you mean `required`?");
        insta::assert_snapshot!(said("[kyes]\n"), @"line 1: `kyes` is no key of the settings; did you mean `keys`?");
        insta::assert_snapshot!(said("[rules.kinesis-stream-unencripted]\nenabled = false"), @"line 1: there is no rule `kinesis-stream-unencripted`; did you mean `kinesis-stream-unencrypted`?");
        insta::assert_snapshot!(said("[rules.kinesis-stream-unencrypted]\nenable = false"), @"line 2: `enable` is no key of [rules]; did you mean `enabled`?");
        insta::assert_snapshot!(said("[keys]\nrequired = 'aws-owned'"), @"line 2: `required` is `aws-managed`, `customer-managed` or `cloudhsm`");
        insta::assert_snapshot!(said("[keys]\nrequired = 'hsm'"), @"line 2: unknown variant `hsm`, expected one of `aws-owned`, `aws-managed`, `customer-managed`, `cloudhsm`");
        insta::assert_snapshot!(said("[keys]\nsettle = '5 minutes'"), @"line 2: `5 minutes` is no duration: write `30s`, `5m`, `1h` or `0`");
        insta::assert_snapshot!(said("[keys]\n\ntrusted_accounts = ['1111']"), @"line 3: `1111` is no account id: twelve digits in quotes");
        insta::assert_snapshot!(said("[keys]\nrotation_days = 30"), @"line 2: `rotation_days` is a number of days from 90 to 2560, as KMS takes it");
        insta::assert_snapshot!(said("[[exceptions]]\nrule='kinesis-stream-unencrypted'\nresource='*'\nreason=' '"), @"line 4: the exception from `kinesis-stream-unencrypted` needs a reason");
        insta::assert_snapshot!(said("[[exceptions]]\nrule='kinesis-stream-unencrypted'\nresource='*'"), @"line 1: missing field `reason`");
        insta::assert_snapshot!(said("[[exceptions]]\nrule='kinesis-stream-unencrypted'\nresource='*'\nreason='x'\nuntil='soon'"), @"line 5: `until` is a day, written without quotes: 2027-03-31");
        insta::assert_snapshot!(said("keys = ["), @"line 1: unclosed array, expected `]`");
    }
}
