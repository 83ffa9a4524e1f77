//! Reading the settings: mistakes are named with their line and the way out.

use std::fmt;

use toml::de::{DeTable, DeValue};

use crate::arn;
use crate::key::Protection;
use crate::rules;
use crate::settings::Settings;
use crate::text;

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
            if !arn::is_organization(id) {
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
    match rules::RULE_IDS.contains(&id) {
        true => Ok(()),
        false => Err(at(span(), unknown_rule(id))),
    }
}

/// What to say of a rule id that does not exist.
pub fn unknown_rule(id: &str) -> String {
    let nearest = nearest(id, rules::RULE_IDS.iter().copied());
    format!("there is no rule `{}`; did you mean `{nearest}`?", text::plain(id))
}

fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> &'a str {
    known.min_by_key(|candidate| strsim::levenshtein(word, candidate)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::MessageFormat;

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
