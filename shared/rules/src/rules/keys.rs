//! What rules of several detectors check about a key: its level of protection, and whether it can be used at all. And how a
//! scan finds the keys of an account.

use std::borrow::Cow;

use crate::aws::arn::Arn;
use crate::cloudtrail::field::Field;
use crate::configuration::key::{Key, KeyProblem, KeyRef, Protection};
use crate::configuration::unresolved::Unresolved;
use crate::engine::context::RuleContext;
use crate::engine::detector::{Permission, allow};
use crate::engine::existing::{Entry, Listing, Next};
use crate::engine::lookup::{self, run_and_pass};
use crate::engine::outcome::{Outcome, Violation};
use crate::language::{Text, text};
use crate::rules::remediation::{Template, Value};
use crate::util::text::plain;

/// The look-up of a key: of any key, because callers also name keys of other accounts and Regions. The policy of the key
/// must allow it too.
pub(crate) const DESCRIBE_KEY: Permission = allow(lookup::DESCRIBE_KEY, "*").by("KeyId");

/// The keys of an account in a Region, also those that AWS manages. IAM knows no resource for the call.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html>
pub(crate) static LIST_KEYS: Listing = Listing {
    permission: allow("kms:ListKeys", "*"),
    parameters: r#"{"Limit": 1000}"#,
    entries: "Keys",
    next: Some(NEXT_MARKER),
    of: None,
};

/// How KMS pages all its lists.
pub(crate) const NEXT_MARKER: Next = Next { more: "Truncated", token: "NextMarker", parameter: "Marker" };

/// The ARN of a key in an entry of [`LIST_KEYS`]; `None` if it is known that AWS manages the key.
pub(crate) fn listed_key<'a>(entry: &Entry<'a>) -> Option<&'a str> {
    let facts = entry.facts;
    let is_aws_managed =
        |arn: &str| facts.is_aws_managed_key(arn) || facts.described_key(arn).is_some_and(|key| key.aws_managed);
    entry.text("KeyArn").filter(|arn| !is_aws_managed(arn))
}

/// The key of the context, which a scan found.
///
/// # Errors
/// Why nothing is known about it.
pub(crate) fn existing_key<'c>(context: &'c RuleContext<'_>) -> Result<Cow<'c, Key>, Unresolved> {
    let arn = context.arn();
    match context.facts.is_missing_key(arn) {
        true => Err(Unresolved::Deleted),
        false => context.key(&KeyRef { given: arn.to_owned(), arn: Some(arn.to_owned()) }).map_err(Unresolved::Unknown),
    }
}

/// Make the key usable, or find out why it is not.
const UNUSABLE_KEY: Template = Template {
    cli: include_str!("keys/unusable_key.sh"),
    terraform: include_str!("keys/unusable_key.tf"),
    console: "Key Management Service > Customer managed keys > {{key}}",
};

/// How a key compares with the protection that the settings require.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Level {
    /// At the required level or above.
    Enough,
    /// Below it.
    Below(Protection),
    /// It is not known, and why.
    Unknown(Text),
}

/// Compares a key with the required level.
pub(crate) fn level(key: &KeyRef, context: &RuleContext<'_>) -> Level {
    let required = context.settings.keys.required;
    if key.is_aws_managed_alias() {
        return at(Protection::AwsManaged, required);
    }
    if required <= Protection::AwsManaged && key.arn.is_some() {
        return Level::Enough; // callers cannot name a key that AWS owns
    }
    match context.key(key) {
        Ok(known) if known.origin.is_none() && !known.aws_managed && required > Protection::CustomerManaged => {
            Level::Unknown(text!("the origin of the material of the key `{key}` is not known", key = &key.given))
        }
        Ok(known) => at(known.protection(), required),
        Err(why) => Level::Unknown(why),
    }
}

/// The outcome of a rule about the level of a key. `below` makes the violation by a key that is below the required level.
pub(crate) fn require_level(
    key: &KeyRef,
    context: &RuleContext<'_>,
    below: impl FnOnce(Protection) -> Outcome,
) -> Outcome {
    match level(key, context) {
        Level::Enough => Outcome::Compliant,
        Level::Below(found) => below(found),
        Level::Unknown(why) => Outcome::unverified(why),
    }
}

