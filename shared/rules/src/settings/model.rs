//! What an account requires of its keys, and which violations it accepts.

use std::collections::BTreeMap;

use crate::configuration::key::Protection;
use crate::language::Language;
use crate::util::address::AddressRange;
use crate::util::severity::Severity;
use crate::util::time::{self, DAY, Seconds};
use crate::util::wildcard;

/// All settings. The command line and the functions read the same TOML text.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `language`: of what people read.
    pub language: Language,
    /// `[keys]`
    pub keys: Keys,
    /// `[notify]`
    pub notify: Notify,
    /// `[ledger]`
    pub ledger: Ledger,
    /// `[rules.ID]`, by the id of the rule.
    pub rules: BTreeMap<String, RuleSettings>,
    /// `[[exceptions]]`
    pub exceptions: Vec<Exception>,
    /// The present time, for exceptions that end and input that has no time, such as a policy document. `None` if the
    /// caller has no clock: such exceptions then accept nothing in such input.
    pub today: Option<Seconds>,
}

impl Settings {
    /// True unless the settings switch the rule off.
    pub fn enabled(&self, rule: &str) -> bool {
        self.rules.get(rule).is_none_or(|settings| settings.enabled)
    }

    /// The rules that the settings switch off, sorted by id.
    pub fn disabled(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().filter(|(_, settings)| !settings.enabled).map(|(rule, _)| rule.as_str())
    }
}

/// `[keys]`: what the rules require of keys.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The lowest protection that the rules accept.
    pub required: Protection,
    /// The longest rotation period that the rules accept, in days.
    pub rotation_days: i64,
    /// Accounts, besides the owner's, that may use keys, streams and clusters, and receive grants. What follows counts for
    /// streams and clusters, too.
    pub trusted_accounts: Vec<String>,
    /// True if `trusted_accounts` contains `"organization"`: the accounts of the own organization are trusted, too. The list
    /// of them is a fact.
    pub trusts_organization: bool,
    /// Organizations whose accounts may use keys.
    pub trusted_organizations: Vec<String>,
    /// Organizational units whose accounts may use keys, and those below them: `o-…/r-…/ou-…/*`.
    pub trusted_organizational_units: Vec<String>,
    /// VPCs from which principals of any account may use keys.
    pub trusted_vpcs: Vec<String>,
    /// VPC endpoints through which principals of any account may use keys.
    pub trusted_vpc_endpoints: Vec<String>,
    /// Address ranges from which principals of any account may use keys.
    pub trusted_networks: Vec<AddressRange>,
    /// The settle time, in seconds.
    pub settle: u64,
}

impl Default for Keys {
    fn default() -> Self {
        Keys {
            required: Protection::CustomerManaged,
            rotation_days: 365,
            trusted_accounts: Vec::new(),
            trusts_organization: false,
            trusted_organizations: Vec::new(),
            trusted_organizational_units: Vec::new(),
            trusted_vpcs: Vec::new(),
            trusted_vpc_endpoints: Vec::new(),
            trusted_networks: Vec::new(),
            settle: 300,
        }
    }
}

/// `[notify]`: what is published, and in which format.
#[derive(Debug, Clone)]
pub struct Notify {
    /// The format of the message for machines.
    pub format: MessageFormat,
    /// True to add a message for Amazon Q Developer in chat applications.
    pub chat: bool,
    /// True to publish unverified outcomes, too.
    pub unverified: bool,
    /// The lowest severity that is published.
    pub min_severity: Severity,
    /// How often open findings of the severities high and critical are repeated, in seconds; `None` if they are not.
    pub remind: Option<u64>,
}

impl Default for Notify {
    fn default() -> Self {
        Notify {
            format: MessageFormat::Sealwatch,
            chat: false,
            unverified: true,
            min_severity: Severity::Low,
            remind: None,
        }
    }
}

/// `[ledger]`: how long the ledger remembers.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// How long what was resolved is kept, in seconds.
    pub keep_resolved: u64,
}

impl Default for Ledger {
    fn default() -> Self {
        Ledger { keep_resolved: 400 * 86_400 }
    }
}

/// The format of the message for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageFormat {
    /// Sealwatch's own findings.
    Sealwatch,
    /// OCSF Compliance Findings.
    Ocsf,
}

/// `[rules.ID]`: changes to one rule.
#[derive(Debug, Clone)]
pub struct RuleSettings {
    /// False to switch the rule off.
    pub enabled: bool,
    /// Replaces the severity of the rule.
    pub severity: Option<Severity>,
}

impl Default for RuleSettings {
    fn default() -> Self {
        RuleSettings { enabled: true, severity: None }
    }
}

/// `[[exceptions]]`: violations that the account accepts.
#[derive(Debug, Clone)]
pub struct Exception {
    /// The id of the rule.
    pub rule: String,
    /// A pattern for the ARN of the resource: `*` matches any run of characters, `?` matches one.
    pub resource: String,
    /// The last day of the exception, as `YYYY-MM-DD`; `None` if it never expires.
    pub until: Option<String>,
    /// Why the account accepts the violations.
    pub reason: String,
}

impl Exception {
    /// True if the exception is for this rule and resource, even if it has expired.
    pub fn covers(&self, rule: &str, resource: &str) -> bool {
        self.rule == rule && wildcard::matches(&self.resource, resource)
    }

    /// True if the event happened after the last day of the exception. The time of the event counts,
    /// not the clock, so that a replay of last year's events gives last year's result. Only without a time `today` counts.
    pub fn expired(&self, event_time: &str, today: Option<Seconds>) -> bool {
        let Some(until) = &self.until else { return false };
        let time = time::record_time(event_time).or(today);
        time.is_none_or(|time| time::date(until).is_none_or(|last_day| time >= last_day + DAY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_covers_one_rule_and_the_resources_of_its_pattern() {
        let exception = exception(None);
        let stream = |name: &str| format!("arn:aws:kinesis:eu-west-1:111122223333:stream/{name}");
        assert!(exception.covers("kinesis-stream-unencrypted", &stream("dev-a")));
        assert!(!exception.covers("kinesis-stream-unencrypted", &stream("prod")));
        assert!(!exception.covers("kinesis-stream-without-customer-key", &stream("dev-a")));
    }

    #[test]
    fn an_exception_applies_until_the_end_of_its_last_day() {
        let exception = exception(Some("2027-03-31"));
        assert!(!exception.expired("2027-03-31T23:59:59Z", None));
        assert!(exception.expired("2027-04-01T00:00:00Z", None));
        assert!(!exception.expired("2027-04-01T01:00:00+02:00", None));
        assert!(!self::exception(None).expired("2999-01-01T00:00:00Z", None));
    }

    #[test]
    fn without_a_time_the_clock_ends_an_exception() {
        let (exception, last_day) = (exception(Some("2027-03-31")), time::date("2027-03-31"));
        let next_day = last_day.map(|day| day + DAY);
        for unreadable in ["", "soon", "2027-02-30T00:00:00Z"] {
            assert!(!exception.expired(unreadable, last_day), "{unreadable}");
            assert!(exception.expired(unreadable, next_day), "{unreadable}");
            assert!(exception.expired(unreadable, None), "{unreadable}");
            assert!(!self::exception(None).expired(unreadable, None), "{unreadable}");
        }
    }

    fn exception(until: Option<&str>) -> Exception {
        Exception {
            rule: "kinesis-stream-unencrypted".to_owned(),
            resource: "arn:aws:kinesis:*:*:stream/dev-*".to_owned(),
            until: until.map(str::to_owned),
            reason: "sandbox data only".to_owned(),
        }
    }
}
