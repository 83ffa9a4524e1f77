//! Remediation that the rules on the life of keys recommend.

use crate::engine::context::RuleContext;
use crate::engine::outcome::Remediation;
use crate::rules::remediation::{Template, Value};

/// See who used the key, and encrypt with another.
pub(super) const DELETED: Template = Template {
    cli: include_str!("deleted.sh"),
    terraform: include_str!("deleted.tf"),
    console: "CloudTrail > Event history > Resource name: {{arn}}",
};

/// Cancel the deletion and enable the key.
pub(super) const DELETION_SCHEDULED: Template = Template {
    cli: include_str!("deletion_scheduled.sh"),
    terraform: include_str!("deletion_scheduled.tf"),
    console: "Key Management Service > Customer managed keys > {{name}} > Key actions > Cancel key deletion",
};

/// Enable the key.
pub(super) const DISABLED: Template = Template {
    cli: include_str!("disabled.sh"),
    terraform: include_str!("disabled.tf"),
    console: "Key Management Service > Customer managed keys > {{name}} > Key actions > Enable",
};

/// Import the same key material again.
pub(super) const MATERIAL_DELETED: Template = Template {
    cli: include_str!("material_deleted.sh"),
    terraform: include_str!("material_deleted.tf"),
    console: "Key Management Service > Customer managed keys > {{name}} > Key material > Import key material",
};

const ROTATE: Template = Template {
    cli: include_str!("rotate.sh"),
    terraform: include_str!("rotate.tf"),
    console: "Key Management Service > Customer managed keys > {{name}} > Key rotation > Edit",
};

/// Enable rotation with the longest period that the settings allow.
pub(super) fn rotate(context: &RuleContext<'_>) -> Remediation {
    let days = context.settings.keys.rotation_days.to_string();
    ROTATE.fill(context, &[("days", Value::Raw(&days))])
}
