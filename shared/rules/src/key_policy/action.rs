//! Sets of operations of one service.

use super::operations::{Family, Row, table};
use super::service::Service;
use crate::language::{Text, text};
use crate::util::wildcard;
use std::fmt;

/// One operation of KMS, in the order of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[expect(dead_code, reason = "the position of a variant is its bit, so all are here")]
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

/// A set of operations of one service.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actions {
    /// One bit for each row of the service's table.
    bits: u64,
    /// `None` for the two sets that belong to no service: [`Actions::NONE`] and [`Actions::ALL`].
    service: Option<Service>,
}

impl Actions {
    pub(super) const NONE: Self = Self { bits: 0, service: None };
    /// Every operation, whatever the service.
    pub(super) const ALL: Self = Self { bits: u64::MAX, service: None };

    const fn new(bits: u64, service: Service) -> Self {
        if bits == 0 { Self::NONE } else { Self { bits, service: Some(service) } }
    }

    /// All operations of a service.
    pub(super) const fn of_service(service: Service) -> Self {
        Self::new((1 << table(service).len()) - 1, service)
    }

    /// The operations of KMS in the list.
    pub(super) const fn of(mut list: &[Action]) -> Self {
        let mut bits = 0;
        while let [first, rest @ ..] = list {
            bits |= 1 << (*first as u8);
            list = rest;
        }
        Self::new(bits, Service::Kms)
    }

    /// The operations of KMS of these families.
    pub(super) const fn in_families(families: &[Family]) -> Self {
        Self::new(bits_in_families(Service::Kms, families), Service::Kms)
    }

    /// Those that principals of another account can call.
    pub(super) fn across_accounts(self) -> Self {
        const KMS: u64 = bits_across_accounts(Service::Kms);
        const LAKE: u64 = bits_across_accounts(Service::CloudTrail);
        const KINESIS: u64 = bits_across_accounts(Service::Kinesis);
        const MSK: u64 = bits_across_accounts(Service::Msk);
        match self.service {
            None => self,
            Some(service @ Service::Kms) => Self::new(self.bits & KMS, service),
            Some(service @ Service::CloudTrail) => Self::new(self.bits & LAKE, service),
            Some(service @ Service::Kinesis) => Self::new(self.bits & KINESIS, service),
            Some(service @ Service::Msk) => Self::new(self.bits & MSK, service),
        }
    }

    /// The operations of a service that the patterns of an `Action` or `NotAction` element match.
    pub(super) fn matching(patterns: &[impl AsRef<str>], service: Service) -> Self {
        let mut bits = 0;
        for pattern in patterns {
            let pattern = pattern.as_ref();
            let kms = || service == Service::Kms && pattern.eq_ignore_ascii_case("kms:*");
            if pattern == "*" || pattern == "*:*" || kms() {
                return Self::of_service(service);
            }
            bits |= bits_matching(pattern, service);
        }
        Self::new(bits, service)
    }

    pub(super) const fn and(self, other: Self) -> Self {
        match (self.service, other.service) {
            (None, _) => {
                if self.bits == 0 {
                    self
                } else {
                    other
                }
            }
            (_, None) => {
                if other.bits == 0 {
                    other
                } else {
                    self
                }
            }
            (Some(own), Some(service)) if own as u8 == service as u8 => Self::new(self.bits & other.bits, own),
            _ => Self::NONE,
        }
    }

    /// Both sets are of the same service.
    pub(super) const fn or(self, other: Self) -> Self {
        match (self.service, other.service) {
            (None, _) => {
                if self.bits == 0 {
                    other
                } else {
                    self
                }
            }
            (_, None) => {
                if other.bits == 0 {
                    self
                } else {
                    other
                }
            }
            (Some(own), _) => Self::new(self.bits | other.bits, own),
        }
    }

    pub(super) const fn without(self, other: Self) -> Self {
        match (self.service, other.service) {
            (_, None) => {
                if other.bits == 0 {
                    self
                } else {
                    Self::NONE
                }
            }
            (None, Some(_)) if self.bits == 0 => self,
            (None, Some(service)) => Self::new(Self::of_service(service).bits & !other.bits, service),
            (Some(own), Some(service)) if own as u8 == service as u8 => Self::new(self.bits & !other.bits, own),
            _ => self,
        }
    }

    /// True if the set has no operation.
    pub(super) const fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// True if the set has this operation of KMS.
    pub(super) const fn has(self, action: Action) -> bool {
        matches!(self.service, None | Some(Service::Kms)) && self.bits & (1 << (action as u8)) != 0
    }

    pub(super) const fn intersects(self, other: Self) -> bool {
        !self.and(other).is_empty()
    }

    pub(super) fn has_any_of(self, families: &[Family]) -> bool {
        let wanted = |row: &Row| families.contains(&row.1);
        self.rows().any(wanted)
    }

    fn rows(self) -> impl Iterator<Item = &'static Row> {
        let rows = self.service.map_or(&[][..], table);
        rows.iter().enumerate().filter(move |(index, _)| self.bits & (1 << index) != 0).map(|(_, row)| row)
    }

    /// The names of the operations, the most dangerous first.
    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        self.rows().map(|(name, ..)| *name)
    }

    /// True if the set has the operation of this name, for example `kms:Decrypt`.
    pub fn contains(self, name: &str) -> bool {
        self.names().any(|own| own == name)
    }
}

