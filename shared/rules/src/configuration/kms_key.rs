//! KMS keys: who may use them, and their life from creation to deletion.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html>

use serde_json::{Value, json};

use crate::aws::account::{is_account, is_service};
use crate::aws::arn::Arn;
use crate::cloudtrail::field::{Field, Node};
use crate::cloudtrail::kms_event;
use crate::configuration::call::Call;
use crate::configuration::key::{Key, KeyEnd, KeyRef, Rotation, Scope};
use crate::configuration::resource::Resource;
use crate::configuration::resource_policy::policy_text;
use crate::configuration::unresolved::Unresolved;
use crate::language::Text;

/// The key that a call is about: the ARN that KMS resolved, or else the one that the caller named.
fn resource(call: &Call<'_>) -> Resource {
    let is_key = |arn: &Arn<'_>| arn.service == "kms" && arn.resource.starts_with("key/");
    let answered = || {
        let paths: [&[&str]; 3] = [&["replicaKeyMetadata", "arn"], &["keyMetadata", "arn"], &["keyId"]];
        let texts = paths.into_iter().filter_map(|path| call.response(path).text().value());
        texts.into_iter().find(|text| Arn::parse(text).is_some_and(|arn| is_key(&arn))).map(str::to_owned)
    };
    // the record of what KMS does by itself has no request
    let details = call.payload.service_details();
    let detail = |name| Field::Present(&details).get(name).text().value();
    let given = call.requested("keyId").or_else(|| detail("keyId")).or_else(|| detail("key-id"));
    let named = || KeyRef::read(given?, call.scope).arn;
    let listed = || call.payload.resource_arn(is_key);
    let arn = match call.name {
        // `resources` and the request name the primary key; the replica has the same id in another Region
        "ReplicateKey" => answered().or_else(|| in_region(&listed().or_else(named)?, call.requested("replicaRegion")?)),
        _ => listed().or_else(answered).or_else(named),
    };
    let unresolved = given.filter(|_| arn.is_none());
    Resource::new("AWS::KMS::Key", arn, unresolved)
}

