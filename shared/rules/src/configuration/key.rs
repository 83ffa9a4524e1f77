//! KMS keys: how calls name them, how well they protect, and whether they can be used.

use serde_json::Value;

use crate::aws::arn::Arn;
use crate::cloudtrail::field::{Field, Node};
use crate::language::{Text, text};
use crate::util::time::{self, Seconds};

/// How much control the account has over a key, lowest first.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-mgmt>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// A key that AWS owns and shares between customers. The account cannot see, audit or revoke it.
    AwsOwned,
    /// A key in the account that an AWS service manages (`alias/aws/…`). Its policy is fixed.
    AwsManaged,
    /// A key whose policy, rotation and deletion the account controls, in KMS or in an external key store.
    CustomerManaged,
    /// A customer managed key in a CloudHSM key store.
    Cloudhsm,
}

impl Protection {
    /// The level in words, with its article.
    pub fn in_words(self) -> Text {
        match self {
            Protection::AwsOwned => Text::literal("an AWS owned key"),
            Protection::AwsManaged => Text::literal("an AWS managed key"),
            Protection::CustomerManaged => Text::literal("a customer managed key"),
            Protection::Cloudhsm => Text::literal("a key in a CloudHSM key store"),
        }
    }
}

/// Where a call was made. A key id or alias needs it to become an ARN.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// The Region of the call.
    pub region: &'a str,
    /// The account of the call.
    pub account: &'a str,
}

/// A key as a caller named it.
///
/// KMS accepts a key id, a key ARN, an alias name or an alias ARN, and CloudTrail records the text of the caller:
/// <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRef {
    /// The text of the caller.
    pub given: String,
    /// The ARN of the key or alias; `None` if the text is not a key reference or the account is unknown.
    pub arn: Option<String>,
}

impl KeyRef {
    /// Reads a reference. An ARN keeps its account: the key may belong to another one.
    pub fn read(given: &str, scope: Scope<'_>) -> KeyRef {
        let arn = if given.starts_with("arn:") {
            let form = |arn: &Arn<'_>| {
                let (kind, name) = arn.resource.split_once('/').unwrap_or_default();
                arn.service == "kms" && matches!(kind, "key" | "alias") && !name.is_empty()
            };
            Arn::parse(given).filter(form).map(|_| given.to_owned())
        } else {
            let Scope { partition, region, account } = scope;
            let known = !region.is_empty() && !account.is_empty();
            let resource = match given.starts_with("alias/") {
                true => Some(given.to_owned()),
                false => is_key_id(given).then(|| format!("key/{given}")),
            };
            let full = |resource| format!("arn:{partition}:kms:{region}:{account}:{resource}");
            resource.filter(|_| known).map(full)
        };
        KeyRef { given: given.to_owned(), arn }
    }

    /// True for `alias/aws/…`: a key that AWS manages, known without a look-up.
    pub fn is_aws_managed_alias(&self) -> bool {
        let name = match Arn::parse(&self.given) {
            Some(arn) => arn.resource,
            None => &self.given,
        };
        name.starts_with("alias/aws/")
    }

    /// The Region in the reference, if it is an ARN.
    pub fn region(&self) -> Option<&str> {
        Arn::parse(&self.given).map(|arn| arn.region)
    }
}

/// A key id: a UUID, or `mrk-` and 32 hexadecimal digits. The check is loose, so that new forms pass.
fn is_key_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What KMS says about a key, in the members that rules need.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key's ARN.
    pub arn: String,
    /// True if an AWS service manages it (`KeyManager` is `AWS`).
    pub aws_managed: bool,
    /// `Enabled`, `Disabled`, `PendingDeletion`, …. This and the members below are `None` if records mention the key
    /// but do not say this about it.
    pub state: Option<String>,
    /// `SYMMETRIC_DEFAULT`, `RSA_2048`, …
    pub spec: Option<String>,
    /// `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, …
    pub usage: Option<String>,
    /// `AWS_KMS`, `EXTERNAL`, `AWS_CLOUDHSM`, `EXTERNAL_KEY_STORE`.
    pub origin: Option<String>,
    /// The id of the custom key store that it is in, if it is in one and that is known.
    pub key_store: Option<String>,
    /// True for a replica of a multi-Region key: its primary rotates.
    pub replica: bool,
    /// When it ends, if it does.
    pub end: KeyEnd,
}

