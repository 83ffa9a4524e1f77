//! The two questions about every policy: does it admit everyone, and does it admit an account that is not trusted?

use crate::engine::context::RuleContext;
use crate::engine::outcome::Outcome;
use crate::engine::rule::Rule;
use crate::key_policy::{Exposure, Fix, Grantee};
use crate::rules::resource_policy::analysis::PolicyAnalysis;
use crate::rules::resource_policy::report::{Words, admits, evaluate_exposures};

/// The rule that asks, and why the severity of an exposure differs from that of the rule: a clause.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    pub(crate) rule: &'static Rule,
    pub(crate) rated: fn(&Exposure) -> &'static str,
}

/// The outcome of a rule about policies that admit every principal of every account.
pub(crate) fn evaluate_public(
    policy: Result<&PolicyAnalysis, Outcome>,
    context: &RuleContext<'_>,
    Asking { rule, rated }: Asking,
) -> Outcome {
    let policy = match policy {
        Ok(policy) => policy,
        Err(outcome) => return outcome,
    };
    let words = Words {
        rule,
        problem: |exposure| format!("lets {} call {}", exposure.who, exposure.actions),
        consequence: "A caller needs only an IAM policy of its own account.",
        unverified: admits_networks,
        rated,
        fix: Fix::OwnAccount,
    };
    match evaluate_exposures(Ok(policy), context, |analysis| &analysis.public, words) {
        Outcome::Compliant => evaluate_exposures(Ok(policy), context, |analysis| &analysis.network_bound, words),
        outcome => outcome,
    }
}

fn admits_networks(exposures: &[&Exposure]) -> String {
    let calls: Vec<String> =
        exposures.iter().map(|exposure| format!("{} call {}", exposure.who, exposure.actions)).collect();
    let admits = format!("the policy lets {}", calls.join(" and "));
    match exposures.iter().any(|exposure| matches!(exposure.who, Grantee::Network)) {
        true => format!(
            "{admits}, and does not say whose network that is; name yours in `keys.trusted_vpcs`, `keys.trusted_vpc_endpoints` or `keys.trusted_networks`"
        ),
        false => admits,
    }
}

/// The outcome of a rule about policies that admit an account or organization that is not trusted.
pub(crate) fn evaluate_foreign(
    policy: Result<&PolicyAnalysis, Outcome>,
    context: &RuleContext<'_>,
    Asking { rule, rated }: Asking,
) -> Outcome {
    let policy = match policy {
        Ok(policy) => policy,
        Err(outcome) => return outcome,
    };
    let words = Words {
        rule,
        problem: |exposure| format!("lets {} call {}", exposure.who, exposure.actions),
        consequence: &format!("Its administrators decide who uses the {}.", policy.kind.noun),
        unverified: admits_organizations,
        rated,
        fix: Fix::OnlyTrusted(&policy.trust),
    };
    evaluate_exposures(Ok(policy), context, |analysis| &analysis.foreign, words)
}

fn admits_organizations(exposures: &[&Exposure]) -> String {
    let (ids, named): (Vec<&Exposure>, Vec<&Exposure>) =
        exposures.iter().partition(|exposure| matches!(exposure.who, Grantee::UniqueId(_)));
    let is_organization =
        |exposure: &&Exposure| matches!(exposure.who, Grantee::Organization(_) | Grantee::SourceOrganization(_));
    let (organizations, accounts): (Vec<&Exposure>, Vec<&Exposure>) = named.into_iter().partition(is_organization);
    let mut clauses = Vec::new();
    if !accounts.is_empty() {
        clauses.push(format!("{}, which may belong to the organization", admits(&accounts)));
    }
    if !organizations.is_empty() {
        let whose = match organizations.len() {
            1 => "if it is yours, add it",
            _ => "add those that are yours",
        };
        clauses.push(format!("{}; {whose} to `keys.trusted_organizations`", admits(&organizations)));
    }
    if !ids.is_empty() {
        clauses.push(format!("{}, which does not show an account", admits(&ids)));
    }
    clauses.join("; ")
}
