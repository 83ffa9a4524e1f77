//! Remediation that the rules on MSK replicators recommend.

use crate::rules::remediation::Template;

/// A new replicator with encrypted connections: those of a replicator cannot be changed.
pub(super) const PLAINTEXT: Template = Template {
    cli: include_str!("plaintext.sh"),
    terraform: include_str!("plaintext.tf"),
    console: "Amazon MSK > Replicators > Create replicator",
};
