//! Remediation that the rules on trails recommend.

use crate::rules::remediation::Template;

/// Encrypt the log files with a customer managed key.
pub(super) const ENCRYPT: Template = Template {
    cli: include_str!("encrypt.sh"),
    terraform: include_str!("encrypt.tf"),
    console: "CloudTrail > Trails > {{name}} > General details > Edit > Log file SSE-KMS encryption",
};

/// The same for a trail that has another key.
pub(super) const CUSTOMER_KEY: Template = Template {
    console: "CloudTrail > Trails > {{name}} > General details > Edit > Customer managed AWS KMS key",
    ..ENCRYPT
};

/// Enable log file validation.
pub(super) const LOG_VALIDATION: Template = Template {
    cli: include_str!("log_validation.sh"),
    terraform: include_str!("log_validation.tf"),
    console: "CloudTrail > Trails > {{name}} > General details > Edit > Log file validation",
};