/// When a key is deleted, and when its imported material expires. All members are `None` in records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyEnd {
    /// `DeletionDate`; `None` if it is not scheduled for deletion, or while a primary key has replicas.
    pub deletion: Option<Seconds>,
    /// `PendingDeletionWindowInDays`: the waiting period of a primary key, which begins when its last replica is deleted.
    pub deletion_window_days: Option<i64>,
    /// `ExpirationModel`; `None` if no material is imported.
    pub expiration_model: Option<String>,
    /// `ValidTo`: the earliest time at which imported material expires.
    pub valid_to: Option<Seconds>,
}

impl KeyEnd {
    fn read(metadata: Node<'_>) -> KeyEnd {
        KeyEnd {
            deletion: seconds(metadata.get("deletionDate")),
            deletion_window_days: metadata.get("pendingDeletionWindowInDays").number().value(),
            expiration_model: metadata.get("expirationModel").text().value().map(str::to_owned),
            valid_to: seconds(metadata.get("validTo")),
        }
    }
}

/// The second of a time: the API answers with seconds since 1970, the AWS CLI prints RFC 3339.
fn seconds(node: Node<'_>) -> Option<Seconds> {
    match node {
        #[expect(clippy::cast_possible_truncation, reason = "parts of a second are dropped")]
        Field::Present(Value::Number(number)) => number.as_i64().or_else(|| Some(number.as_f64()? as Seconds)),
        _ => time::body_time(node.text().value()?),
    }
}

impl Key {
    /// Reads `KeyMetadata`, from `DescribeKey` or from the record of a `CreateKey`.
    pub fn read(metadata: Node<'_>) -> Option<Key> {
        let text = |name: &str, default: &str| metadata.get(name).text().value().unwrap_or(default).to_owned();
        let kind = metadata.at(&["multiRegionConfiguration", "multiRegionKeyType"]).text();
        Some(Key {
            arn: metadata.get("arn").text().value()?.to_owned(),
            aws_managed: text("keyManager", "") == "AWS",
            state: Some(text("keyState", "Enabled")),
            spec: Some(text("keySpec", &text("customerMasterKeySpec", "SYMMETRIC_DEFAULT"))),
            usage: Some(text("keyUsage", "ENCRYPT_DECRYPT")),
            origin: Some(text("origin", "AWS_KMS")),
            key_store: metadata.get("customKeyStoreId").text().value().map(str::to_owned),
            replica: kind.value() == Some("REPLICA"),
            end: KeyEnd::read(metadata),
        })
    }

    /// A customer managed key about which nothing else is known.
    pub fn customer_managed(arn: &str) -> Key {
        let (state, spec, usage, origin, key_store) = (None, None, None, None, None);
        Key {
            arn: arn.to_owned(),
            aws_managed: false,
            state,
            spec,
            usage,
            origin,
            key_store,
            replica: false,
            end: KeyEnd::default(),
        }
    }

    /// The least control that the account has over the key. An external key store counts as customer managed.
    pub fn protection(&self) -> Protection {
        match (self.aws_managed, self.origin.as_deref()) {
            (true, _) => Protection::AwsManaged,
            (false, Some("AWS_CLOUDHSM")) => Protection::Cloudhsm,
            (false, _) => Protection::CustomerManaged,
        }
    }

    /// True if the key is scheduled for deletion.
    pub fn is_pending_deletion(&self) -> bool {
        matches!(self.state.as_deref(), Some("PendingDeletion" | "PendingReplicaDeletion"))
    }

    /// True if services can encrypt with keys of its kind; `None` if records do not say it.
    pub(crate) fn is_symmetric_encryption_key(&self) -> Option<bool> {
        Some(self.usage.as_deref()? == "ENCRYPT_DECRYPT" && self.spec.as_deref()? == "SYMMETRIC_DEFAULT")
    }

    /// Why its state allows no cryptographic operation; `None` if it does.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>
    ///
    /// # Errors
    /// Says that the state is not known.
    pub fn state_problem(&self) -> Result<Option<KeyProblem>, Text> {
        match self.state {
            None => Err(self.state_not_known()),
            Some(_) => Ok(self.unusable_state()),
        }
    }

