//! KMS keys, from two sides: who may use one, and what becomes of it.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html>

use super::{Call, Configuration, Open};
use crate::arn::{self, Arn};
use crate::key::{Key, KeyRef, Rotation};
use crate::key_policy::judged;
use crate::resource::Resource;
use crate::said::{Node, Said};

/// The key that a call is about: the ARN that KMS resolved, else the one the caller named.
fn resource(call: &Call<'_>) -> Resource {
    let is_key = |arn: &Arn<'_>| arn.service == "kms" && arn.resource.starts_with("key/");
    let answered = || {
        let paths: [&[&str]; 3] = [&["replicaKeyMetadata", "arn"], &["keyMetadata", "arn"], &["keyId"]];
        let texts = paths.into_iter().filter_map(|path| call.response(path).text().said());
        texts.into_iter().find(|text| Arn::parse(text).is_some_and(|arn| is_key(&arn))).map(str::to_owned)
    };
    let named = || KeyRef::read(call.requested("keyId")?, call.place).arn;
    let listed = || call.bodies.resource_arn(is_key);
    let arn = match call.name {
        "ReplicateKey" => answered().or_else(listed), // `resources` has the primary key; the replica is new
        _ => listed().or_else(answered),
    };
    let arn = arn.or_else(named);
    let unresolved = call.requested("keyId").filter(|_| arn.is_none());
    Resource::new("AWS::KMS::Key", arn, unresolved)
}

/// Who may use or administer a key, as one call says it.
#[derive(Debug, Clone)]
pub struct KmsKeyPolicy<'a> {
    /// The account that owns the key.
    pub owner: String,
    /// The call.
    pub call: PolicyCall<'a>,
    /// The analysis of the policy, which several rules share.
    pub(crate) judged: judged::Cell,
}

/// A call that decides who may use a key.
#[derive(Debug, Clone)]
pub enum PolicyCall<'a> {
    /// `PutKeyPolicy`, `CreateKey`, `ReplicateKey`.
    Policy {
        /// The policy document: a text, rarely an object. Not said: the default policy.
        document: Node<'a>,
        /// True where the caller switched off the check against locking everybody out.
        bypass_lockout_check: bool,
        /// True for a key that an AWS service manages: its policy is not the account's to change.
        aws_managed: bool,
    },
    /// `CreateGrant`.
    Grant {
        /// The principal that receives the permissions: an ARN, an account, a service.
        grantee: Said<&'a str>,
        /// The granted operations.
        operations: Vec<&'a str>,
        /// The grant's id, as KMS answered it.
        id: Option<&'a str>,
    },
}

impl KmsKeyPolicy<'_> {
    /// Reads a call that decides who may use a key.
    pub fn read<'a>(call: &Call<'a>) -> (Resource, Configuration<'a>) {
        let resource = resource(call);
        let owner = resource.arn.as_deref().and_then(Arn::parse).map(|arn| arn.account);
        let owner = owner.filter(|account| arn::is_account(account)).unwrap_or(call.place.account).to_owned();
        let decided = match call.name {
            "CreateGrant" => PolicyCall::Grant {
                grantee: call
                    .request(&["granteePrincipal"])
                    .text()
                    .or(|| call.request(&["granteeServicePrincipal"]).text()),
                operations: match call.request(&["operations"]).said().and_then(|value| value.as_array()) {
                    Some(list) => list.iter().filter_map(|operation| operation.as_str()).collect(),
                    None => Vec::new(),
                },
                id: call.response(&["grantId"]).text().said(),
            },
            _ => PolicyCall::Policy {
                document: match call.name {
                    "ReplicateKey" if call.response(&["replicaPolicy"]).stands() => call.response(&["replicaPolicy"]),
                    _ => call.request(&["policy"]),
                },
                bypass_lockout_check: call.request(&["bypassPolicyLockoutSafetyCheck"]).flag() == Said::Said(true),
                aws_managed: call.response(&["keyMetadata", "keyManager"]).text() == Said::Said("AWS"),
            },
        };
        let judged = judged::Cell::default();
        (resource, Configuration::KmsKeyPolicy(KmsKeyPolicy { owner, call: decided, judged }))
    }
}