/// The ARN of a key in another Region.
fn in_region(arn: &str, region: &str) -> Option<String> {
    let Arn { partition, service, account, resource, .. } = Arn::parse(arn)?;
    Some(format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
}

/// Who may use or administer a key according to one call.
#[derive(Debug, Clone)]
pub(crate) struct KmsKeyPolicy {
    /// The account that owns the key.
    pub owner: String,
    /// `KeyUsage`, if the record shows it.
    pub usage: Option<String>,
    /// The call.
    pub call: PolicyCall,
}

/// A call that decides who may use a key.
#[derive(Debug, Clone)]
pub(crate) enum PolicyCall {
    /// `PutKeyPolicy`, `CreateKey`, `ReplicateKey`, or the policy of a key that exists.
    Policy {
        /// The policy document as JSON text; absent means the default policy.
        document: Field<String>,
        /// True if the caller bypassed the lockout safety check.
        bypass_lockout_check: bool,
        /// True for a key that an AWS service manages: the account cannot change its policy.
        aws_managed: bool,
    },
    /// `CreateGrant`, or a grant that exists.
    Grant {
        /// The principal that receives the permissions: an ARN, an account, a service.
        grantee: Field<String>,
        /// The granted operations.
        operations: Field<Vec<String>>,
        /// True if a constraint limits the grant to an encryption context or a source. Absent means none.
        constrained: Field<bool>,
        /// The id of the grant, from the response or the list.
        id: Option<String>,
        /// The AWS service that created it, if the record or the list shows that.
        service: Option<String>,
        /// The resource of a service to whose encryption context the grant is limited: the name of the pair, and its value.
        context: Option<(String, String)>,
        /// The AWS service that retires it.
        retired_by: Option<String>,
    },
    /// `RetireGrant`, `RevokeGrant`: this grant ends, if the record shows which.
    GrantEnded(Option<String>),
    /// KMS deleted the key.
    KeyDeleted,
}

impl KmsKeyPolicy {
    /// Reads a call that decides who may use a key.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, KmsKeyPolicy) {
        let mut resource = resource(call);
        let owner = owner(&resource, call.scope);
        let decided = match call.name {
            "CreateGrant" => {
                let id = call.response(&["grantId"]).text().value();
                resource = resource.with_part(id);
                grant(call.payload.request(), id, call.payload.service())
            }
            "RetireGrant" | "RevokeGrant" => {
                let id = ended_grant(call);
                // without its id, it is an unknown part: the key itself is still there
                resource = resource.with_part(Some(id.as_deref().unwrap_or_default()));
                PolicyCall::GrantEnded(id)
            }
            "DeleteKey" | kms_event::DELETED => PolicyCall::KeyDeleted,
            _ => PolicyCall::Policy {
                document: document(call),
                bypass_lockout_check: call.request(&["bypassPolicyLockoutSafetyCheck"]).flag() == Field::Present(true),
                aws_managed: call.response(&["keyMetadata", "keyManager"]).text() == Field::Present("AWS"),
            },
        };
        let answered = |metadata| call.response(&[metadata, "keyUsage"]).text().value();
        let usage = answered("keyMetadata").or_else(|| answered("replicaKeyMetadata")).or(call.requested("keyUsage"));
        (resource, KmsKeyPolicy { owner, usage: usage.map(str::to_owned), call: decided })
    }

    /// The policy of a key that exists, of which nothing is known yet.
    pub(crate) fn existing(resource: &Resource, scope: Scope<'_>) -> KmsKeyPolicy {
        let document = Field::Absent;
        let call = PolicyCall::Policy { document, bypass_lockout_check: false, aws_managed: false };
        KmsKeyPolicy { owner: owner(resource, scope), usage: None, call }
    }

    /// The same with what `GetKeyPolicy` answered.
    pub(crate) fn with_policy(&self, answer: Node<'_>) -> KmsKeyPolicy {
        let document = policy_text(answer.get("policy"));
        let call = PolicyCall::Policy { document, bypass_lockout_check: false, aws_managed: false };
        KmsKeyPolicy { call, ..self.clone() }
    }

    /// Reads an entry of `ListGrants`.
    pub(crate) fn from_grant(entry: Node<'_>, resource: &Resource, scope: Scope<'_>) -> KmsKeyPolicy {
        let call = grant(entry, entry.get("GrantId").text().value(), made_by(entry).map(str::to_owned));
        KmsKeyPolicy { owner: owner(resource, scope), usage: None, call }
    }

    /// The text of the policy that the call puts in force, if the record shows it.
    pub(crate) fn policy_in_force(self, call: &str, partition: &str) -> Option<String> {
        match self.call {
            PolicyCall::Policy { document: Field::Present(text), .. } => Some(text),
            PolicyCall::Policy { document: Field::Absent, .. } if creates_key(call) => {
                Some(default_policy(&self.owner, partition))
            }
            _ => None,
        }
    }
}

/// The account that owns a key.
fn owner(key: &Resource, scope: Scope<'_>) -> String {
    let owner = key.arn.as_deref().and_then(Arn::parse).map(|arn| arn.account);
    owner.filter(|account| is_account(account)).unwrap_or(scope.account).to_owned()
}

/// The grant that a call ends. `RetireGrant` may name it by a token, which no record shows: KMS adds the id.
///
/// - <https://docs.aws.amazon.com/kms/latest/developerguide/ct-revoke-grant.html>
/// - <https://docs.aws.amazon.com/kms/latest/developerguide/ct-retire-grant.html>
fn ended_grant(call: &Call<'_>) -> Option<String> {
    let additional = call.payload.additional();
    let added = Field::Present(&additional).get("grantId").text().value();
    call.requested("grantId").or(added.filter(|id| !id.is_empty())).map(str::to_owned)
}

/// What a grant allows: the request of `CreateGrant`, or an entry of `ListGrants`.
fn grant(grant: Node<'_>, id: Option<&str>, service: Option<String>) -> PolicyCall {
    PolicyCall::Grant {
        grantee: grantee(grant).map(str::to_owned),
        operations: match grant.get("operations") {
            Field::Present(Value::Array(list)) => {
                let names = list.iter().map(|name| Field::Present(name).text().value().map(str::to_owned));
                names.collect::<Option<_>>().map_or(Field::Redacted, Field::Present)
            }
            Field::Present(_) => Field::Redacted,
            missing => missing.map(|_| Vec::new()),
        },
        constrained: constrained(grant),
        id: id.map(str::to_owned),
        service,
        context: context_of_a_service(grant),
        retired_by: retired_by(grant).map(str::to_owned),
    }
}

