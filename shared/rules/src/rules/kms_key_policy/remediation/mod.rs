//! Remediation that the rules on key policies and grants recommend.

use crate::rules::remediation::Template;

/// Change the policy. `key` is the key's ARN, `change` says what to do, and `statement` is the Terraform of the statement
/// to write, on lines of its own.
pub(super) const CHANGE_POLICY: Template = Template {
    cli: include_str!("change_policy.sh"),
    terraform: include_str!("change_policy.tf"),
    console: "Key Management Service > Customer managed keys > {{name}} > Key policy > Edit: {{change}}",
};

/// Revoke the grant with the id `grant`.
pub(super) const GRANT_TO_FOREIGN_ACCOUNT: Template = Template {
    cli: include_str!("grant_to_foreign_account.sh"),
    terraform: include_str!("grant_to_foreign_account.tf"),
    console: "Key Management Service > Customer managed keys > {{name}} > Grants (list and revoke with the AWS CLI)",
};

/// Look for the `account` in the key policy.
pub(super) const GRANT_FOR_A_VOLUME: Template = Template {
    cli: include_str!("grant_for_a_volume.sh"),
    terraform: include_str!("grant_for_a_volume.tf"),
    console: "Key Management Service > Customer managed keys > {{name}} > Key policy > Other AWS accounts: {{account}}",
};