const fn bits_in_families(service: Service, families: &[Family]) -> u64 {
    let (mut bits, mut bit, mut rows) = (0, 1, table(service));
    while let [(_, family, _), rest @ ..] = rows {
        let mut wanted = families;
        while let [first, others @ ..] = wanted {
            if *first as u8 == *family as u8 {
                bits |= bit;
            }
            wanted = others;
        }
        (bit, rows) = (bit << 1, rest);
    }
    bits
}

const fn bits_across_accounts(service: Service) -> u64 {
    let (mut bits, mut bit, mut rows) = (0, 1, table(service));
    while let [(.., anywhere), rest @ ..] = rows {
        if *anywhere {
            bits |= bit;
        }
        (bit, rows) = (bit << 1, rest);
    }
    bits
}

fn bits_matching(pattern: &str, service: Service) -> u64 {
    let filtered = |is_match: &dyn Fn(&str) -> bool| {
        let rows = table(service).iter().enumerate().filter(|(_, (name, ..))| is_match(name));
        rows.fold(0, |bits, (index, _)| bits | 1 << index)
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

impl Actions {
    /// The first few names, and how many more there are.
    pub(crate) fn text(self) -> Text {
        if let Some(service) = self.service
            && self == Self::of_service(service)
        {
            return service.everything().into();
        }
        let mut names = self.names();
        let first = names.by_ref().take(4).collect::<Vec<_>>().join(", ");
        match names.count() {
            0 => first.into(),
            more => text!("{list} and {more} more", list = first, more),
        }
    }
}

impl fmt::Display for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
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
        of(Service::Kms, patterns)
    }

    fn of(service: Service, patterns: &[&str]) -> Vec<&'static str> {
        Actions::matching(patterns, service).names().collect()
    }

    #[test]
    fn tables_fit_the_bits_and_that_of_kms_is_in_the_order_of_the_enum() {
        let variants = include_str!("action.rs").split("enum Action {").nth(1).unwrap().split('}').next().unwrap();
        let variants: Vec<_> = variants
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(|name| format!("kms:{name}"))
            .collect();
        assert_eq!(Actions::of_service(Service::Kms).names().collect::<Vec<_>>(), variants);
        for service in Service::ALL {
            assert!(table(service).len() < 64, "{service:?}");
            let mut names: Vec<_> = table(service).iter().map(|(name, ..)| *name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table(service).len(), "{service:?}");
        }
    }

    #[test]
    fn patterns_match_as_in_iam() {
        assert_eq!(matching(&["KMS:dEcRyPt"]), ["kms:Decrypt"]);
        assert_eq!(matching(&["kms:?ign", "kms:Verify*"]), ["kms:Sign", "kms:Verify", "kms:VerifyMac"]);
        assert_eq!(matching(&["kms:*Material"]), ["kms:DeleteImportedKeyMaterial", "kms:ImportKeyMaterial"]);
        assert_eq!(matching(&["sqs:*", "kms:ListKeys", "kms:CreateKey", "Decrypt", ""]), [""; 0]);
        for pattern in ["*", "*:*", "k?s:*", "KMS:*"] {
            assert_eq!(matching(&[pattern]).len(), table(Service::Kms).len(), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_matches_operations_of_one_service() {
        assert_eq!(of(Service::Kinesis, &["kinesis:PutRecord*", "kms:*"]), ["kinesis:PutRecord", "kinesis:PutRecords"]);
        assert_eq!(of(Service::Msk, &["*:DescribeTopic"]), ["kafka-cluster:DescribeTopic", "kafka:DescribeTopic"]);
        assert_eq!(of(Service::Msk, &["kafka*"]).len(), table(Service::Msk).len());
        for (service, text) in [
            (Service::CloudTrail, "cloudtrail:*, cloudtrail-data:*"),
            (Service::Kinesis, "kinesis:*"),
            (Service::Msk, "kafka:*, kafka-cluster:*"),
        ] {
            assert_eq!(Actions::matching(&["*"], service).to_string(), text);
        }
    }

    #[test]
    fn sets_of_all_operations_and_of_none_belong_to_every_service() {
        for service in Service::ALL {
            let all = Actions::of_service(service);
            assert_eq!(all.and(Actions::ALL), all);
            assert_eq!(Actions::ALL.and(all), all);
            assert_eq!(Actions::ALL.without(all), Actions::NONE);
            assert_eq!(all.without(Actions::ALL), Actions::NONE);
            assert_eq!(all.without(all), Actions::NONE);
            assert_eq!(Actions::NONE.or(all), all);
            assert_eq!(all.or(Actions::ALL), Actions::ALL);
            assert_eq!(Actions::ALL.without(Actions::NONE), Actions::ALL);
        }
        let (keys, streams) = (Actions::of_service(Service::Kms), Actions::of_service(Service::Kinesis));
        assert!(!keys.intersects(streams) && !streams.has(Action::Decrypt));
        assert_eq!(streams.without(keys), streams);
    }
}
