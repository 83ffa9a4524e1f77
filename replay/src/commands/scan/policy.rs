//! The IAM policy of a scan, from the rows that it scans.

use std::collections::{BTreeMap, BTreeSet};

use sealwatch_rules::aws::partition::of_region;
use sealwatch_rules::engine::existing::Existing;
use sealwatch_rules::engine::lookup::LIST_ACCOUNTS;
use sealwatch_rules::settings::Settings;
use sealwatch_runtime::scan::{Target, Wanted, permissions};
use serde_json::{Value, json};

/// What a scan of these rows calls, in every account. `sts:GetCallerIdentity` needs no permission.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
pub(super) fn policy(rows: &[&'static Existing], target: &Target, settings: &Settings) -> Value {
    let mut actions: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (action, resource) in permissions(target) {
        actions.entry(resource).or_default().insert(action);
    }
    let needed = Wanted::permissions(rows);
    for one in needed.filter(|one| one.action != LIST_ACCOUNTS || settings.keys.trusts_organization) {
        actions.entry(one.resource.to_owned()).or_default().insert(one.action);
    }
    let region = match target.regions.as_slice() {
        [region] => region,
        _ => "*",
    };
    let partition = target.regions.first().map_or("aws", |region| of_region(region));
    let statements: Vec<Value> = actions
        .into_iter()
        .map(|(resource, actions)| {
            let resource =
                resource.replace("{partition}", partition).replace("{region}", region).replace("{account}", "*");
            json!({"Effect": "Allow", "Action": actions, "Resource": resource})
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}
