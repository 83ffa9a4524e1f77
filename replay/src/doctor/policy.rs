//! The IAM policy of the command, from the table of checks.

use std::collections::{BTreeMap, BTreeSet};

use sealwatch_rules::aws::partition::of_region;
use serde_json::{Value, json};

use crate::doctor::checks::CHECKS;

/// What the command may do, in every account, for the stack with this name.
///
/// `sts:GetCallerIdentity` needs no permission.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
pub(crate) fn policy(name: &str, region: Option<&str>) -> Value {
    let mut actions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for call in CHECKS.iter().flat_map(|check| check.calls) {
        actions.entry(call.resource).or_default().insert(call.action);
    }
    let statements: Vec<Value> = actions
        .into_iter()
        .map(|(resource, actions)| {
            let resource = resource
                .replace("{partition}", region.map_or("aws", of_region))
                .replace("{region}", region.unwrap_or("*"))
                .replace("{account}", "*")
                .replace("{name}", name);
            json!({"Effect": "Allow", "Action": actions, "Resource": resource})
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}
