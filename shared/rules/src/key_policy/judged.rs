//! From a call to its analysis: which text to judge, whose key it is, and what the earlier policy admitted.

use super::{Analysis, Owner, Policy, Trust, analyse};
use crate::arn::is_account;
use crate::configuration::{KmsKeyPolicy, PolicyCall};
use crate::rule::{Case, Outcome};
use crate::said::Said;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::OnceLock;

/// The analysis of the policy of one call, made when the first rule asks
pub(crate) type Cell = OnceLock<Result<Box<Judged>, Outcome>>;

/// A policy and what it comes to
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) policy: Policy,
    pub(crate) analysis: Analysis,
    pub(crate) owner: Owner,
    pub(crate) trust: Trust,
    /// The policy before this call, where it is known
    pub(crate) earlier: Option<Earlier>,
}

/// What the policy before this call came to
#[derive(Debug, Clone)]
pub(crate) struct Earlier {
    /// When it was put
    pub(crate) since: String,
    pub(crate) analysis: Analysis,
    /// What this call adds to it
    pub(crate) added: Analysis,
}

/// The analysis, or the answer that every rule gives where there is nothing to analyse.
pub(crate) fn judged<'c>(subject: &'c KmsKeyPolicy<'_>, case: &Case<'_>) -> Result<&'c Judged, Outcome> {
    match subject.judged.get_or_init(|| judge(subject, case).map(Box::new)) {
        Ok(judged) => Ok(judged),
        Err(outcome) => Err(outcome.clone()),
    }
}

fn judge(subject: &KmsKeyPolicy<'_>, case: &Case<'_>) -> Result<Judged, Outcome> {
    let text = text(subject, case)?;
    let policy = Policy::parse(&text).map_err(|error| Outcome::Unverified(error.to_string()))?;
    let change = case.change;
    let owner = Owner {
        account: Some(subject.owner.as_str()).filter(|owner| is_account(owner)).unwrap_or(Owner::UNKNOWN).to_owned(),
        region: change.region.to_owned(),
        partition: change.partition.to_owned(),
        key: change.resource.arn.clone().filter(|arn| arn.contains(":key/")),
    };
    let keys = &case.settings.keys;
    let trust = Trust {
        accounts: keys.trusted_accounts.iter().cloned().collect(),
        organizations: keys.trusted_organizations.iter().cloned().collect(),
    };
    let analysis = analyse(&policy, &owner, &trust);
    let before = change.resource.arn.as_deref().and_then(|arn| case.facts.policy_before(arn, &change.event.time));
    let earlier = before.map(|(since, policy)| {
        let before = analyse(policy, &owner, &trust);
        Earlier { since: since.to_owned(), added: analysis.newly_admitted(&before), analysis: before }
    });
    Ok(Judged { policy, analysis, owner, trust, earlier })
}

/// The text of the policy that the call puts in force
fn text<'a>(subject: &KmsKeyPolicy<'a>, case: &Case<'_>) -> Result<Cow<'a, str>, Outcome> {
    let PolicyCall::Policy { document, .. } = &subject.call else {
        return Err(Outcome::not_applicable("the call makes a grant"));
    };
    match document {
        Said::Said(document @ Value::Object(_)) => Ok(Cow::Owned(document.to_string())),
        // Without one a new key gets the default policy: the account principal and nobody else.
        Said::NotSaid if matches!(case.change.event.name.as_str(), "CreateKey" | "ReplicateKey") => {
            Err(Outcome::Compliant)
        }
        // A document that no call put: a plan whose policy depends on what is not made yet.
        Said::NotSaid if case.change.event.name.is_empty() => {
            Err(Outcome::Unverified("the policy is not known before it is applied".to_owned()))
        }
        node => match node.text() {
            Said::Said(text) => Ok(Cow::Borrowed(text)),
            missing => Err(Outcome::Unverified(missing.missing("policy"))),
        },
    }
}
