//! The operations a key policy can allow, and what each of them gives away.
//!
//! Operations that only an IAM policy can allow (`CreateKey`, `ListKeys`, `ListAliases`, `GenerateRandom`,
//! `ListRetirableGrants`, the custom key stores) are left out: in a key policy they have no effect.

use super::glob;
use std::fmt;

/// What an operation gives to the one who may call it
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Yields plaintext, plaintext keys, signatures or shared secrets
    SecretUse,
    /// Seals under the key without yielding anything secret
    WriteUse,
    /// Checks a signature or a code
    Check,
    /// Hands the use of the key on, or takes it away again
    Delegate,
    /// Rewrites this very policy
    TakeOver,
    /// Makes the data under the key unreadable
    Destroy,
    Administer,
    Read,
}

macro_rules! actions {
    ($($name:ident $family:ident $reach:ident,)*) => {
        /// One operation
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub(super) enum Action { $($name),* }

        /// Operation, its name in a policy, what it gives, whether it works on a key of another account
        const TABLE: &[(Action, &str, Family, bool)] =
            &[$((Action::$name, concat!("kms:", stringify!($name)), Family::$family, actions!(@$reach))),*];
    };
    (@Anywhere) => { true };
    (@Own) => { false };
}

// Source: KMS API reference, the line "Cross-account use" of each operation; KMS developer guide, "Allowing users in
// other accounts to use a KMS key", for the operations that work across accounts; service authorization reference for AWS
// KMS, resource type `key`, for those that a key policy can allow. The API reference of 2026 adds Encapsulate, Decapsulate
// and GetKeyLastUsage.
actions! {
    Decrypt SecretUse Anywhere,
    ReEncryptFrom SecretUse Anywhere,
    GenerateDataKey SecretUse Anywhere,
    GenerateDataKeyPair SecretUse Anywhere,
    Sign SecretUse Anywhere,
    GenerateMac SecretUse Anywhere,
    DeriveSharedSecret SecretUse Anywhere,
    Decapsulate SecretUse Anywhere,

    Encrypt WriteUse Anywhere,
    ReEncryptTo WriteUse Anywhere,
    GenerateDataKeyWithoutPlaintext WriteUse Anywhere,
    GenerateDataKeyPairWithoutPlaintext WriteUse Anywhere,
    Encapsulate WriteUse Anywhere,

    Verify Check Anywhere,
    VerifyMac Check Anywhere,

    CreateGrant Delegate Anywhere,
    RevokeGrant Delegate Anywhere,
    RetireGrant Delegate Anywhere,

    PutKeyPolicy TakeOver Own,

    ScheduleKeyDeletion Destroy Own,
    DisableKey Destroy Own,
    DeleteImportedKeyMaterial Destroy Own,

    CancelKeyDeletion Administer Own,
    EnableKey Administer Own,
    DisableKeyRotation Administer Own,
    EnableKeyRotation Administer Own,
    RotateKeyOnDemand Administer Own,
    ImportKeyMaterial Administer Own,
    ReplicateKey Administer Own,
    UpdatePrimaryRegion Administer Own,
    SynchronizeMultiRegionKey Administer Own,
    CreateAlias Administer Own,
    UpdateAlias Administer Own,
    DeleteAlias Administer Own,
    TagResource Administer Own,
    UntagResource Administer Own,
    UpdateKeyDescription Administer Own,

    DescribeKey Read Anywhere,
    GetPublicKey Read Anywhere,
    GetKeyRotationStatus Read Anywhere,
    ListGrants Read Anywhere,
    GetKeyPolicy Read Own,
    GetKeyLastUsage Read Own,
    GetParametersForImport Read Own,
    ListKeyPolicies Read Own,
    ListKeyRotations Read Own,
    ListResourceTags Read Own,
}

/// A set of operations
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actions(u64);

impl Actions {
    pub(super) const NONE: Self = Self(0);
    pub(super) const ALL: Self = Self((1 << TABLE.len()) - 1);

    /// The operations of the list
    pub(super) const fn of(mut list: &[Action]) -> Self {
        let mut bits = 0;
        while let [first, rest @ ..] = list {
            bits |= 1 << (*first as u8);
            list = rest;
        }
        Self(bits)
    }

    /// The operations of the families
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

    /// The operations that work on a key of another account
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

    /// The operations that the patterns of an `Action` or `NotAction` element cover
    pub(super) fn covered_by(patterns: &[String]) -> Self {
        let mut covered = Self::NONE;
        for pattern in patterns {
            if pattern == "*" || pattern.eq_ignore_ascii_case("kms:*") || pattern == "*:*" {
                return Self::ALL;
            }
            covered = covered.or(Self::covered_by_one(pattern));
        }
        covered
    }

    fn covered_by_one(pattern: &str) -> Self {
        let covered = |covers: &dyn Fn(&str) -> bool| {
            let members = TABLE.iter().filter(|(_, name, ..)| covers(name));
            Self(members.fold(0, |bits, (action, ..)| bits | 1 << (*action as u8)))
        };
        match pattern.strip_suffix('*') {
            // Nearly all patterns are a name or the beginning of one.
            None if !pattern.contains(['*', '?']) => covered(&|name| name.eq_ignore_ascii_case(pattern)),
            Some(start) if !start.contains(['*', '?']) => {
                covered(&|name| name.get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start)))
            }
            _ => covered(&|name| glob::matches_ignoring_case(pattern, name)),
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

    /// No operation is in the set
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn has(self, action: Action) -> bool {
        self.0 & (1 << (action as u8)) != 0
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        !self.and(other).is_empty()
    }

    pub(super) const fn meets_family(self, families: &[Family]) -> bool {
        self.meets(Self::in_families(families))
    }

    /// The names of the operations, the most dangerous first
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        TABLE.iter().filter(move |(action, ..)| self.has(*action)).map(|(_, name, ..)| *name)
    }

    /// Whether the set holds the operation of this name, `kms:Decrypt` for example
    pub fn contains(self, name: &str) -> bool {
        self.names().any(|held| held == name)
    }
}

impl fmt::Display for Actions {
    /// The first few names, and how many more there are
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("kms:*");
        }
        let mut names = self.names();
        let mut between = "";
        for name in names.by_ref().take(4) {
            write!(f, "{between}{name}")?;
            between = ", ";
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

    fn covered(patterns: &[&str]) -> Vec<&'static str> {
        Actions::covered_by(&patterns.iter().map(|&p| p.to_owned()).collect::<Vec<_>>()).names().collect()
    }

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_fits_the_bits() {
        assert!(TABLE.len() < 64);
        for (place, (action, ..)) in TABLE.iter().enumerate() {
            assert_eq!(place, *action as usize);
        }
    }

    #[test]
    fn patterns_cover_what_iam_says_they_cover() {
        assert_eq!(covered(&["KMS:dEcRyPt"]), ["kms:Decrypt"]);
        assert_eq!(covered(&["kms:?ign", "kms:Verify*"]), ["kms:Sign", "kms:Verify", "kms:VerifyMac"]);
        assert_eq!(covered(&["kms:*Material"]), ["kms:DeleteImportedKeyMaterial", "kms:ImportKeyMaterial"]);
        assert_eq!(covered(&["sqs:*", "kms:ListKeys", "kms:CreateKey", "Decrypt", ""]), [""; 0]);
        assert_eq!(covered(&["*"]).len(), TABLE.len());
        assert_eq!(covered(&["*:*"]).len(), TABLE.len());
        assert_eq!(covered(&["k?s:*"]).len(), TABLE.len());
    }
}
