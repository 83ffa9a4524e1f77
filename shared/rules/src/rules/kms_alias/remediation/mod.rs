//! Remediation that the rules on aliases recommend.

use crate::configuration::kms_alias::KmsAlias;
use crate::engine::context::RuleContext;
use crate::engine::outcome::Remediation;
use crate::rules::remediation::{Template, Value};

/// Point the alias to another key of the same type and usage.
const POINT_BACK: Template = Template {
    cli: include_str!("point_back.sh"),
    terraform: include_str!("point_back.tf"),
    console: "Key Management Service > Customer managed keys > {{target}} > Aliases",
};

/// Delete the alias and create it again, because KMS does not update it to a key of another type or usage.
const RECREATE: Template = Template { cli: include_str!("recreate.sh"), ..POINT_BACK };

/// Point the alias back to the key before.
pub(super) fn point_back(alias: &KmsAlias, context: &RuleContext<'_>) -> Remediation {
    fill(&POINT_BACK, alias, context)
}

/// Create the alias again for the key before.
pub(super) fn recreate(alias: &KmsAlias, context: &RuleContext<'_>) -> Remediation {
    fill(&RECREATE, alias, context)
}

fn fill(template: &Template, alias: &KmsAlias, context: &RuleContext<'_>) -> Remediation {
    let target = alias.previous.as_ref().map_or("your-key-id", |previous| &previous.given);
    template.fill(context, &[("target", Value::Text(target))])
}
