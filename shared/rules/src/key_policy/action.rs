//! The operations that a key policy can allow, and what each of them gives to the caller.
//!
//! Operations that only an IAM policy can allow (`CreateKey`, `ListKeys`, `ListAliases`, `GenerateRandom`,
//! `ListRetirableGrants`, the custom key stores) are left out: in a key policy they have no effect.

use crate::util::wildcard;
use std::fmt;

/// What an operation gives to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Returns plaintext, plaintext keys, signatures or shared secrets.
    SecretUse,
    /// Encrypts with the key and returns nothing secret.
    WriteUse,
    /// Verifies a signature or a message authentication code.
    Verification,
    /// Delegates the use of the key, or revokes it.
    Delegate,
    /// Replaces this policy.
    TakeOver,
    /// Makes the data encrypted with the key unreadable.
    Destroy,
    Administer,
    Read,
}

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Action {
    Decrypt,
    ReEncryptFrom,
    GenerateDataKey,
    GenerateDataKeyPair,
    Sign,
    GenerateMac,
    DeriveSharedSecret,
    Decapsulate,
    Encrypt,
    ReEncryptTo,
    GenerateDataKeyWithoutPlaintext,
    GenerateDataKeyPairWithoutPlaintext,
    Encapsulate,
    Verify,
    VerifyMac,
    CreateGrant,
    RevokeGrant,
    RetireGrant,
    PutKeyPolicy,
    ScheduleKeyDeletion,
    DisableKey,
    DeleteImportedKeyMaterial,
    CancelKeyDeletion,
    EnableKey,
    DisableKeyRotation,
    EnableKeyRotation,
    RotateKeyOnDemand,
    ImportKeyMaterial,
    ReplicateKey,
    UpdatePrimaryRegion,
    SynchronizeMultiRegionKey,
    CreateAlias,
    UpdateAlias,
    DeleteAlias,
    TagResource,
    UntagResource,
    UpdateKeyDescription,
    DescribeKey,
    GetPublicKey,
    GetKeyRotationStatus,
    ListGrants,
    GetKeyPolicy,
    GetKeyLastUsage,
    GetParametersForImport,
    ListKeyPolicies,
    ListKeyRotations,
    ListResourceTags,
}

