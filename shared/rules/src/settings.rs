//! The settings: what the account demands, and what it accepts for a while.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::key::Protection;
use crate::severity::Severity;
use crate::text;
use crate::util::wildcard;

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

impl Settings {
    /// True unless the rule is switched off.
    pub fn enabled(&self, rule: &str) -> bool {
        self.rules.get(rule).is_none_or(|settings| settings.enabled)
    }
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
        self.rule == rule && wildcard::matches(&self.resource, resource)
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
