//! Remediation that the rules on MSK channels recommend.

use crate::rules::remediation::Template;

/// A new channel with a customer managed key: the key of a channel cannot be changed.
pub(super) const CREATE: Template = Template {
    cli: include_str!("create.sh"),
    terraform: include_str!("create.tf"),
    console: "Amazon MSK > Clusters > your cluster > Channel > Create Channel > Additional configuration > Encryption configuration",
};
