//! The accounts and Regions that a scan looks into.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use sealwatch_rules::Text;
use sealwatch_rules::aws::partition::{global_region, of_region};
use sealwatch_rules::engine::lookup::OrganizationAccounts;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::api::Api;
use crate::aws_config::{in_region, laptop_config_for_lookups};
use crate::aws_error::{NO_CREDENTIALS, describe};
use crate::lookups::assume;
use crate::scan::caller::Caller;
use crate::scan::problem::Problem;

/// One attempt of a call. The scan itself tries again.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// A scan of one account and Region is done sooner. Credentials of a role are valid for an hour.
const LONGEST_SCAN: Duration = Duration::from_secs(30 * 60);

const LIST_REGIONS: &str = "account:ListRegions";
const LIST_ACCOUNTS: &str = "organizations:ListAccounts";
const ASSUME_ROLE: &str = "sts:AssumeRole";

/// One account and Region.
#[derive(Debug, Clone)]
pub struct Place {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    pub(super) api: Api,
    pub(super) organization: Organization,
    /// The role that was assumed.
    pub(super) role: Option<Role>,
}

/// A role in another account.
#[derive(Debug, Clone)]
pub(super) struct Role {
    /// Who assumes it.
    pub(super) caller: SdkConfig,
    pub(super) arn: String,
    /// When the credentials expire.
    pub(super) expires: Option<SystemTime>,
}

impl Role {
    /// True if the credentials may expire during a scan.
    pub(super) fn expires_soon(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|expires| now + LONGEST_SCAN > expires)
    }
}

impl Place {
    /// The API, with credentials that are valid while the place is scanned: many may have been scanned before it.
    pub(super) async fn api(&self) -> Api {
        let Some(role) = self.role.as_ref().filter(|role| role.expires_soon(SystemTime::now())) else {
            return self.api.clone();
        };
        match assume(&role.caller, &role.arn).await {
            Ok((config, _)) => Api::of(in_region(&for_scans(&config), &self.region)),
            Err(_) => self.api.clone(), // its calls say why they fail
        }
    }
}

/// The organization, with credentials that may list its accounts. They are asked for once, however many places there are.
#[derive(Debug, Clone)]
pub(super) struct Organization(Arc<(Caller, OnceCell<Accounts>)>);

/// The ids of accounts, or why they are not known.
type Accounts = Result<Arc<BTreeSet<String>>, Problem>;

impl Organization {
    pub(super) fn new(api: Api) -> Organization {
        Organization(Arc::new((Caller::new(api), OnceCell::new())))
    }

    /// The accounts.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(super) async fn accounts(&self) -> Result<OrganizationAccounts, Problem> {
        let (caller, answer) = &*self.0;
        let list = async || {
            let accounts = caller.all(LIST_ACCOUNTS, json!({}), "Accounts").await?;
            let ids = accounts.iter().filter_map(|account| account.get("Id")?.as_str().map(str::to_owned)).collect();
            Ok(Arc::new(ids))
        };
        let ids = answer.get_or_init(list).await.clone()?;
        Ok(OrganizationAccounts { ids, stale: false })
    }

    /// How many calls were made and are not counted yet.
    pub(super) fn take_calls(&self) -> u64 {
        self.0.0.take_calls()
    }
}

/// Which accounts and Regions to scan from the command line.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The AWS profile; the default one if it is `None`.
    pub profile: Option<String>,
    /// The Regions; the configured one if there are none.
    pub regions: Vec<String>,
    /// All Regions that an account has enabled.
    pub all_regions: bool,
    /// The role to assume in each account; the account of the credentials alone if it is `None`.
    pub role: Option<String>,
    /// The accounts.
    pub accounts: Vec<String>,
    /// All accounts of the organization.
    pub organization: bool,
}

/// The places of a scan.
#[derive(Debug, Default)]
pub struct Places {
    /// Where to look.
    pub places: Vec<Place>,
    /// Where nobody can look, by account, and why.
    pub unreachable: BTreeMap<String, String>,
    /// The Regions that accounts have not enabled: nothing is there.
    pub disabled: BTreeMap<String, Vec<String>>,
}

/// Finds the places of a scan, with the credentials that the AWS CLI would use.
///
/// # Errors
/// Says why there are no credentials, or why AWS rejects them, or that no Region is known.
pub async fn places(target: &Target) -> Result<Places, String> {
    let own = laptop_config_for_lookups(target.profile.as_deref()).await?;
    let own = match target.regions.first() {
        Some(region) => in_region(&own, region),
        None if !region_of(&own).is_empty() => own,
        None if target.all_regions => in_region(&own, "us-east-1"),
        None => return Err("no Region is configured: add `--region REGION` or `--all-regions`".to_owned()),
    };
    let (sts, own_account) = caller(&own).await?;
    let organization = Organization::new(global(&own));
    let accounts = match target.organization {
        true => accounts_of(&global(&own)).await?,
        false if target.accounts.is_empty() => vec![own_account.clone()],
        false => target.accounts.clone(),
    };
    let mut found = Places::default();
    for account in accounts {
        let (config, role) = match &target.role {
            Some(role) if account != own_account => {
                let partition = of_region(region_of(&own));
                let arn = format!("arn:{partition}:iam::{account}:role/{role}");
                match assume(&sts, &arn).await {
                    Ok((config, expires)) => (config, Some(Role { caller: sts.clone(), arn, expires })),
                    Err(error) => {
                        found.unreachable.insert(account, error.into_reason().into());
                        continue;
                    }
                }
            }
            _ => (own.clone(), None),
        };
        let regions = match (target.all_regions, target.regions.is_empty()) {
            (true, _) => regions_of(&global(&config)).await,
            (false, true) => Ok((vec![region_of(&own).to_owned()], Vec::new())),
            (false, false) => Ok((target.regions.clone(), Vec::new())),
        };
        let (regions, disabled) = match regions {
            Ok(regions) => regions,
            Err(why) => {
                found.unreachable.insert(account, why);
                continue;
            }
        };
        found.places.extend(regions.into_iter().map(|region| Place {
            account: account.clone(),
            api: Api::of(in_region(&for_scans(&config), &region)),
            organization: organization.clone(),
            role: role.clone(),
            region,
        }));
        if !disabled.is_empty() {
            found.disabled.insert(account, disabled);
        }
    }
    Ok(found)
}

