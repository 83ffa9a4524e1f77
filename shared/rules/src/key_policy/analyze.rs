//! The analysis of one policy, step by step.

use super::analysis::Analysis;
use super::deny::Denials;
use super::document::Policy;
use super::owner::{Owner, Trust};
use super::service::Service;
use super::{exposures, lockout, permission, remarks, statement};
use std::borrow::Cow;

/// Analyzes the policy of a resource.
pub fn analyze(policy: &Policy, owner: &Owner, trust: &Trust) -> Analysis {
    let mut policy = Cow::Borrowed(policy);
    if policy.has_variables() {
        policy = Cow::Owned(policy.with_variable("aws:resourceaccount", &owner.account));
    }
    if matches!(policy.service, Service::CloudTrail | Service::Msk) {
        let context = policy.context(owner, trust);
        for statement in &mut policy.to_mut().statements {
            statement.actions = statement::actions_on_resources(statement, context);
        }
    }
    analyze_resolved(&policy, owner, trust)
}

fn analyze_resolved(policy: &Policy, owner: &Owner, trust: &Trust) -> Analysis {
    let context = policy.context(owner, trust);
    let denials = Denials::read(&policy.statements, context);
    let mut permissions = Vec::new();
    let mut ineffective_conditions = Vec::new();
    let mut remarks: Vec<_> = remarks::about_document(policy).collect();
    for (index, statement) in policy.statements.iter().enumerate() {
        remarks.extend(remarks::about_statement(statement, index, context));
        if !statement.is_allow() || statement::no_effect_reason(statement, context).is_some() {
            continue;
        }
        let ineffective = permission::read(statement, index, context, &denials, &mut permissions);
        remarks.extend(ineffective.iter().filter_map(|condition| remarks::about_condition(statement, *condition)));
        ineffective_conditions.extend(ineffective);
    }
    let mut analysis = Analysis {
        public: exposures::public(&permissions),
        network_bound: exposures::network_bound(&permissions, policy),
        foreign: exposures::foreign(&permissions, owner, trust),
        remarks,
        ineffective_conditions,
        ..Analysis::default()
    };
    if policy.service == Service::Kms {
        analysis = Analysis {
            account_wide: exposures::account_wide(&permissions, owner),
            unbound_services: exposures::unbound_services(&permissions),
            broad_services: exposures::broad_services(&permissions),
            unbounded_grants: exposures::unbounded_grants(&permissions, owner, trust),
            mixed_duties: exposures::mixed_duties(&permissions, owner),
            lockout: lockout::analyze(policy, &permissions, context),
            ..analysis
        };
    }
    if !owner.is_known() {
        let Analysis { foreign, account_wide, unbounded_grants, mixed_duties, .. } = &mut analysis;
        for exposure in [foreign, account_wide, unbounded_grants, mixed_duties].into_iter().flatten() {
            exposure.unverified = true;
        }
    }
    analysis
}
