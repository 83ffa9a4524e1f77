//! Remediation that the rules on Kinesis channels recommend.

use crate::rules::remediation::Template;

/// The channel again, with a customer managed key: the key of a channel cannot be changed.
pub(super) const CREATE: Template = Template {
    cli: include_str!("create.sh"),
    terraform: include_str!("create.tf"),
    console: "Amazon Kinesis > Deliveries > {{name}} > Delete, then Create delivery with a customer managed key",
};
