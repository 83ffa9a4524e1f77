//! Remediation that the rules on data streams recommend.

use crate::rules::remediation::Template;

/// Encrypt the stream with a customer managed key.
pub(super) const ENCRYPT: Template = Template {
    cli: include_str!("encrypt.sh"),
    terraform: include_str!("encrypt.tf"),
    console: "Kinesis > Data streams > {{name}} > Configuration > Server-side encryption",
};
