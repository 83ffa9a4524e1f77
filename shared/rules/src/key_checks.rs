//! What several rules ask of a key: is it protected enough, and can it be used at all?

use crate::key::{KeyRef, Protection};
use crate::rule::{Case, Outcome, Violation};
use crate::said::Said;
use crate::text::{plain, shell};

/// How a named key stands to the protection that the settings demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Level {
    /// At the demanded level or above.
    Enough,
    /// Below it.
    Below(Protection),
    /// It cannot be told, and why.
    Unknown(String),
}

/// Compares a key with the demanded level.
pub(crate) fn level(key: &KeyRef, case: &Case<'_>) -> Level {
    let required = case.settings.keys.required;
    if key.is_aws_managed_alias() {
        return at(Protection::AwsManaged, required);
    }
    if required <= Protection::AwsManaged && key.arn.is_some() {
        return Level::Enough; // any key that can be named is at least AWS managed
    }
    match case.key(key) {
        Ok(known) if known.origin.is_none() && !known.aws_managed && required > Protection::CustomerManaged => {
            Level::Unknown(format!("it is not known where the material of the key `{}` comes from", plain(&key.given)))
        }
        Ok(known) => at(known.protection(), required),
        Err(why) => Level::Unknown(why),
    }
}

fn at(protection: Protection, required: Protection) -> Level {
    if protection < required { Level::Below(protection) } else { Level::Enough }
}

/// Judges the keys that a call names: each must be one that AWS services can encrypt with.
///
/// `home` is the Region that the keys must be in; none where the service does not tie them to the
/// Region of the call. `named` gives each key with its path in the record; a key that the record
/// hides cannot be judged.
pub(crate) fn unusable(named: &[(&str, Said<&KeyRef>)], home: Option<&str>, case: &Case<'_>) -> Outcome {
    let (mut unknown, mut judged) = (None, false);
    for (path, key) in named {
        let key = match key {
            Said::Said(key) => key,
            Said::NotSaid => continue,
            hidden => {
                unknown = unknown.or_else(|| Some(hidden.missing(path)));
                continue;
            }
        };
        judged = true;
        match problem(key, home, case) {
            Ok(None) => {}
            Ok(Some(problem)) => return violation(path, key, &problem, case),
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    match unknown {
        Some(why) => Outcome::Unverified(why),
        None if judged => Outcome::Compliant,
        None => Outcome::not_applicable("the call names no key"),
    }
}

fn problem(key: &KeyRef, home: Option<&str>, case: &Case<'_>) -> Result<Option<String>, String> {
    let elsewhere = |region: &str| home.is_some_and(|home| !region.is_empty() && region != home);
    if let Some(region) = key.region().filter(|region| key.arn.is_some() && elsewhere(region)) {
        return Ok(Some(format!("is in another Region ({region})")));
    }
    match key.is_aws_managed_alias() {
        true => Ok(None),
        false => case.key(key)?.unusable(),
    }
}

fn violation(path: &str, key: &KeyRef, problem: &str, case: &Case<'_>) -> Outcome {
    let given = plain(&key.given);
    let detail = format!(
        "The key `{given}` of `{}` {problem}: what is sealed with it cannot be read or written.",
        plain(case.name())
    );
    let region = key.region().unwrap_or(case.change.region);
    let command = match problem {
        "is disabled" => "enable-key",
        "is pending deletion" => "cancel-key-deletion",
        _ => "describe-key",
    };
    let cli = format!("aws kms {command} --key-id {} --region {}", shell(&key.given), shell(region));
    let terraform = "# name an enabled, symmetric key of the same Region\nresource \"aws_kms_key\" \"seal\" {\n  is_enabled = true\n}".to_owned();
    let console = format!("Key Management Service > Customer managed keys > {given}");
    Violation::new(detail).seen(path, given).seen("problem", problem).fix(cli, terraform, console)
}
