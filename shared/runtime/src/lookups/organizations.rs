//! The accounts of the organization.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_config::SdkConfig;
use sealwatch_rules::aws::partition;
use sealwatch_rules::engine::lookup::OrganizationAccounts;
use sealwatch_rules::text;
use sealwatch_rules::{Lookup, LookupResult};
use serde_json::{Value, json};

use crate::aws_error::{Rejection, classify};
use crate::environment::ORGANIZATION_ROLE;
use crate::lookups::service::{Client, LookupError, LookupOutcome, Service};
use crate::signed::{Request, endpoint_url, send};

/// AWS Organizations.
pub static ORGANIZATIONS: Service = Service { name: "organizations", connect };

/// More pages than an organization of 10,000 accounts has, at 20 accounts each.
const MAX_PAGES: usize = 1000;

fn connect(config: &SdkConfig) -> Client {
    let config = config.clone();
    Box::new(move |lookup| {
        let config = config.clone();
        Box::pin(async move { list_accounts(&config, &lookup).await })
    })
}

/// All accounts, page by page: a page can be empty although others follow.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>
async fn list_accounts(config: &SdkConfig, lookup: &Lookup) -> LookupOutcome {
    let (mut ids, mut token) = (BTreeSet::new(), Value::Null);
    for _ in 0..MAX_PAGES {
        let body = match &token {
            Value::String(token) => json!({ "NextToken": token }),
            _ => json!({}),
        };
        let response = send(config, request(config, &body)).await;
        let response = response.map_err(|error| unanswered(lookup.call, classify(error)))?;
        let page: Value = serde_json::from_slice(&response).unwrap_or_default();
        let accounts = page
            .get("Accounts")
            .and_then(Value::as_array)
            .ok_or_else(|| LookupError::Unknown(text!("`{call}` returned no list of accounts", call = lookup.call)))?;
        ids.extend(accounts.iter().filter_map(|account| account.get("Id")?.as_str().map(str::to_owned)));
        token = page.get("NextToken").cloned().unwrap_or_default();
        if token.is_null() {
            return Ok(LookupResult::Accounts(OrganizationAccounts { ids: Arc::new(ids), stale: false }));
        }
    }
    Err(LookupError::Unknown(text!("`{call}` did not end after {pages} pages", call = lookup.call, pages = MAX_PAGES)))
}

fn request(config: &SdkConfig, body: &Value) -> Request {
    let partition = partition::of_region(config.region().map_or("", |region| region.as_ref()));
    let region = partition::global_region(partition);
    Request {
        service: "organizations",
        operation: "ListAccounts",
        region: region.to_owned(),
        method: "POST",
        endpoint: endpoint_url(config, "Organizations").unwrap_or_else(|| endpoint(config, partition, region)),
        path: "/".to_owned(),
        headers: vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", "AWSOrganizationsV20161128.ListAccounts".to_owned()),
        ],
        body: body.to_string(),
    }
}

fn endpoint(config: &SdkConfig, partition: &str, region: &str) -> String {
    let dual_stack = config.use_dual_stack().unwrap_or_default();
    // GovCloud has one endpoint, which is a FIPS endpoint
    let fips = if config.use_fips().unwrap_or_default() && partition != "aws-us-gov" { "-fips" } else { "" };
    format!("https://organizations{fips}.{region}.{}", partition::dns_suffix(partition, dual_stack))
}

fn unanswered(call: &str, rejection: Rejection) -> LookupError {
    match rejection {
        Rejection::Denied | Rejection::NotFound => LookupError::Unknown(text!(
            "`{call}` was denied: only the management account of the organization and its delegated administrators may list \
             accounts; set {variable} of the function to a role there that allows it (for `--live`, use a profile of such an \
             account), or name the accounts in `keys.trusted_accounts`",
            call,
            variable = ORGANIZATION_ROLE
        )),
        Rejection::Invalid(why) => LookupError::Unknown(text!("`{call}` was rejected: {why}", call, why)),
        Rejection::Unavailable(why) => LookupError::Retry(text!("`{call}` failed: {why}", call, why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_endpoint() {
        let at = |region: &'static str, fips: bool, dual_stack: bool| {
            let config = SdkConfig::builder().region(aws_config::Region::from_static(region));
            let request = request(&config.use_fips(fips).use_dual_stack(dual_stack).build(), &json!({}));
            format!("{} {}", request.endpoint, request.region)
        };
        assert_eq!(at("eu-west-1", false, false), "https://organizations.us-east-1.amazonaws.com us-east-1");
        assert_eq!(at("eu-west-1", true, true), "https://organizations-fips.us-east-1.api.aws us-east-1");
        assert_eq!(
            at("cn-north-1", false, false),
            "https://organizations.cn-northwest-1.amazonaws.com.cn cn-northwest-1"
        );
        assert_eq!(at("us-gov-east-1", true, false), "https://organizations.us-gov-west-1.amazonaws.com us-gov-west-1");
        assert_eq!(
            at("eusc-de-east-1", false, false),
            "https://organizations.eusc-de-east-1.amazonaws.eu eusc-de-east-1"
        );
    }

    #[test]
    fn a_denied_call_says_what_to_set_up() {
        let LookupError::Unknown(why) = unanswered("organizations:ListAccounts", Rejection::Denied) else { panic!() };
        assert!(why.contains("SEALWATCH_ORGANIZATION_ROLE_ARN") && why.contains("delegated administrator"), "{why}");
        let throttled = unanswered("organizations:ListAccounts", Rejection::Unavailable("429".into()));
        assert!(matches!(throttled, LookupError::Retry(_)));
    }
}
