//! Remediation that the rules on event data stores recommend.

use crate::rules::remediation::Template;

/// Encrypt the events with a customer managed key.
pub(super) const CUSTOMER_KEY: Template = Template {
    cli: include_str!("customer_key.sh"),
    terraform: include_str!("customer_key.tf"),
    console: "CloudTrail > Lake > Event data stores > {{name}} > General details > Edit > Use my own AWS KMS key",
};

/// Collect all management events.
pub(super) const MANAGEMENT_EVENTS: Template = Template {
    cli: include_str!("management_events.sh"),
    terraform: include_str!("management_events.tf"),
    console: "CloudTrail > Lake > Event data stores > {{name}} > Management events > Edit",
};

/// A new event data store: the key of an existing one cannot be changed.
pub(super) const OTHER_KEY: Template = Template {
    cli: include_str!("other_key.sh"),
    terraform: include_str!("other_key.tf"),
    console: "CloudTrail > Lake > Event data stores > Create event data store > Use my own AWS KMS key",
};

/// Bring a deleted event data store back.
pub(super) const RESTORE: Template = Template {
    cli: include_str!("restore.sh"),
    terraform: include_str!("restore.tf"),
    console: "CloudTrail > Lake > Event data stores > {{name}} > Actions > Restore",
};

/// Start ingestion again.
pub(super) const START: Template = Template {
    cli: include_str!("start.sh"),
    terraform: include_str!("start.tf"),
    console: "CloudTrail > Lake > Event data stores > {{name}} > Actions > Start ingestion",
};