fn grantee(grant: Node<'_>) -> Field<&str> {
    grant.get("granteePrincipal").text().or(|| grant.get("granteeServicePrincipal").text())
}

/// Whether a grant is constrained. An empty constraint limits nothing.
fn constrained(grant: Node<'_>) -> Field<bool> {
    let constraints = match grant.get("constraints") {
        Field::Present(Value::Object(_)) => grant.get("constraints"),
        Field::Present(_) => return Field::Redacted,
        missing => return missing.map(|_| false).or(|| Field::Present(false)),
    };
    let limits = |name: &&str| match constraints.get(name) {
        Field::Present(Value::Object(context)) => !context.is_empty(),
        constraint => constraint.is_present(),
    };
    Field::Present(["encryptionContextEquals", "encryptionContextSubset", "sourceArn"].iter().any(limits))
}

/// The first pair of a service in the encryption context that a grant is limited to, for example `aws:ebs:id`.
///
/// - <https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html>
/// - <https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html>
fn context_of_a_service(grant: Node<'_>) -> Option<(String, String)> {
    let constraints = ["encryptionContextSubset", "encryptionContextEquals"].into_iter();
    constraints.filter_map(|kind| grant.at(&["constraints", kind]).value()?.as_object()).find_map(|pairs| {
        let (name, value) = pairs.iter().find(|(name, _)| name.starts_with("aws:"))?;
        Some((name.clone(), value.as_str().unwrap_or_default().to_owned()))
    })
}

/// The service that retires a grant. Records of services have it in `retiringPrincipal`.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2one.html>
fn retired_by(grant: Node<'_>) -> Option<&str> {
    let names = ["retiringPrincipal", "retiringServicePrincipal"].into_iter();
    names.filter_map(|name| grant.get(name).text().value()).find(|name| is_service(name))
}

/// The service that made a grant, if an entry of `ListGrants` shows that: it does not name the caller.
///
/// Customers cannot name a service in `RetiringPrincipal`. They can in `RetiringServicePrincipal`, but a grant to a
/// service-linked role that the service retires is for nobody else. EC2 retires the grants for volumes as the account.
///
/// - <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html>
/// - <https://docs.aws.amazon.com/kms/latest/developerguide/determining-access-grants.html>
fn made_by(entry: Node<'_>) -> Option<&str> {
    let grantee = grantee(entry).value().unwrap_or_default();
    let named = |name: &str| entry.get(name).text().value().filter(|name| is_service(name));
    let retires = || named("RetiringServicePrincipal").filter(|_| is_service_linked_role(grantee));
    let ec2 = || is_infrastructure(grantee).then_some("ec2.amazonaws.com");
    named("RetiringPrincipal").or_else(retires).or_else(ec2)
}

/// True for a role that only an AWS service can assume and whose name starts as no other may.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html>
pub(crate) fn is_service_linked_role(principal: &str) -> bool {
    Arn::parse(principal).is_some_and(|arn| arn.resource.starts_with("role/aws-service-role/"))
}

/// Between account and instance in the older form of the grantee: `111122223333:aws:ec2-infrastructure:i-0123456789abcdef0`.
pub(crate) const INFRASTRUCTURE: &str = ":aws:ec2-infrastructure:";

/// True for the role in which EC2 decrypts the volumes of an instance, in its older and its present form. Customers cannot
/// create a role with a colon in its name.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2one.html>
pub(crate) fn is_infrastructure(grantee: &str) -> bool {
    let role = Arn::parse(grantee).and_then(|arn| arn.resource.split('/').nth(1));
    grantee.contains(INFRASTRUCTURE) || role.is_some_and(|role| role.starts_with("aws:"))
}

/// True for a call that gives a new key the default policy if the request names none.
pub(crate) fn creates_key(call: &str) -> bool {
    matches!(call, "CreateKey" | "ReplicateKey")
}