/// An operation with its name in a policy, its family, and whether principals of another account can call it.
type Row = (Action, &'static str, Family, bool);

// Source: KMS API reference, the line "Cross-account use" of each operation; KMS developer guide, "Allowing users in
// other accounts to use a KMS key", for the operations that work across accounts; service authorization reference for AWS
// KMS, resource type `key`, for those that a key policy can allow. The API reference of 2026 adds Encapsulate, Decapsulate
// and GetKeyLastUsage.
const TABLE: &[Row] = &[
    (Action::Decrypt, "kms:Decrypt", Family::SecretUse, true),
    (Action::ReEncryptFrom, "kms:ReEncryptFrom", Family::SecretUse, true),
    (Action::GenerateDataKey, "kms:GenerateDataKey", Family::SecretUse, true),
    (Action::GenerateDataKeyPair, "kms:GenerateDataKeyPair", Family::SecretUse, true),
    (Action::Sign, "kms:Sign", Family::SecretUse, true),
    (Action::GenerateMac, "kms:GenerateMac", Family::SecretUse, true),
    (Action::DeriveSharedSecret, "kms:DeriveSharedSecret", Family::SecretUse, true),
    (Action::Decapsulate, "kms:Decapsulate", Family::SecretUse, true),
    (Action::Encrypt, "kms:Encrypt", Family::WriteUse, true),
    (Action::ReEncryptTo, "kms:ReEncryptTo", Family::WriteUse, true),
    (Action::GenerateDataKeyWithoutPlaintext, "kms:GenerateDataKeyWithoutPlaintext", Family::WriteUse, true),
    (Action::GenerateDataKeyPairWithoutPlaintext, "kms:GenerateDataKeyPairWithoutPlaintext", Family::WriteUse, true),
    (Action::Encapsulate, "kms:Encapsulate", Family::WriteUse, true),
    (Action::Verify, "kms:Verify", Family::Verification, true),
    (Action::VerifyMac, "kms:VerifyMac", Family::Verification, true),
    (Action::CreateGrant, "kms:CreateGrant", Family::Delegate, true),
    (Action::RevokeGrant, "kms:RevokeGrant", Family::Delegate, true),
    (Action::RetireGrant, "kms:RetireGrant", Family::Delegate, true),
    (Action::PutKeyPolicy, "kms:PutKeyPolicy", Family::TakeOver, false),
    (Action::ScheduleKeyDeletion, "kms:ScheduleKeyDeletion", Family::Destroy, false),
    (Action::DisableKey, "kms:DisableKey", Family::Destroy, false),
    (Action::DeleteImportedKeyMaterial, "kms:DeleteImportedKeyMaterial", Family::Destroy, false),
    (Action::CancelKeyDeletion, "kms:CancelKeyDeletion", Family::Administer, false),
    (Action::EnableKey, "kms:EnableKey", Family::Administer, false),
    (Action::DisableKeyRotation, "kms:DisableKeyRotation", Family::Administer, false),
    (Action::EnableKeyRotation, "kms:EnableKeyRotation", Family::Administer, false),
    (Action::RotateKeyOnDemand, "kms:RotateKeyOnDemand", Family::Administer, false),
    (Action::ImportKeyMaterial, "kms:ImportKeyMaterial", Family::Administer, false),
    (Action::ReplicateKey, "kms:ReplicateKey", Family::Administer, false),
    (Action::UpdatePrimaryRegion, "kms:UpdatePrimaryRegion", Family::Administer, false),
    (Action::SynchronizeMultiRegionKey, "kms:SynchronizeMultiRegionKey", Family::Administer, false),
    (Action::CreateAlias, "kms:CreateAlias", Family::Administer, false),
    (Action::UpdateAlias, "kms:UpdateAlias", Family::Administer, false),
    (Action::DeleteAlias, "kms:DeleteAlias", Family::Administer, false),
    (Action::TagResource, "kms:TagResource", Family::Administer, false),
    (Action::UntagResource, "kms:UntagResource", Family::Administer, false),
    (Action::UpdateKeyDescription, "kms:UpdateKeyDescription", Family::Administer, false),
    (Action::DescribeKey, "kms:DescribeKey", Family::Read, true),
    (Action::GetPublicKey, "kms:GetPublicKey", Family::Read, true),
    (Action::GetKeyRotationStatus, "kms:GetKeyRotationStatus", Family::Read, true),
    (Action::ListGrants, "kms:ListGrants", Family::Read, true),
    (Action::GetKeyPolicy, "kms:GetKeyPolicy", Family::Read, false),
    (Action::GetKeyLastUsage, "kms:GetKeyLastUsage", Family::Read, false),
    (Action::GetParametersForImport, "kms:GetParametersForImport", Family::Read, false),
    (Action::ListKeyPolicies, "kms:ListKeyPolicies", Family::Read, false),
    (Action::ListKeyRotations, "kms:ListKeyRotations", Family::Read, false),
    (Action::ListResourceTags, "kms:ListResourceTags", Family::Read, false),
];

/// A set of operations.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actions(u64);

impl Actions {
    pub(super) const NONE: Self = Self(0);
    pub(super) const ALL: Self = Self((1 << TABLE.len()) - 1);

    /// The operations in the list.
    pub(super) const fn of(mut list: &[Action]) -> Self {
        let mut bits = 0;
        while let [first, rest @ ..] = list {
            bits |= 1 << (*first as u8);
            list = rest;
        }
        Self(bits)
    }

    /// The operations of these families.
    pub(super) const fn in_families(families: &[Family]) -> Self {
        let (mut bits, mut table) = (0, TABLE);
        while let [(action, _, family, _), rest @ ..] = table {
            let mut wanted = families;
            while let [first, others @ ..] = wanted {
                if *first as u8 == *family as u8 {
                    bits |= 1 << (*action as u8);
                }
                wanted = others;
            }
            table = rest;
        }
        Self(bits)
    }

    /// The operations that principals of another account can call.
    pub(super) const fn across_accounts() -> Self {
        let (mut bits, mut table) = (0, TABLE);
        while let [(action, _, _, anywhere), rest @ ..] = table {
            if *anywhere {
                bits |= 1 << (*action as u8);
            }
            table = rest;
        }
        Self(bits)
    }

    /// The operations that the patterns of an `Action` or `NotAction` element match.
    pub(super) fn matching(patterns: &[String]) -> Self {
        let mut matching = Self::NONE;
        for pattern in patterns {
            if pattern == "*" || pattern.eq_ignore_ascii_case("kms:*") || pattern == "*:*" {
                return Self::ALL;
            }
            matching = matching.or(Self::matching_one(pattern));
        }
        matching
    }

    fn matching_one(pattern: &str) -> Self {
        let filtered = |is_match: &dyn Fn(&str) -> bool| {
            let members = TABLE.iter().filter(|(_, name, ..)| is_match(name));
            Self(members.fold(0, |bits, (action, ..)| bits | 1 << (*action as u8)))
        };
        match pattern.strip_suffix('*') {
            // Nearly all patterns are a name or a prefix of one.
            None if !pattern.contains(['*', '?']) => filtered(&|name| name.eq_ignore_ascii_case(pattern)),
            Some(start) if !start.contains(['*', '?']) => {
                filtered(&|name| name.get(..start.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(start)))
            }
            _ => filtered(&|name| wildcard::matches_ignoring_case(pattern, name)),
        }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// True if the set has no operation.
    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn has(self, action: Action) -> bool {
        self.0 & (1 << (action as u8)) != 0
    }

    pub(super) const fn intersects(self, other: Self) -> bool {
        !self.and(other).is_empty()
    }

    pub(super) const fn has_any_of(self, families: &[Family]) -> bool {
        self.intersects(Self::in_families(families))
    }

    /// The names of the operations, the most dangerous first.
    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        TABLE.iter().filter(move |(action, ..)| self.has(*action)).map(|(_, name, ..)| *name)
    }

    /// True if the set has the operation of this name, for example `kms:Decrypt`.
    pub fn contains(self, name: &str) -> bool {
        self.names().any(|own| own == name)
    }
}

impl fmt::Display for Actions {
    /// The first few names, and how many more there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("kms:*");
        }
        let mut names = self.names();
        let mut separator = "";
        for name in names.by_ref().take(4) {
            write!(f, "{separator}{name}")?;
            separator = ", ";
        }
        match names.count() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Debug for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matching(patterns: &[&str]) -> Vec<&'static str> {
        Actions::matching(&patterns.iter().map(|&p| p.to_owned()).collect::<Vec<_>>()).names().collect()
    }

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_fits_the_bits() {
        assert!(TABLE.len() < 64);
        for (index, (action, name, ..)) in TABLE.iter().enumerate() {
            assert_eq!(index, *action as usize);
            assert_eq!(*name, format!("kms:{action:?}"));
        }
    }

    #[test]
    fn patterns_match_as_in_iam() {
        assert_eq!(matching(&["KMS:dEcRyPt"]), ["kms:Decrypt"]);
        assert_eq!(matching(&["kms:?ign", "kms:Verify*"]), ["kms:Sign", "kms:Verify", "kms:VerifyMac"]);
        assert_eq!(matching(&["kms:*Material"]), ["kms:DeleteImportedKeyMaterial", "kms:ImportKeyMaterial"]);
        assert_eq!(matching(&["sqs:*", "kms:ListKeys", "kms:CreateKey", "Decrypt", ""]), [""; 0]);
        assert_eq!(matching(&["*"]).len(), TABLE.len());
        assert_eq!(matching(&["*:*"]).len(), TABLE.len());
        assert_eq!(matching(&["k?s:*"]).len(), TABLE.len());
    }
}
