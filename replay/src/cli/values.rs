//! The values of options.

use std::num::NonZeroUsize;

use clap::ValueEnum;
use sealwatch_rules::aws::account::is_account;
use sealwatch_rules::aws::partition::is_region;
use sealwatch_rules::language::Language;
use sealwatch_rules::rules;
use sealwatch_rules::settings::unknown_rule;
use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::util::time::date;

/// The values of `--min-severity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MinSeverity {
    Low,
    Medium,
    High,
    Critical,
}

impl From<MinSeverity> for Severity {
    fn from(severity: MinSeverity) -> Severity {
        match severity {
            MinSeverity::Low => Severity::Low,
            MinSeverity::Medium => Severity::Medium,
            MinSeverity::High => Severity::High,
            MinSeverity::Critical => Severity::Critical,
        }
    }
}

/// The values of `--language`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportLanguage {
    /// English
    En,
    /// Japanese
    Ja,
}

impl From<ReportLanguage> for Language {
    fn from(language: ReportLanguage) -> Language {
        match language {
            ReportLanguage::En => Language::English,
            ReportLanguage::Ja => Language::Japanese,
        }
    }
}

/// Output formats of `rules`, `explain`, `doctor` and `extract --dry-run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CatalogFormat {
    /// For people
    Text,
    /// For programs: one JSON object for each rule, or one document from `doctor`
    Json,
}

pub(super) fn account(id: &str) -> Result<String, String> {
    if is_account(id) { Ok(id.to_owned()) } else { Err("an account id has twelve digits".to_owned()) }
}

pub(super) fn region(name: &str) -> Result<String, String> {
    if is_region(name) { Ok(name.to_owned()) } else { Err("write one Region, such as `eu-west-1`".to_owned()) }
}

/// As the template's parameter `Name` allows it.
pub(super) fn stack_name(name: &str) -> Result<String, String> {
    let valid = name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    match valid {
        true => Ok(name.to_owned()),
        false => Err("at most 40 lower-case letters, digits and hyphens, and a letter first".to_owned()),
    }
}

/// A name of an IAM role, with its path if it has one.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
pub(super) fn role(name: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_/-".contains(&byte);
    match !name.is_empty() && name.bytes().all(allowed) {
        true => Ok(name.trim_start_matches('/').to_owned()),
        false => Err("write the name of a role, not its ARN: `sealwatch-lookup`".to_owned()),
    }
}

/// Each job is a thread with memory of its own.
pub(super) fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    let digits = Some(text).filter(|text| !text.starts_with('+')); // Rust reads it as a number
    let number = digits.and_then(|text| text.parse().ok()).filter(|jobs: &NonZeroUsize| jobs.get() <= 1024);
    number.ok_or_else(|| "not a number from 1 to 1024".to_owned())
}

pub(super) fn rule_id(id: &str) -> Result<&'static str, String> {
    rules::find_rule(id).map(|rule| rule.id).ok_or_else(|| unknown_rule(id, &rules::RULE_IDS))
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
pub(super) fn table_name(name: &str) -> Result<String, String> {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    match (3..=255).contains(&name.len()) && name.bytes().all(valid) {
        true => Ok(name.to_owned()),
        false => Err("write the name of a table: 3 to 255 letters, digits, `_`, `-` and `.`".to_owned()),
    }
}

/// A fingerprint, or the start of one.
pub(super) fn fingerprint(text: &str) -> Result<String, String> {
    match (8..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("8 to 32 hexadecimal digits, as `sealwatch findings` prints them".to_owned()),
    }
}

/// The settings require one that says something.
pub(super) fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("give a reason, such as 'sandbox data only'".to_owned()),
        reason => Ok(reason.to_owned()),
    }
}

/// A date that exists.
pub(super) fn day(text: &str) -> Result<String, String> {
    let found = date(text).map(|_| text.to_owned());
    found.ok_or_else(|| "not a date: write `2027-03-31`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a parser of an option accepts as it is, and what it rejects with which words.
    type Row<'a> = (fn(&str) -> Result<String, String>, &'a [&'a str], &'a [&'a str], &'a str);

    #[test]
    fn values_are_accepted_as_written_or_rejected_with_what_to_write() {
        let (longest_name, longest_table) = ("a".repeat(40), "x".repeat(255));
        let (long_name, long_table) = ("a".repeat(41), "x".repeat(256));
        let longest_fingerprint = "0".repeat(32);
        let rows: &[Row<'_>] = &[
            (account, &["111122223333"], &["", "11112222333", "1111222233334", "11112222333x"], "twelve digits"),
            (region, &["eu-west-1", "us-gov-east-1"], &["", "EU-WEST-1", "eu-west-1,eu-west-2"], "such as `eu-west-1`"),
            (
                stack_name,
                &["a", "s3-b", &longest_name],
                &["", "A", "1a", "-a", "a_b", &long_name],
                "and a letter first",
            ),
            (
                role,
                &["sealwatch-lookup", "ops/a+b=c,d.e@f_g"],
                &["", "arn:aws:iam::111122223333:role/a", "a b"],
                "not its ARN",
            ),
            (
                table_name,
                &["abc", "A_b.1", &longest_table],
                &["", "ab", "a table", "a/b", "ä-b", &long_table],
                "3 to 255",
            ),
            (
                fingerprint,
                &["0123abcd", &longest_fingerprint],
                &["", "0123abc", "0123abcx", &"0".repeat(33)],
                "hexadecimal",
            ),
            (reason, &["sandbox data only"], &["", " \t"], "give a reason"),
            (day, &["2027-03-31", "2028-02-29"], &["", "2027-02-29", "31.3.2027", "2027-3-31"], "write `2027-03-31`"),
            (|id| rule_id(id).map(str::to_owned), &["kms-key-policy-public"], &["", "kms-key-policy-publik"], "rule"),
            (
                |text| jobs(text).map(|jobs| jobs.to_string()),
                &["1", "1024"],
                &["", "0", "+1", "-1", "1025", "x"],
                "1 to 1024",
            ),
        ];
        for (parse, accepted, rejected, words) in rows {
            for text in *accepted {
                assert_eq!(parse(text).as_deref(), Ok(*text));
            }
            for text in *rejected {
                let error = parse(text).expect_err(text);
                assert!(error.contains(words), "{text}: {error}");
            }
        }
    }

    #[test]
    fn equivalent_values_become_the_same() {
        assert_eq!(role("/ops/lookup").as_deref(), Ok("ops/lookup"));
        assert_eq!(fingerprint("ABCDEF01").as_deref(), Ok("abcdef01"));
        assert_eq!(reason(" test data\n").as_deref(), Ok("test data"));
    }

    #[test]
    fn the_choices_of_options_are_those_of_the_rules() {
        let severities = MinSeverity::value_variants().iter().map(|one| Severity::from(*one));
        assert!(severities.eq([Severity::Low, Severity::Medium, Severity::High, Severity::Critical]));
        let languages = ReportLanguage::value_variants().iter().map(|one| Language::from(*one));
        assert!(languages.eq([Language::English, Language::Japanese]));
    }
}
