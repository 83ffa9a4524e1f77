//! What the rules of several detectors ask of a key: is it protected enough, and can it be used at all?

use crate::cloudtrail::field::Field;
use crate::configuration::key::{KeyProblem, KeyRef, Protection};
use crate::engine::context::RuleContext;
use crate::engine::detector::{Permission, allow};
use crate::engine::lookup;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::util::text::{plain, shell};

/// Reading what KMS says about a key: any key, since callers also name keys of other accounts and Regions. The key's own
/// policy has to allow it too.
pub(crate) const DESCRIBE_KEY: Permission = allow(lookup::DESCRIBE_KEY, "*");

/// How a named key compares with the protection that the settings require.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Level {
    /// At the required level or above.
    Enough,
    /// Below it.
    Below(Protection),
    /// It is not known, and why.
    Unknown(String),
}

/// Compares a key with the required level.
pub(crate) fn level(key: &KeyRef, context: &RuleContext<'_>) -> Level {
    let required = context.settings.keys.required;
    if key.is_aws_managed_alias() {
        return at(Protection::AwsManaged, required);
    }
    if required <= Protection::AwsManaged && key.arn.is_some() {
        return Level::Enough; // any key that can be named is at least AWS managed
    }
    match context.key(key) {
        Ok(known) if known.origin.is_none() && !known.aws_managed && required > Protection::CustomerManaged => {
            Level::Unknown(format!("the origin of the material of the key `{}` is not known", plain(&key.given)))
        }
        Ok(known) => at(known.protection(), required),
        Err(why) => Level::Unknown(why),
    }
}

fn at(protection: Protection, required: Protection) -> Level {
    if protection < required { Level::Below(protection) } else { Level::Enough }
}

/// Evaluates the keys that a call names: each must be one that AWS services can encrypt with.
///
/// `home` is the Region that the keys must be in; `None` if the service does not tie them to the Region of the call.
/// `named` gives each key with its path in the record; a key that the record hides is unverified.
pub(crate) fn unusable(named: &[(&str, Field<&KeyRef>)], home: Option<&str>, context: &RuleContext<'_>) -> Outcome {
    let (mut unknown, mut evaluated) = (None, false);
    for (path, key) in named {
        let key = match key {
            Field::Present(key) => key,
            Field::Absent => continue,
            hidden => {
                unknown = unknown.or_else(|| Some(hidden.missing(path)));
                continue;
            }
        };
        evaluated = true;
        match problem(key, home, context) {
            Ok(None) => {}
            Ok(Some(problem)) => return violation(path, key, &problem, context),
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    match unknown {
        Some(why) => Outcome::Unverified(why),
        None if evaluated => Outcome::Compliant,
        None => Outcome::not_applicable("the call names no key"),
    }
}

fn problem(key: &KeyRef, home: Option<&str>, context: &RuleContext<'_>) -> Result<Option<KeyProblem>, String> {
    let elsewhere = |region: &str| home.is_some_and(|home| !region.is_empty() && region != home);
    if let Some(region) = key.region().filter(|region| key.arn.is_some() && elsewhere(region)) {
        return Ok(Some(KeyProblem::Region(region.to_owned())));
    }
    match key.is_aws_managed_alias() {
        true => Ok(None),
        false => context.key(key)?.problem(),
    }
}

fn violation(path: &str, key: &KeyRef, problem: &KeyProblem, context: &RuleContext<'_>) -> Outcome {
    let given = plain(&key.given);
    let detail = format!(
        "The key `{given}` of `{}` {problem}: data encrypted with it cannot be read or written.",
        plain(context.name())
    );
    let region = key.region().unwrap_or(context.scope.region);
    let command = match problem {
        KeyProblem::Disabled => "enable-key",
        KeyProblem::PendingDeletion => "cancel-key-deletion",
        _ => "describe-key",
    };
    let cli = format!("aws kms {command} --key-id {} --region {}", shell(&key.given), shell(region));
    let terraform = "# name an enabled, symmetric key of the same Region\nresource \"aws_kms_key\" \"this\" {\n  is_enabled = true\n}".to_owned();
    let console = format!("Key Management Service > Customer managed keys > {given}");
    Violation::new(detail).evidence(path, given).evidence("problem", problem.to_string()).remediation(Remediation {
        cli,
        terraform,
        console,
    })
}
