//! Look-ups: AWS calls for what rules need and a record does not show.

use std::collections::BTreeSet;

use std::sync::Arc;

use serde_json::Value;

use crate::configuration::key::{Key, Rotation};
use crate::language::{Text, text};
use crate::util::text::shell_value;

/// Results lead to new look-ups (an update, its connector, the worker configuration of that), but never in more rounds
/// than these.
pub const MAX_ROUNDS: usize = 8;

/// `kms:DescribeKey` of a key or alias.
pub const DESCRIBE_KEY: &str = "kms:DescribeKey";

/// `kms:GetKeyRotationStatus` of a key.
pub const GET_KEY_ROTATION_STATUS: &str = "kms:GetKeyRotationStatus";

/// `organizations:ListAccounts`: the accounts of the organization, asked about [`ORGANIZATION`].
pub const LIST_ACCOUNTS: &str = "organizations:ListAccounts";

/// Stands for the organization of the settings, whose id they do not need.
pub const ORGANIZATION: &str = "organization";

/// The accounts of the organization.
///
/// All that AWS lists are members, whatever their state: a suspended or closed account cannot call, and may be reopened.
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationAccounts {
    /// The account ids.
    pub ids: Arc<BTreeSet<String>>,
    /// True if accounts may have joined since: an account that is not in the list is looked up again.
    pub stale: bool,
}

/// One look-up: the AWS call, and the ARN it is about, or the id of what has no ARN.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lookup {
    /// `service:Operation`, as IAM names the permission.
    pub call: &'static str,
    /// The ARN of what is looked up, or its id if it has no ARN.
    pub arn: String,
}

impl Lookup {
    /// A look-up of the resource with this ARN or id.
    pub fn new(call: &'static str, arn: impl Into<String>) -> Lookup {
        Lookup { call, arn: arn.into() }
    }
}

/// The answer of AWS to a look-up.
pub enum LookupResult {
    /// The answer of [`DESCRIBE_KEY`].
    Key(Key),
    /// The answer of [`GET_KEY_ROTATION_STATUS`].
    Rotation(Rotation),
    /// The answer of [`LIST_ACCOUNTS`].
    Accounts(OrganizationAccounts),
    /// The answer of any other call: the description of a resource, with the member names of the API.
    Resource(Value),
    /// The resource no longer exists.
    Deleted,
    /// Why there is no answer: access was denied, …
    Unknown(Text),
}

/// What to do about a fact that is not known: run an AWS CLI command about this resource.
pub(crate) fn run_and_pass(command: &str, option: &str, resource: &str) -> Text {
    let resource = shell_value(resource);
    text!("run `aws {command} {option}{resource}` and pass its output with --facts", command, option, resource)
}

#[cfg(test)]
mod tests {
    use super::run_and_pass;

    #[test]
    fn a_hostile_name_stays_one_argument_of_the_command() {
        assert_eq!(
            &*run_and_pass("kms describe-key", "--key-id", "k`id`\n"),
            "run `aws kms describe-key --key-id 'k`id`\u{fffd}'` and pass its output with --facts"
        );
    }
}