/// What a call does to the life of a key.
#[derive(Debug, Clone)]
pub struct KmsKeyLifecycle<'a> {
    /// The call.
    pub call: KeyCall<'a>,
    /// The key's rotation, where the call leaves it open; none where nobody looked.
    pub rotation: Option<Result<Rotation, String>>,
    /// Why it cannot be told what became of the rotation of a new key.
    pub open: Option<Open>,
}

/// A call that changes rotation, state or existence of a key.
#[derive(Debug, Clone)]
pub enum KeyCall<'a> {
    /// `CreateKey`: rotation is switched on by a second call.
    Create(Said<Key>),
    /// `EnableKeyRotation`; without a period an earlier one is kept.
    EnableRotation {
        /// Days between rotations.
        period_days: Said<i64>,
    },
    /// `DisableKeyRotation`: succeeds only on a key that can rotate.
    DisableRotation,
    /// `DisableKey`
    Disable,
    /// `ScheduleKeyDeletion`
    ScheduleDeletion {
        /// The day of deletion as KMS answered it; none for a primary key that still has replicas.
        date: Option<&'a str>,
        /// The waiting period in days.
        window_days: Option<i64>,
    },
    /// `DeleteImportedKeyMaterial`
    DeleteMaterial,
}

impl KmsKeyLifecycle<'_> {
    /// Reads a call on the life of a key.
    pub fn read<'a>(call: &Call<'a>) -> (Resource, Configuration<'a>) {
        let resource = resource(call);
        let decided = match call.name {
            "EnableKeyRotation" => {
                KeyCall::EnableRotation { period_days: call.request(&["rotationPeriodInDays"]).number() }
            }
            "DisableKeyRotation" => KeyCall::DisableRotation,
            "DisableKey" => KeyCall::Disable,
            "ScheduleKeyDeletion" => KeyCall::ScheduleDeletion {
                date: call.response(&["deletionDate"]).text().said(),
                window_days: call
                    .response(&["pendingWindowInDays"])
                    .number()
                    .said()
                    .or_else(|| call.request(&["pendingWindowInDays"]).number().said()),
            },
            "DeleteImportedKeyMaterial" => KeyCall::DeleteMaterial,
            _ => {
                let answered = Key::read(call.response(&["keyMetadata"])).map(Said::Said);
                KeyCall::Create(answered.unwrap_or_else(|| requested(call, &resource)))
            }
        };
        (resource, Configuration::KmsKeyLifecycle(KmsKeyLifecycle { call: decided, rotation: None, open: None }))
    }

    /// True for a new key that can rotate: a second call switches its rotation on.
    pub fn settles(&self) -> bool {
        matches!(&self.call, KeyCall::Create(Said::Said(key)) if key.cannot_rotate().is_none())
    }

    /// True where `GetKeyRotationStatus` would tell more.
    pub fn is_open(&self) -> bool {
        matches!(self.call, KeyCall::EnableRotation { period_days: Said::NotSaid }) || self.settles()
    }
}

/// The key that a `CreateKey` asks for. KMS writes its defaults into the recorded request, so that
/// the request tells as much as the answer.
fn requested(call: &Call<'_>, resource: &Resource) -> Said<Key> {
    let text = |name: &str, default: &str| call.requested(name).unwrap_or(default).to_owned();
    call.bodies.request().map(|_| Key {
        arn: resource.arn.clone().unwrap_or_default(),
        aws_managed: false,
        state: Some("Enabled".to_owned()),
        spec: Some(text("keySpec", &text("customerMasterKeySpec", "SYMMETRIC_DEFAULT"))),
        usage: Some(text("keyUsage", "ENCRYPT_DECRYPT")),
        origin: Some(text("origin", "AWS_KMS")),
        replica: false,
    })
}
