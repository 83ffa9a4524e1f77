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

/// Record all Regions and global services.
pub(super) const ALL_REGIONS: Template = Template {
    cli: include_str!("all_regions.sh"),
    terraform: include_str!("all_regions.tf"),
    console: "CloudTrail > Trails > {{name}} > General details > Edit > Multi-region trail",
};

/// Create a trail again, and start it.
pub(super) const CREATE: Template = Template {
    cli: include_str!("create.sh"),
    terraform: include_str!("create.tf"),
    console: "CloudTrail > Trails > Create trail",
};

/// Record all management events.
pub(super) const MANAGEMENT_EVENTS: Template = Template {
    cli: include_str!("management_events.sh"),
    terraform: include_str!("management_events.tf"),
    console: "CloudTrail > Trails > {{name}} > Management events > Edit > API activity: Read, Write; exclude no AWS KMS events",
};

/// Start recording.
pub(super) const START: Template = Template {
    cli: include_str!("start.sh"),
    terraform: include_str!("start.tf"),
    console: "CloudTrail > Trails > {{name}} > Start logging",
};