/// The policy of a new key if the request names none.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
fn default_policy(account: &str, partition: &str) -> String {
    let root = format!("arn:{partition}:iam::{account}:root");
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// The policy that a call puts in force.
fn document(call: &Call<'_>) -> Field<String> {
    let node = match call.name {
        "ReplicateKey" if call.response(&["replicaPolicy"]).is_present() => call.response(&["replicaPolicy"]),
        _ => call.request(&["policy"]),
    };
    policy_text(node)
}

/// What a call does to the life of a key.
#[derive(Debug, Clone)]
pub(crate) struct KmsKeyLifecycle {
    /// The call.
    pub call: KeyCall,
    /// The key's rotation, or why it is not known; `None` if the call decides it or it was not looked up.
    pub rotation: Option<Result<Rotation, Text>>,
    /// Why a look-up did not show the rotation of a new key.
    pub unresolved: Option<Unresolved>,
}

/// A call that changes the rotation, state or existence of a key.
#[derive(Debug, Clone)]
pub(crate) enum KeyCall {
    /// None: the key exists. `None` until it is looked up.
    Existing(Option<Key>),
    /// `CreateKey`: a second call enables rotation.
    Create(Field<Key>),
    /// `EnableKeyRotation`: without a period it keeps an earlier one.
    EnableRotation {
        /// Days between rotations.
        period_days: Field<i64>,
    },
    /// `DisableKeyRotation`: succeeds only on a key that can rotate.
    DisableRotation,
    /// `DisableKey`
    Disable,
    /// `EnableKey`
    Enable,
    /// `CancelKeyDeletion`, which leaves the key disabled.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html>
    CancelDeletion,
    /// `ScheduleKeyDeletion`
    ScheduleDeletion {
        /// The day of deletion, from the response; `None` for a primary key that still has replicas.
        date: Option<String>,
        /// The waiting period in days.
        window_days: Option<i64>,
    },
    /// `DeleteImportedKeyMaterial`, or what KMS says when it deletes expired material.
    DeleteMaterial {
        /// True if the material expired.
        expired: bool,
    },
    /// `ImportKeyMaterial`
    ImportMaterial {
        /// `expirationModel`; the API's default is `KEY_MATERIAL_EXPIRES`.
        expiration: Field<String>,
        /// When the material expires, as the record writes it.
        valid_to: Field<String>,
        /// True for new material, which the key has in addition to what it had before.
        added: bool,
    },
    /// KMS deleted the key at the end of its waiting period.
    Deleted,
    /// KMS rotated the key.
    Rotated {
        /// False if somebody called `RotateKeyOnDemand`.
        automatic: bool,
    },
}

impl KmsKeyLifecycle {
    /// Reads a call on the life of a key.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, KmsKeyLifecycle) {
        let resource = resource(call);
        let decided = match call.name {
            "EnableKeyRotation" => {
                KeyCall::EnableRotation { period_days: call.request(&["rotationPeriodInDays"]).number() }
            }
            "DisableKeyRotation" => KeyCall::DisableRotation,
            "DisableKey" => KeyCall::Disable,
            "EnableKey" => KeyCall::Enable,
            "CancelKeyDeletion" => KeyCall::CancelDeletion,
            "ScheduleKeyDeletion" => KeyCall::ScheduleDeletion {
                date: call.response(&["deletionDate"]).text().value().map(str::to_owned),
                window_days: call
                    .response(&["pendingWindowInDays"])
                    .number()
                    .value()
                    .or_else(|| call.request(&["pendingWindowInDays"]).number().value()),
            },
            "DeleteImportedKeyMaterial" => KeyCall::DeleteMaterial { expired: false },
            "DeleteExpiredKeyMaterial" | kms_event::EXPIRED => KeyCall::DeleteMaterial { expired: true },
            "ImportKeyMaterial" => KeyCall::ImportMaterial {
                expiration: call.request(&["expirationModel"]).text().map(str::to_owned),
                valid_to: call.request(&["validTo"]).text().map(str::to_owned),
                added: call.requested("importType") == Some("NEW_KEY_MATERIAL"),
            },
            "DeleteKey" | kms_event::DELETED => KeyCall::Deleted,
            "RotateKey" | kms_event::ROTATED => {
                let details = call.payload.service_details();
                let told = |name| Field::Present(&details).get(name).text() == Field::Present("AUTOMATIC");
                KeyCall::Rotated { automatic: told("rotationType") || told("rotation-type") }
            }
            _ => {
                let answered = Key::read(call.response(&["keyMetadata"])).map(Field::Present);
                KeyCall::Create(answered.unwrap_or_else(|| requested(call, &resource)))
            }
        };
        (resource, KmsKeyLifecycle { call: decided, rotation: None, unresolved: None })
    }

    /// A key that exists, of which nothing is known yet.
    pub(crate) fn existing() -> KmsKeyLifecycle {
        KmsKeyLifecycle { call: KeyCall::Existing(None), rotation: None, unresolved: None }
    }

    /// True for a new key that can rotate: a second call enables its rotation.
    pub(crate) fn is_new_and_can_rotate(&self) -> bool {
        matches!(&self.call, KeyCall::Create(Field::Present(key)) if key.cannot_rotate().is_none())
    }

    /// True if `GetKeyRotationStatus` can fill in what the call leaves out.
    pub(crate) fn is_incomplete(&self) -> bool {
        matches!(self.call, KeyCall::EnableRotation { period_days: Field::Absent }) || self.is_new_and_can_rotate()
    }
}

