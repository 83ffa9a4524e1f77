//! Aliases of KMS keys.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `DeleteAlias` | the key that the alias pointed to | `kms:DescribeKey` of the alias: `CreateAlias` can give the name to another key. If it did, the key before | settled |
//! | `UpdateAlias` | the key that the alias now points to | the key | immediately |

mod kms_alias_below_key_level;
mod kms_alias_unusable_key;
mod remediation;

use crate::cloudtrail::field::Field;
use crate::configuration::key::KeyRef;
use crate::configuration::kms_alias::KmsAlias;
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, allow, call, settling};
use crate::engine::existing::{Existing, Listing};
use crate::engine::facts::Facts;
use crate::engine::lookup::Lookup;
use crate::engine::outcome::Outcome;
use crate::rules::keys::{DESCRIBE_KEY, NEXT_MARKER};
use crate::util::time;

/// Calls that make an alias point to another key.
///
/// `CreateAlias` alone is not one of them: nobody uses a new alias yet. One that replaces a deleted alias is evaluated with
/// `DeleteAlias`, whose record shows the key before, and ends what was reported if nothing replaces the alias.
pub static DETECTOR: Detector = Detector {
    name: "kms-alias",
    event_source: "kms.amazonaws.com",
    calls: &[settling("DeleteAlias"), call("UpdateAlias")],
    closing: &[],
    permissions: &[DESCRIBE_KEY],
    read: |call| {
        let (resource, alias) = KmsAlias::read(call);
        (resource, Box::new(alias))
    },
    cli_outputs: &[],
    rules: &[&kms_alias_below_key_level::RULE, &kms_alias_unusable_key::RULE],
};

/// The aliases of a Region. IAM knows no resource for the call.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html>
static LIST_ALIASES: Listing = Listing {
    permission: allow("kms:ListAliases", "*"),
    parameters: r#"{"Limit": 100}"#,
    entries: "Aliases",
    next: Some(NEXT_MARKER),
    of: None,
};

/// Aliases that exist, except those of AWS.
pub(super) static ALIASES: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_ALIASES,
    described_by: None,
    permissions: &[DESCRIBE_KEY],
    is_policy: false,
    read: |entry| {
        let name = entry.text("AliasName").filter(|name| !name.starts_with("alias/aws/"))?;
        let target = KeyRef::read(entry.text("TargetKeyId")?, entry.scope);
        let arn = entry.text("AliasArn")?.to_owned();
        Some((Resource::new("AWS::KMS::Alias", Some(arn), Some(name)), Box::new(KmsAlias::existing(target))))
    },
};

impl Configuration for KmsAlias {
    fn keys(&self) -> Vec<&KeyRef> {
        self.target.as_ref().value().into_iter().collect()
    }

    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        let arn = context.resource.arn.as_deref().filter(|_| self.deleted)?;
        let points_to = |arn: &str| Field::Present(KeyRef { given: arn.to_owned(), arn: Some(arn.to_owned()) });
        let mut alias = self.clone();
        let facts = context.facts;
        match context.times.as_ref().and_then(|times| facts.timeline.alias(arn, *times.end())) {
            Some(Some(target)) => alias.target = points_to(target),
            Some(None) => alias.unresolved = Some(Unresolved::Deleted),
            None if facts.is_missing_key(arn) => alias.unresolved = Some(Unresolved::Deleted),
            None => {
                let itself = KeyRef { given: context.name().to_owned(), arn: Some(arn.to_owned()) };
                match facts.key(&itself, None) {
                    Ok(key) => alias.target = points_to(&key.arn),
                    Err(why) => alias.unresolved = Some(Unresolved::Unknown(why)),
                }
            }
        }
        Some(Box::new(alias))
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        let describe = |arn: &str| vec![Lookup::new(DESCRIBE_KEY.action, arn)];
        match (&self.target, &self.previous) {
            _ if !self.deleted => Vec::new(),
            (Field::Present(_), Some(previous)) if !self.is_restored() => {
                previous.arn.as_deref().map(describe).unwrap_or_default()
            }
            (Field::Present(_), _) => Vec::new(),
            _ if self.unresolved == Some(Unresolved::Deleted) => Vec::new(),
            _ => describe(arn),
        }
    }

    fn unresolved(&self) -> Option<&Unresolved> {
        self.unresolved.as_ref()
    }
}

impl KmsAlias {
    /// True if the alias was created again for the key that it pointed to before.
    fn is_restored(&self) -> bool {
        let target = self.target.as_ref().value().and_then(|target| target.arn.as_deref());
        target.is_some() && target == self.previous.as_ref().and_then(|previous| previous.arn.as_deref())
    }

    /// The other key that the alias now points to.
    ///
    /// # Errors
    /// The outcome if there is none, or if it is not known.
    fn new_target(&self, context: &RuleContext<'_>) -> Result<&KeyRef, Outcome> {
        if context.name().starts_with("alias/aws/") {
            return Err(Outcome::not_applicable("the alias belongs to AWS"));
        }
        match (&self.target, &self.unresolved) {
            (Field::Present(_), _) if self.is_restored() => {
                Err(Outcome::not_applicable("the alias was created again for the same key"))
            }
            (Field::Present(target), _) => Ok(target),
            (_, Some(Unresolved::Deleted)) => Err(Outcome::not_applicable("the deleted alias points to no other key")),
            (_, Some(unresolved)) => Err(Outcome::unresolved(unresolved)),
            (hidden, None) => Err(Outcome::unverified(hidden.missing("targetKeyId"))),
        }
    }
}

/// The time at which the alias no longer pointed to this key.
fn left_at(target: &KeyRef, context: &RuleContext<'_>) -> Option<String> {
    let (arn, times) = (context.resource.arn.as_deref()?, context.times.as_ref()?);
    context.facts.timeline.alias_left(arn, target.arn.as_deref()?, *times.end()).map(time::written)
}

#[cfg(test)]
mod tests;
