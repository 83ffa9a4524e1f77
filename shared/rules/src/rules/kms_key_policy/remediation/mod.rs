//! Remediation that the rules on key policies and grants recommend.

use crate::engine::context::RuleContext;
use crate::engine::outcome::Remediation;
use crate::key_policy::Service;
use crate::language::{Text, text};
use crate::rules::remediation::{Template, Value};
use crate::rules::resource_policy::analysis::Kind;

/// Keys, and how their policies are changed.
pub(super) static KEY: Kind = Kind {
    service: Service::Kms,
    noun: Text::literal("key"),
    placeholder: "your-key-id",
    change: Template {
        cli: include_str!("change_policy.sh"),
        terraform: include_str!("change_policy.tf"),
        console: "Key Management Service > Customer managed keys > {{name}} > Key policy > Edit",
    },
    delete: None, // every key has a policy
};

/// Replace the grant with the id `grant`, and look for those that its grantee created.
pub(super) const GRANT_EVERY_OPERATION: Template = Template {
    cli: include_str!("grant_every_operation.sh"),
    terraform: include_str!("grant_every_operation.tf"),
    console: "Key Management Service > Customer managed keys > {{name}} > Grants",
};

/// Revoke the grant with the id `grant`.
pub(super) const GRANT_TO_FOREIGN_ACCOUNT: Template = Template {
    cli: include_str!("grant_to_foreign_account.sh"),
    terraform: include_str!("grant_to_foreign_account.tf"),
    console: "Key Management Service > Customer managed keys > {{name}} > Grants",
};

/// Fills in the id of a grant to revoke.
pub(super) fn revoke(template: &Template, id: Option<&str>, context: &RuleContext<'_>) -> Remediation {
    let mut remediation = template.fill(context, &[("grant", Value::Text(id.unwrap_or("your-grant-id")))]);
    remediation.console = text!("{path} (list and revoke with the AWS CLI)", path = remediation.console);
    remediation
}

/// Look for the `account` in the key policy. Revoking the grant would take the key from the resource.
pub(super) const GRANT_BY_A_SERVICE: Template = Template {
    cli: include_str!("grant_by_a_service.sh"),
    terraform: include_str!("grant_by_a_service.tf"),
    console: "Key Management Service > Customer managed keys > {{name}} > Key policy > Other AWS accounts: {{account}}",
};
