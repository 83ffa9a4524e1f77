//! From the text of a policy to its analysis: whose resource it is, whom the settings trust, and the earlier policy.

use std::sync::Arc;

use crate::aws::account::is_account;
use crate::engine::context::RuleContext;
use crate::engine::organization::Organization;
use crate::engine::outcome::Outcome;
use crate::key_policy::{Analysis, Exposure, Members, Owner, Policy, Service, Trust, analyze};
use crate::language::{Text, text};
use crate::rules::remediation::Template;
use crate::util::text::{cut, plain};
use crate::util::time;

/// What the resource of a policy is, and how its policy is changed.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The service that it belongs to.
    pub(crate) service: Service,
    /// What a finding calls it.
    pub(crate) noun: Text,
    /// What stands in commands for a resource whose ARN is not known.
    pub(crate) placeholder: &'static str,
    /// Change the policy. `resource` is the ARN, `change` says what to do, and `statement` is the Terraform of the
    /// statement to write, on lines of its own. `change` is added to the way through the console.
    pub(crate) change: Template,
    /// Delete the policy, if it can be deleted. It has the values of `change`.
    pub(crate) delete: Option<Template>,
}

/// A policy and its analysis.
#[derive(Debug, Clone)]
pub(crate) struct PolicyAnalysis {
    pub(crate) kind: &'static Kind,
    pub(crate) policy: Policy,
    pub(crate) analysis: Analysis,
    pub(crate) owner: Owner,
    pub(crate) trust: Trust,
    /// True if the analysis depends on accounts that may belong to the organization.
    pub(crate) asks_for_organization: bool,
    /// Why they are not known. What depends on them is unverified.
    pub(crate) unknown_organization: Option<Text>,
    /// The policy before this call, if it is known.
    pub(crate) earlier: Option<Earlier>,
}

/// The analysis of the policy before this call.
#[derive(Debug, Clone)]
pub(crate) struct Earlier {
    /// The time of the call that put it in force.
    pub(crate) since: String,
    pub(crate) analysis: Analysis,
    /// What this call adds to it.
    pub(crate) added: Analysis,
}

impl PolicyAnalysis {
    /// A statement by its position, counted from zero as in JSON, and its Sid.
    pub(crate) fn label(&self, statement: usize) -> String {
        match self.policy.sid(statement) {
            Some(sid) => format!("Statement[{statement}] {}", plain(&cut(sid, 60))),
            None => format!("Statement[{statement}]"),
        }
    }

    /// Why the policy of an unknown owner cannot be evaluated.
    pub(crate) fn unknown_owner(&self) -> Outcome {
        Outcome::unverified(text!("the account that owns the {noun} is not known", noun = &self.kind.noun))
    }
}

/// Analyzes a policy that a call puts in force.
///
/// # Errors
/// The outcome of every rule if the text is not a policy.
pub(crate) fn analyze_text(
    text: &str,
    owner: Owner,
    kind: &'static Kind,
    context: &RuleContext<'_>,
) -> Result<PolicyAnalysis, Outcome> {
    let policy = Policy::parse_for(kind.service, text).map_err(|error| Outcome::unverified(error.text()))?;
    let mut trust = trust(context);
    let unknown = match context.organization() {
        Organization::Untrusted => None,
        Organization::Accounts(accounts) => {
            trust.members = Members::Listed(Arc::clone(&accounts.ids));
            None
        }
        Organization::Unknown(why) => {
            trust.members = Members::Every;
            Some(why)
        }
    };
    let (analysis, asks_for_organization) = analyze_members(&policy, &owner, &trust);
    let earlier = earlier(&analysis, &owner, &trust, kind, context);
    let unknown_organization = unknown.filter(|_| asks_for_organization);
    Ok(PolicyAnalysis { kind, policy, analysis, owner, trust, asks_for_organization, unknown_organization, earlier })
}

/// The analysis of a policy, and whether it depends on accounts that may belong to the organization: that of
/// [`Members::Every`] and that of the others differ. If no member is known, what depends on them is unverified.
fn analyze_members(policy: &Policy, owner: &Owner, trust: &Trust) -> (Analysis, bool) {
    let analysis = analyze(policy, owner, trust);
    let other = match trust.members {
        Members::None => return (analysis, false),
        Members::Listed(_) => Members::Every,
        Members::Every => Members::None,
    };
    let compared = analyze(policy, owner, &Trust { members: other, ..trust.clone() });
    // of an unknown owner every exposure is unverified, whatever the organization contains
    let depends = owner.is_known() && analysis != compared;
    let mut certain = analysis;
    if depends && trust.members == Members::Every {
        let unverified = |exposure| Exposure { unverified: true, ..exposure };
        let Analysis { network_bound, foreign, .. } = compared.newly_admitted(&certain);
        certain.network_bound.extend(network_bound);
        certain.foreign.extend(foreign.into_iter().map(unverified));
    }
    (certain, depends)
}

/// The owner of a resource, by its account if the record shows it.
pub(crate) fn owner(account: &str, resource: Option<String>, context: &RuleContext<'_>) -> Owner {
    Owner {
        account: if is_account(account) { account } else { Owner::UNKNOWN }.to_owned(),
        region: context.scope.region.to_owned(),
        partition: context.scope.partition.to_owned(),
        resource,
    }
}

fn trust(context: &RuleContext<'_>) -> Trust {
    let keys = &context.settings.keys;
    Trust {
        accounts: keys.trusted_accounts.iter().cloned().collect(),
        members: Members::None,
        organizations: keys.trusted_organizations.iter().cloned().collect(),
        // The settings write `o-…/r-…/ou-…/*`.
        organizational_units: (keys.trusted_organizational_units.iter())
            .map(|path| path.trim_end_matches('*').to_owned())
            .collect(),
        vpcs: keys.trusted_vpcs.iter().cloned().collect(),
        vpc_endpoints: keys.trusted_vpc_endpoints.iter().cloned().collect(),
        networks: keys.trusted_networks.clone(),
    }
}

/// The policy before this call, and what the call adds; `None` if the timeline does not have it or it cannot be read.
fn earlier(
    analysis: &Analysis,
    owner: &Owner,
    trust: &Trust,
    kind: &Kind,
    context: &RuleContext<'_>,
) -> Option<Earlier> {
    let arn = context.resource.arn.as_deref()?;
    let (since, policy) = context.facts.timeline.policy_before(arn, time::record_time(&context.event.time)?)?;
    let (before, _) = analyze_members(&Policy::parse_for(kind.service, policy).ok()?, owner, trust);
    Some(Earlier { since: time::written(since), added: analysis.newly_admitted(&before), analysis: before })
}
