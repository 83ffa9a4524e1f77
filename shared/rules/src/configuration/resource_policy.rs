//! The policy of a resource: the request has the whole policy, which replaces an earlier one.

use serde_json::Value;

use crate::aws::account::is_account;
use crate::aws::arn::Arn;
use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;

/// A policy that admits nobody, in place of one that was deleted.
pub(crate) const NO_POLICY: &str = r#"{"Statement":[]}"#;

/// The policy that a call puts in force: one that admits nobody if the call deletes it.
#[derive(Debug, Clone)]
pub(crate) struct ResourcePolicy {
    /// The account that owns the resource.
    pub owner: String,
    /// The policy document as JSON text.
    pub document: Field<String>,
}

impl ResourcePolicy {
    /// The policy of the resource with this ARN.
    pub(crate) fn new(document: Node<'_>, arn: Option<&str>, call: &Call<'_>) -> ResourcePolicy {
        let deletes = matches!(call.name, "DeleteClusterPolicy" | "DeleteResourcePolicy");
        let document = if deletes { Field::Present(NO_POLICY.to_owned()) } else { policy_text(document) };
        let owner = arn.and_then(Arn::parse).map(|arn| arn.account).filter(|account| is_account(account));
        ResourcePolicy { owner: owner.unwrap_or(call.scope.account).to_owned(), document }
    }
}

/// The text of a policy: usually recorded as a text, rarely as an object.
pub(crate) fn policy_text(node: Node<'_>) -> Field<String> {
    match node {
        Field::Present(document @ Value::Object(_)) => Field::Present(document.to_string()),
        node => node.text().map(str::to_owned),
    }
}