    fn unusable_state(&self) -> Option<KeyProblem> {
        match self.state.as_deref()? {
            "Disabled" => Some(KeyProblem::Disabled),
            "PendingDeletion" | "PendingReplicaDeletion" => Some(KeyProblem::PendingDeletion),
            "PendingImport" => Some(KeyProblem::PendingImport),
            "Unavailable" => Some(KeyProblem::Unavailable),
            _ => None,
        }
    }

    fn state_not_known(&self) -> Text {
        text!("records mention the key `{key}`, but not its state at that time", key = &self.arn)
    }

    /// Why it is not known what it is used for.
    pub(crate) fn usage_not_known(&self) -> Text {
        text!("records mention the key `{key}`, but not its usage", key = &self.arn)
    }

    /// Why its kind is not known.
    pub(crate) fn spec_not_known(&self) -> Text {
        text!("records mention the key `{key}`, but not its spec", key = &self.arn)
    }

    /// Why AWS services cannot encrypt with this key; `None` if they can.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>
    ///
    /// # Errors
    /// Says what is not known about the key.
    pub fn problem(&self) -> Result<Option<KeyProblem>, Text> {
        if let Some(problem) = self.unusable_state() {
            return Ok(Some(problem));
        }
        match (&self.state, self.usage.as_deref(), self.spec.as_deref()) {
            (_, Some(usage), _) if usage != "ENCRYPT_DECRYPT" => Ok(Some(KeyProblem::Usage(usage.to_owned()))),
            (_, _, Some(spec)) if spec != "SYMMETRIC_DEFAULT" => Ok(Some(KeyProblem::Spec(spec.to_owned()))),
            (None, ..) => Err(self.state_not_known()),
            (_, None, _) => Err(self.usage_not_known()),
            (_, _, None) => Err(self.spec_not_known()),
            _ => Ok(None),
        }
    }

    /// Why the key cannot rotate automatically; `None` if it can.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html>
    pub fn cannot_rotate(&self) -> Option<Text> {
        if self.aws_managed {
            Some(Text::literal("AWS rotates its managed keys every year"))
        } else if is_other_than(&self.spec, "SYMMETRIC_DEFAULT") || is_other_than(&self.usage, "ENCRYPT_DECRYPT") {
            Some(Text::literal("only symmetric encryption keys rotate automatically"))
        } else if is_other_than(&self.origin, "AWS_KMS") {
            Some(Text::literal("keys with imported material or in a key store do not rotate automatically"))
        } else if self.replica {
            Some(Text::literal("a replica of a multi-Region key rotates with its primary"))
        } else {
            None
        }
    }
}

/// Why AWS services cannot encrypt with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyProblem {
    /// It is disabled.
    Disabled,
    /// It is scheduled for deletion.
    PendingDeletion,
    /// Its key material has not been imported yet.
    PendingImport,
    /// Its key store is disconnected.
    Unavailable,
    /// It signs or computes MACs: its `KeyUsage`.
    Usage(String),
    /// It is not a symmetric encryption key: its `KeySpec`.
    Spec(String),
    /// It is in this Region, which is not the Region of the resource.
    Region(String),
}

impl KeyProblem {
    /// Completes "The key …".
    pub fn in_words(&self) -> Text {
        match self {
            KeyProblem::Disabled => Text::literal("is disabled"),
            KeyProblem::PendingDeletion => Text::literal("is pending deletion"),
            KeyProblem::PendingImport => Text::literal("is pending import of its key material"),
            KeyProblem::Unavailable => Text::literal("is unavailable: its key store is disconnected"),
            KeyProblem::Usage(usage) => text!("has the usage {usage}", usage),
            KeyProblem::Spec(spec) => text!("is asymmetric ({spec})", spec),
            KeyProblem::Region(region) => text!("is in another Region ({region})", region),
        }
    }
}

/// Whether a key rotates, according to `GetKeyRotationStatus`.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// True if automatic rotation is on.
    pub enabled: bool,
    /// Days between rotations; older answers leave it out.
    pub period_days: Option<i64>,
}