/// The key that a `CreateKey` requests. KMS writes its defaults into the recorded request, so the request says as much as
/// the response.
fn requested(call: &Call<'_>, resource: &Resource) -> Field<Key> {
    let text = |name: &str, default: &str| call.requested(name).unwrap_or(default).to_owned();
    call.payload.request().map(|_| Key {
        arn: resource.arn.clone().unwrap_or_default(),
        aws_managed: false,
        state: Some("Enabled".to_owned()),
        spec: Some(text("keySpec", &text("customerMasterKeySpec", "SYMMETRIC_DEFAULT"))),
        usage: Some(text("keyUsage", "ENCRYPT_DECRYPT")),
        origin: Some(text("origin", "AWS_KMS")),
        key_store: call.requested("customKeyStoreId").map(str::to_owned),
        replica: false,
        end: KeyEnd::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::testing::with_call;
    use serde_json::json;

    #[test]
    fn the_key_is_the_one_that_kms_names_before_the_one_that_the_caller_names() {
        const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k-1";
        const REPLICA: &str = "arn:aws:kms:sa-east-1:111122223333:key/k-1";
        const ALIAS: &str = "arn:aws:kms:eu-west-1:111122223333:alias/orders";
        const OTHER: &str = "arn:aws:payment-cryptography:eu-west-1:111122223333:key/p-1";
        let listed = |arn: &str| json!([{"ARN": arn}]);
        for (name, record, want) in [
            ("PutKeyPolicy", json!({"resources": [{"ARN": ALIAS}, {"ARN": OTHER}, {"ARN": KEY}]}), Some(KEY)),
            ("PutKeyPolicy", json!({"resources": listed(ALIAS), "requestParameters": {"keyId": "k-1"}}), Some(KEY)),
            ("PutKeyPolicy", json!({"resources": listed(OTHER), "responseElements": {"keyId": KEY}}), Some(KEY)),
            ("PutKeyPolicy", json!({"requestParameters": {"keyId": "alias/orders"}}), Some(ALIAS)),
            ("PutKeyPolicy", json!({"responseElements": {"keyId": OTHER}}), None),
            ("CreateKey", json!({"responseElements": {"keyMetadata": {"arn": KEY}}}), Some(KEY)),
            ("RotateKey", json!({"serviceEventDetails": {"keyId": KEY}}), Some(KEY)),
            ("RotateKey", json!({"serviceEventDetails": {"key-id": KEY}}), Some(KEY)),
            (
                "ReplicateKey",
                json!({"resources": listed(KEY), "requestParameters": {"replicaRegion": "sa-east-1"}}),
                Some(REPLICA),
            ),
            (
                "ReplicateKey",
                json!({"resources": listed(KEY), "responseElements": {"replicaKeyMetadata": {"arn": REPLICA}}}),
                Some(REPLICA),
            ),
        ] {
            let arn = with_call(name, record.clone(), |call| resource(call).arn);
            assert_eq!(arn.as_deref(), want, "{name} {record}");
        }
    }
}
