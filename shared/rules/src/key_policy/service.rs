//! The services whose resources have a policy that the analyzer reads.

/// The service of the resource that a policy belongs to. It decides which operations and condition keys exist, and what
/// `Resource` can name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Keys.
    #[default]
    Kms,
    /// Event data stores of CloudTrail Lake, their dashboards and channels.
    CloudTrail,
    /// Data streams, their consumers and queues.
    Kinesis,
    /// MSK clusters, and what is in them: topics, consumer groups and transactional ids.
    Msk,
}

impl Service {
    #[cfg(test)]
    pub(super) const ALL: [Self; 4] = [Self::Kms, Self::CloudTrail, Self::Kinesis, Self::Msk];

    /// The service part of its ARNs.
    pub(super) const fn in_arns(self) -> &'static str {
        match self {
            Self::Kms => "kms",
            Self::CloudTrail => "cloudtrail",
            Self::Kinesis => "kinesis",
            Self::Msk => "kafka",
        }
    }

    /// All its operations, as a policy writes them.
    pub(super) const fn everything(self) -> &'static str {
        match self {
            Self::Kms => "kms:*",
            Self::CloudTrail => "cloudtrail:*, cloudtrail-data:*",
            Self::Kinesis => "kinesis:*",
            Self::Msk => "kafka:*, kafka-cluster:*",
        }
    }

    /// True for the name, in lower case, of a condition key of this service.
    pub(super) fn owns_key(self, name: &str) -> bool {
        let prefix = name.split(':').next().unwrap_or_default();
        prefix == self.in_arns() || self == Self::Msk && prefix == "kafka-cluster"
    }
}