/// Completes "… is encrypted with": `an AWS managed key; a customer managed key is required`.
pub(crate) fn below_required(found: Protection, context: &RuleContext<'_>) -> Text {
    text!("{found}; {required} is required", found = found.in_words(), required = required(context))
}

/// The evidence of a key that is not named.
pub(crate) const NOT_GIVEN: Text = Text::literal("not given");

/// The level that the settings require, in words.
pub(crate) fn required(context: &RuleContext<'_>) -> Text {
    context.settings.keys.required.in_words()
}

fn at(protection: Protection, required: Protection) -> Level {
    if protection < required { Level::Below(protection) } else { Level::Enough }
}

/// Evaluates whether AWS services can encrypt with the keys that a call names.
///
/// `named` has each key with its path in the record; a key that the record hides is unverified. `home` is the Region in
/// which the keys must be; `None` if it is not the Region of the call.
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
        Some(why) => Outcome::unverified(why),
        None if evaluated => Outcome::Compliant,
        None => Outcome::not_applicable("no key is named"),
    }
}

fn problem(key: &KeyRef, home: Option<&str>, context: &RuleContext<'_>) -> Result<Option<KeyProblem>, Text> {
    let elsewhere = |region: &str| home.is_some_and(|home| !region.is_empty() && region != home);
    if let Some(region) = key.region().filter(|region| key.arn.is_some() && elsewhere(region)) {
        return Ok(Some(KeyProblem::Region(region.to_owned())));
    }
    match key.is_aws_managed_alias() {
        true => Ok(None),
        false => {
            let known = context.key(key)?;
            known.problem().map_err(|why| with_command(why, key, &known, context))
        }
    }
}

/// Why something is not known about a key, with the command that shows it, unless its output is there already and does not
/// say how the key was then.
pub(crate) fn with_command(why: Text, named: &KeyRef, known: &Key, context: &RuleContext<'_>) -> Text {
    match context.facts.described_key(&known.arn) {
        Some(_) => why,
        None => {
            text!("{why}: {command}", why, command = run_and_pass("kms describe-key", "--key-id", &named.given))
        }
    }
}

fn violation(path: &str, key: &KeyRef, problem: &KeyProblem, context: &RuleContext<'_>) -> Outcome {
    let given = plain(&key.given);
    let consequence = match problem {
        KeyProblem::Usage(_) | KeyProblem::Spec(_) | KeyProblem::Region(_) => {
            Text::literal("the service cannot encrypt with it")
        }
        _ => Text::literal("data encrypted with it cannot be read or written"),
    };
    let words = problem.in_words();
    let detail = text!(
        "The key `{key}` of `{name}` {problem}: {consequence}.",
        key = &given,
        name = context.name(),
        problem = &words,
        consequence
    );
    let (command, id) = match problem {
        KeyProblem::Disabled => ("enable-key", key_id(key, context)),
        KeyProblem::PendingDeletion => ("cancel-key-deletion", key_id(key, context)),
        _ => ("describe-key", key.given.clone()),
    };
    let values = [
        ("command", Value::Raw(command)),
        ("id", Value::Text(&id)),
        ("key", Value::Text(&key.given)),
        ("key_region", Value::Text(key.region().unwrap_or(context.scope.region))),
    ];
    Violation::new(detail)
        .evidence(path, given)
        .evidence_text("problem", words)
        .remediation(UNUSABLE_KEY.fill(context, &values))
}

/// The key for calls that accept no alias.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKey.html>
fn key_id(key: &KeyRef, context: &RuleContext<'_>) -> String {
    let is_alias = key.arn.as_deref().and_then(Arn::parse).is_some_and(|arn| arn.resource.starts_with("alias/"));
    match context.key(key) {
        Ok(known) if is_alias => known.arn.clone(),
        _ => key.given.clone(),
    }
}
