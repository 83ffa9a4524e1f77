//! Who may use or administer a KMS key: key policies and grants.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateGrant` | grantee, operations and constraints | `kms:GetKeyPolicy` if a foreign account is the grantee; `organizations:ListAccounts` if the settings trust the organization and that decides | immediately |
//! | `CreateKey` | the policy, or that it is the default policy | `organizations:ListAccounts` if the settings trust the organization and that decides | immediately |
//! | `DeleteKey` | the key is gone, and its policy with it, in a service event | nothing | with a ledger, immediately |
//! | `KMS CMK Deletion` | the same as `DeleteKey`, in an event that KMS sends to EventBridge itself | nothing | with a ledger, immediately |
//! | `PutKeyPolicy` | the policy | `organizations:ListAccounts` if the settings trust the organization and that decides | immediately |
//! | `ReplicateKey` | the policy of the replica | `organizations:ListAccounts` if the settings trust the organization and that decides | immediately |
//! | `RetireGrant` | this grant is gone; KMS adds its id in `additionalEventData` | nothing | with a ledger, immediately |
//! | `RevokeGrant` | this grant is gone | nothing | with a ledger, immediately |

mod analysis;
mod kms_grant_every_operation;
mod kms_grant_to_foreign_account;
mod kms_key_policy_account_wide;
mod kms_key_policy_broad_service;
mod kms_key_policy_foreign_account;
mod kms_key_policy_lockout;
mod kms_key_policy_mixed_duties;
mod kms_key_policy_public;
mod kms_key_policy_unbound_service;
mod kms_key_policy_unbounded_grants;
mod remediation;

use crate::cloudtrail::field::Field;
use crate::cloudtrail::kms_event;
use crate::configuration::key::KeyRef;
use crate::configuration::kms_key::{KmsKeyPolicy, PolicyCall};
use crate::configuration::resource::Resource;
use crate::engine::configuration::Configuration;
use crate::engine::context::{RuleContext, Seen};
use crate::engine::detector::{Detector, Permission, allow, call, deleting, eventbridge_event, service_event};
use crate::engine::existing::{Existing, Listing, Of};
use crate::engine::facts::Facts;
use crate::engine::finding::Finding;
use crate::engine::lookup::Lookup;
use crate::engine::outcome::Outcome;
use crate::engine::rule::Rule;
use crate::rules::keys::{DESCRIBE_KEY, LIST_KEYS, NEXT_MARKER, listed_key};
use crate::rules::kms_key_policy::analysis::{GET_KEY_POLICY, Subject, nothing_to_evaluate};
use crate::rules::resource_policy::LIST_ACCOUNTS;

/// The owner of the key is the account of the record.
const READ_KEY_POLICY: Permission = allow(GET_KEY_POLICY, "arn:{partition}:kms:{region}:{account}:key/*").by("KeyId");

/// Calls that decide who may use a key.
pub static DETECTOR: Detector = Detector {
    name: "kms-key-policy",
    event_source: "kms.amazonaws.com",
    calls: &[call("CreateGrant"), call("CreateKey"), call("PutKeyPolicy"), call("ReplicateKey")],
    closing: &[
        deleting(service_event("DeleteKey")),
        deleting(eventbridge_event(kms_event::DELETED)),
        deleting(call("RetireGrant")),
        deleting(call("RevokeGrant")),
    ],
    permissions: &[READ_KEY_POLICY, LIST_ACCOUNTS],
    read: |call| {
        let (resource, policy) = KmsKeyPolicy::read(call);
        (resource, Box::new(Subject::new(policy)))
    },
    cli_outputs: &[],
    rules: &[
        &kms_grant_every_operation::RULE,
        &kms_grant_to_foreign_account::RULE,
        &kms_key_policy_account_wide::RULE,
        &kms_key_policy_broad_service::RULE,
        &kms_key_policy_foreign_account::RULE,
        &kms_key_policy_lockout::RULE,
        &kms_key_policy_mixed_duties::RULE,
        &kms_key_policy_public::RULE,
        &kms_key_policy_unbound_service::RULE,
        &kms_key_policy_unbounded_grants::RULE,
    ],
};

