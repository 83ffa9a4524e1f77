//! The two questions about every policy: does it admit everyone, and does it admit an account that is not trusted?

use crate::engine::context::RuleContext;
use crate::engine::outcome::Outcome;
use crate::engine::rule::Rule;
use crate::key_policy::{Exposure, Fix, Grantee};
use crate::language::{Text, text};
use crate::rules::resource_policy::analysis::PolicyAnalysis;
use crate::rules::resource_policy::report::{Words, admits, evaluate_exposures};

/// The rule that asks, and why the severity of an exposure differs from that of the rule: a clause.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    pub(crate) rule: &'static Rule,
    pub(crate) rated: fn(&Exposure) -> Text,
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
        problem: lets,
        consequence: |_| Text::literal("A caller needs only an IAM policy of its own account."),
        unverified: admits_networks,
        rated,
        fix: Fix::OwnAccount,
    };
    match evaluate_exposures(Ok(policy), context, |analysis| &analysis.public, words) {
        Outcome::Compliant => evaluate_exposures(Ok(policy), context, |analysis| &analysis.network_bound, words),
        outcome => outcome,
    }
}

/// Completes "The policy of the … `x` …".
pub(crate) fn lets(exposure: &Exposure) -> Text {
    text!("lets {who} call {actions}", who = exposure.who.text(), actions = exposure.actions.text())
}

fn admits_networks(exposures: &[&Exposure]) -> Text {
    let call = |exposure: &&Exposure| {
        text!("{who} call {actions}", who = exposure.who.text(), actions = exposure.actions.text())
    };
    let calls = Text::literal(" and ").join(exposures.iter().map(call));
    match exposures.iter().any(|exposure| matches!(exposure.who, Grantee::Network)) {
        true => text!(
            "the policy lets {calls}, and does not say whose network that is; name yours in `keys.trusted_vpcs`, `keys.trusted_vpc_endpoints` or `keys.trusted_networks`",
            calls
        ),
        false => text!("the policy lets {calls}", calls),
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
        problem: lets,
        consequence: |kind| text!("Its administrators decide who uses the {noun}.", noun = &kind.noun),
        unverified: admits_organizations,
        rated,
        fix: Fix::OnlyTrusted(&policy.trust),
    };
    evaluate_exposures(Ok(policy), context, |analysis| &analysis.foreign, words)
}

fn admits_organizations(exposures: &[&Exposure]) -> Text {
    let (ids, named): (Vec<&Exposure>, Vec<&Exposure>) =
        exposures.iter().partition(|exposure| matches!(exposure.who, Grantee::UniqueId(_)));
    let is_organization =
        |exposure: &&Exposure| matches!(exposure.who, Grantee::Organization(_) | Grantee::SourceOrganization(_));
    let (organizations, accounts): (Vec<&Exposure>, Vec<&Exposure>) = named.into_iter().partition(is_organization);
    let mut clauses = Vec::new();
    if !accounts.is_empty() {
        clauses.push(text!("{admits}, which may belong to the organization", admits = admits(&accounts)));
    }
    match organizations.len() {
        0 => {}
        1 => clauses.push(text!(
            "{admits}; if it is yours, add it to `keys.trusted_organizations`",
            admits = admits(&organizations)
        )),
        _ => clauses.push(text!(
            "{admits}; add those that are yours to `keys.trusted_organizations`",
            admits = admits(&organizations)
        )),
    }
    if !ids.is_empty() {
        clauses.push(text!("{admits}, which does not show an account", admits = admits(&ids)));
    }
    Text::literal("; ").join(clauses)
}
