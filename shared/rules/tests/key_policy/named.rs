//! Whether an analysis names a caller whom the policy admits.

use super::evaluator::{Caller, KEY, Request};
use super::generator::{self, Dice, FOREIGN, OWN, OWN_ORG, SIBLING, THIRD, TRIED, organization};
use sealwatch_rules::key_policy::{Analysis, Exposure, Grantee, Owner, Policy, Trust, analyze};
use serde_json::Value;

pub(crate) fn owner() -> Owner {
    Owner {
        account: OWN.to_owned(),
        region: "eu-west-1".to_owned(),
        partition: "aws".to_owned(),
        resource: Some(KEY.to_owned()),
    }
}

pub(crate) fn analysis_of(policy: &Value) -> Analysis {
    analysis_with_trust(policy, &Trust::default())
}

pub(crate) fn analysis_with_trust(policy: &Value, trust: &Trust) -> Analysis {
    analyze(&Policy::parse(&policy.to_string()).unwrap(), &owner(), trust)
}

/// True if the analysis names this caller with this operation.
pub(crate) fn names(analysis: &Analysis, request: &Request) -> bool {
    let with_action = |exposure: &&Exposure| exposure.actions.contains(request.action);
    if analysis.public.iter().any(|exposure| with_action(&exposure)) {
        return true;
    }
    let network =
        ["aws:sourceip", "aws:sourcevpce", "kms:nosuchkey"].iter().any(|key| request.context.contains_key(*key));
    if network && analysis.network_bound.iter().any(|exposure| with_action(&exposure)) {
        return true;
    }
    let value = |key: &str| request.context.get(key).map(|values| values[0].as_str());
    let foreign = analysis.foreign.iter().filter(with_action);
    match &request.caller {
        Caller::Identity { account, arn, session } => foreign.into_iter().any(|exposure| match &exposure.who {
            Grantee::Account(named) => named == account,
            Grantee::Identity(named) => named == arn || Some(named) == session.as_ref(),
            Grantee::Organization(named) => value("aws:principalorgid").is_some_and(|id| is_organization(named, id)),
            Grantee::UniqueId(named) => value("aws:userid").is_some_and(|id| id.split(':').next() == Some(named)),
            _ => false,
        }),
        Caller::Service { name } => {
            let customer = value("kms:calleraccount").unwrap();
            analysis.unbound_services.iter().filter(with_action).any(|exposure| match &exposure.who {
                Grantee::Service(named) => {
                    named == "*" || request.context["aws:principalservicenameslist"].contains(named) || named == name
                }
                _ => false,
            }) || foreign.into_iter().any(|exposure| match &exposure.who {
                Grantee::SourceAccount(named) => named == customer,
                Grantee::SourceOrganization(named) => {
                    organization(customer).is_some_and(|id| is_organization(named, id))
                }
                _ => false,
            })
        }
    }
}

/// True if an exposure names the organization, whose id is `id`.
fn is_organization(named: &str, id: &str) -> bool {
    named == id || named == OWN_VARIABLE && id == OWN_ORG
}

/// How the analysis names the organization of the key, whose id it does not know.
pub(crate) const OWN_VARIABLE: &str = "${aws:ResourceOrgID}";

pub(crate) fn foreign_request(dice: &mut Dice) -> Request {
    let account = dice.pick(&[FOREIGN, THIRD, SIBLING]);
    let action = dice.pick(TRIED);
    if dice.one_in(3) { generator::service(dice, account, action) } else { generator::identity(dice, account, action) }
}