/// The rotation period that KMS uses if `EnableKeyRotation` never named one.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html>
pub(crate) const DEFAULT_ROTATION_DAYS: i64 = 365;

impl Rotation {
    /// Reads the answer of `GetKeyRotationStatus`.
    pub fn read(answer: Node<'_>) -> Option<Rotation> {
        let enabled = answer.get("KeyRotationEnabled").flag().value()?;
        Some(Rotation { enabled, period_days: answer.get("RotationPeriodInDays").number().value() })
    }
}

/// True if the value is known and differs from `wanted`.
fn is_other_than(known: &Option<String>, wanted: &str) -> bool {
    known.as_deref().is_some_and(|known| known != wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudtrail::field::Field;
    use serde_json::json;

    const HERE: Scope<'static> = Scope { partition: "aws-cn", region: "cn-north-1", account: "111122223333" };

    #[test]
    fn references_in_all_their_forms() {
        for (given, arn) in [
            (
                "0f0e0d0c-0000-4000-8000-000000000001",
                Some("arn:aws-cn:kms:cn-north-1:111122223333:key/0f0e0d0c-0000-4000-8000-000000000001"),
            ),
            (
                "mrk-00000000000000000000000000000001",
                Some("arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-00000000000000000000000000000001"),
            ),
            ("alias/orders", Some("arn:aws-cn:kms:cn-north-1:111122223333:alias/orders")),
            ("arn:aws:kms:eu-west-1:444455556666:key/k", Some("arn:aws:kms:eu-west-1:444455556666:key/k")),
            ("arn:aws:kms:eu-west-1:444455556666:alias/a/b", Some("arn:aws:kms:eu-west-1:444455556666:alias/a/b")),
            ("arn:aws:kms:us-east-1:key", None),
            ("arn:aws:s3:::bucket", None),
            ("a key?", None),
            ("", None),
        ] {
            assert_eq!(KeyRef::read(given, HERE).arn.as_deref(), arn, "{given}");
        }
        let nowhere = Scope { account: "", ..HERE };
        assert_eq!(KeyRef::read("alias/orders", nowhere).arn, None);
    }

    #[test]
    fn aws_managed_aliases_need_no_look_up() {
        for (given, managed) in [
            ("alias/aws/kinesis", true),
            ("arn:aws:kms:eu-west-1:111122223333:alias/aws/kinesis", true),
            ("alias/awsome", false),
            ("alias/team/alias/aws/kinesis", false),
        ] {
            assert_eq!(KeyRef::read(given, HERE).is_aws_managed_alias(), managed, "{given}");
        }
    }

    #[test]
    fn protection_and_state_are_read_from_the_metadata() {
        let key = |extra: serde_json::Value| {
            let mut metadata = json!({"Arn": "arn:aws:kms:r:a:key/k", "KeyManager": "CUSTOMER", "KeyState": "Enabled",
                "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS"});
            metadata.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            Key::read(Field::Present(&metadata)).unwrap()
        };
        assert_eq!(key(json!({})).protection(), Protection::CustomerManaged);
        assert_eq!(key(json!({"KeyManager": "AWS"})).protection(), Protection::AwsManaged);
        assert_eq!(key(json!({"Origin": "AWS_CLOUDHSM"})).protection(), Protection::Cloudhsm);
        assert_eq!(key(json!({"Origin": "EXTERNAL_KEY_STORE"})).protection(), Protection::CustomerManaged);
        assert_eq!(key(json!({})).problem(), Ok(None));
        for state in ["Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport", "Unavailable"] {
            assert!(key(json!({"KeyState": state})).problem().unwrap().is_some(), "{state}");
        }
        assert!(key(json!({"KeySpec": "RSA_2048"})).problem().unwrap().is_some());
        assert!(key(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"})).problem().unwrap().is_some());
        assert_eq!(key(json!({})).cannot_rotate(), None);
        for extra in [
            json!({"Origin": "EXTERNAL"}),
            json!({"KeySpec": "ECC_NIST_P256"}),
            json!({"KeyManager": "AWS"}),
            json!({"MultiRegionConfiguration": {"MultiRegionKeyType": "REPLICA"}}),
        ] {
            assert!(key(extra.clone()).cannot_rotate().is_some(), "{extra}");
        }
    }
}