/// The policies of existing keys.
pub(super) static KEYS: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_KEYS,
    described_by: None,
    permissions: &[DESCRIBE_KEY, READ_KEY_POLICY, LIST_ACCOUNTS],
    is_policy: false,
    read: |entry| {
        let key = resource(listed_key(entry)?);
        let policy = KmsKeyPolicy::existing(&key, entry.scope);
        Some((key, Box::new(Subject::new(policy))))
    },
};

/// The grants of a key.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html>
static LIST_GRANTS: Listing = Listing {
    permission: allow("kms:ListGrants", "arn:{partition}:kms:{region}:{account}:key/*"),
    parameters: r#"{"Limit": 100}"#,
    entries: "Grants",
    next: Some(NEXT_MARKER),
    of: Some(Of {
        listing: &LIST_KEYS,
        member: "KeyArn",
        parameter: "KeyId",
        asks: |entry| listed_key(entry).is_some(),
    }),
};

/// Existing grants. A key has many, and each is a part of its own.
pub(super) static GRANTS: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_GRANTS,
    described_by: None,
    permissions: &[READ_KEY_POLICY, LIST_ACCOUNTS],
    is_policy: false,
    read: |entry| {
        let key = resource(&KeyRef::read(entry.text("KeyId")?, entry.scope).arn?).with_part(entry.text("GrantId"));
        let grant = KmsKeyPolicy::from_grant(Field::Present(entry.value), &key, entry.scope);
        Some((key, Box::new(Subject::new(grant))))
    },
};

fn resource(arn: &str) -> Resource {
    Resource::new("AWS::KMS::Key", Some(arn.to_owned()), None)
}

/// Rules whose violations stay, whatever a policy allows in addition. An additional Allow can give an identity the whole
/// administration of the key, which `kms-key-policy-unbounded-grants` accepts, and control to the account.
const ADDING: [&Rule; 6] = [
    &kms_key_policy_account_wide::RULE,
    &kms_key_policy_broad_service::RULE,
    &kms_key_policy_foreign_account::RULE,
    &kms_key_policy_mixed_duties::RULE,
    &kms_key_policy_public::RULE,
    &kms_key_policy_unbound_service::RULE,
];

/// True if a finding holds even if the policy has more Allows than are known.
pub fn holds_with_more_allows(finding: &Finding<'_>) -> bool {
    match finding.outcome {
        Outcome::Violation(_) => ADDING.iter().any(|rule| rule.id == finding.rule.id),
        // more Allows never take control from the account
        Outcome::Compliant => finding.rule.id == kms_key_policy_lockout::RULE.id,
        _ => false,
    }
}

impl Configuration for Subject {
    /// A new analysis for each evaluation, because it depends on facts and settings.
    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        let is_scan = context.seen == Seen::Scan;
        if is_scan && matches!(self.policy.call, PolicyCall::Policy { .. }) {
            return Some(Box::new(Subject::existing(&self.policy, context)));
        }
        let mut subject = Subject::new(self.policy.clone());
        subject.needs_key_policy = kms_grant_to_foreign_account::needs_key_policy(&self.policy, context);
        subject.decided = if is_scan { nothing_to_evaluate(context) } else { None };
        Some(Box::new(subject))
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        let calls = [(self.needs_key, DESCRIBE_KEY.action), (self.needs_key_policy, GET_KEY_POLICY)];
        calls.into_iter().filter(|(needed, _)| *needed).map(|(_, call)| Lookup::new(call, arn)).collect()
    }

    fn depends_on_organization(&self, context: &RuleContext<'_>) -> bool {
        kms_grant_to_foreign_account::depends_on_organization(&self.policy, context)
            || self.analysis(context).is_ok_and(|policy| policy.asks_for_organization)
    }
}

#[cfg(test)]
mod tests;