/// The account of the credentials, and the Region whose STS knows them.
async fn caller(own: &SdkConfig) -> Result<(SdkConfig, String), String> {
    let ask = async |config: &SdkConfig| aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    // nobody should wait for many attempts to learn that a name is wrong
    let own = own.to_builder().retry_config(RetryConfig::standard()).build();
    let (mut config, mut answer) = (own.clone(), ask(&own).await);
    // STS in a Region that the account has not enabled rejects valid credentials. That of global services is always enabled.
    if answer.as_ref().is_err_and(|error| error.code() == Some("InvalidClientTokenId")) {
        config = in_region(&own, global_region(of_region(region_of(&own))));
        answer = ask(&config).await;
    }
    let caller = answer.map_err(|error| {
        let why = describe(&error);
        match error {
            SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) | SdkError::ResponseError(_)
                if why != NO_CREDENTIALS =>
            {
                let region = region_of(&config);
                format!(
                    "AWS does not respond in `{region}`: {why}: is that a Region, is the network there, is \
                     `AWS_ENDPOINT_URL` right?"
                )
            }
            _ => format!(
                "a scan needs AWS credentials: {why}; `aws sts get-caller-identity` shows what the AWS CLI finds"
            ),
        }
    })?;
    Ok((config, caller.account.ok_or("`sts:GetCallerIdentity` returned no account for the credentials")?))
}

/// The configuration of calls that a scan tries again by itself.
pub(crate) fn for_scans(config: &SdkConfig) -> SdkConfig {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
    config.to_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts).build()
}

fn region_of(config: &SdkConfig) -> &str {
    config.region().map_or("", Region::as_ref)
}

/// The API in the Region of the services that have one for all Regions.
pub(super) fn global(config: &SdkConfig) -> Api {
    Api::of(in_region(&for_scans(config), global_region(of_region(region_of(config)))))
}

/// The active accounts of the organization.
async fn accounts_of(organization: &Api) -> Result<Vec<String>, String> {
    let list = Caller::new(organization.clone()).all(LIST_ACCOUNTS, json!({}), "Accounts").await;
    let accounts = list.map_err(|problem| match problem {
        Problem::Denied => format!(
            "`{LIST_ACCOUNTS}` was denied: `--organization` needs credentials of the management account of the organization or of \
             a delegated administrator; or name the accounts with `--account`"
        ),
        other => format!("the accounts of the organization are not known: `{LIST_ACCOUNTS}`: {}", words(&other)),
    })?;
    let text = |account: &Value, name: &str| account.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    // the role of a suspended account cannot be assumed
    let is_active = |account: &&Value| text(account, "Status") != "SUSPENDED";
    Ok(accounts.iter().filter(is_active).map(|account| text(account, "Id")).collect())
}

/// The Regions that an account has enabled, and the others.
async fn regions_of(account: &Api) -> Result<(Vec<String>, Vec<String>), String> {
    let list = Caller::new(account.clone()).all(LIST_REGIONS, json!({"MaxResults": 50}), "Regions").await;
    let regions = list.map_err(|problem| match problem {
        Problem::Denied => format!("`{LIST_REGIONS}` was denied: allow it, or name the Regions with `--region`"),
        other => format!("its Regions are not known: `{LIST_REGIONS}`: {}", words(&other)),
    })?;
    let text = |region: &Value, name: &str| region.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    // ENABLED, ENABLED_BY_DEFAULT; what is being enabled or disabled answers calls or not
    let (enabled, disabled): (Vec<Value>, Vec<Value>) =
        regions.into_iter().partition(|region| text(region, "RegionOptStatus") != "DISABLED");
    let names = |regions: Vec<Value>| {
        let mut names: Vec<String> = regions.iter().map(|region| text(region, "RegionName")).collect();
        names.sort();
        names
    };
    Ok((names(enabled), names(disabled)))
}

/// What happened to a call.
pub(super) fn words(problem: &Problem) -> Text {
    match problem {
        Problem::Failed(why) => why.into(),
        Problem::Throttled => Text::literal("throttled again and again"),
        Problem::Denied => Text::literal("denied"),
        Problem::NotFound => Text::literal("notfound"),
        Problem::Disabled => Text::literal("disabled"),
        Problem::NotOffered => Text::literal("notoffered"),
    }
}

/// The permissions that finding the places takes, besides `sts:GetCallerIdentity`, which everybody has.
pub fn permissions(target: &Target) -> Vec<(&'static str, String)> {
    let mut needed = Vec::new();
    if target.all_regions {
        needed.push((LIST_REGIONS, "*".to_owned()));
    }
    if target.organization {
        needed.push((LIST_ACCOUNTS, "*".to_owned()));
    }
    if let Some(role) = &target.role {
        needed.push((ASSUME_ROLE, format!("arn:{{partition}}:iam::*:role/{role}")));
    }
    needed
}
