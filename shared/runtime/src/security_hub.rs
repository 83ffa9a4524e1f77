//! The function that imports into AWS Security Hub what changes in the ledger: it reads the stream of the table.
//!
//! A record that cannot be imported is reported as a failed item, and Lambda then tries everything from it on again: importing
//! twice changes nothing, because Security Hub ignores a finding that is not newer than the one it has.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>,
//! <https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html>

mod changes;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};
use futures_util::stream::{StreamExt, iter};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use sealwatch_rules::aws::partition::of_region;
use sealwatch_rules::output::asff::Hub;
use sealwatch_rules::util::text::plain;
use serde_json::{Value, json};

use crate::api::Api;
use crate::aws_config::function_config;
use crate::aws_error::describe;
use crate::clock::now;
use crate::environment::{LOOKUP_ROLE, lookup_role};
use crate::lookups::{LookupError, assume};
use crate::metrics;
use crate::panics::without_message;
use crate::process::{End, log_start};
use crate::security_hub::changes::{Import, changes};

/// The value of the dimension of its metrics.
const NAME: &str = "security-hub";

/// The most findings of a request.
///
/// <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html>
const MAX_FINDINGS: usize = 100;

/// The most accounts that are called at the same time.
const AT_ONCE: usize = 16;

/// An import of a hundred findings may take longer than the look-ups that the function's configuration is for.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// An import that takes longer, with all its attempts, fails.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);

const IMPORT: &str = "securityhub:BatchImportFindings";

/// The function, ready for its events.
struct Function {
    config: SdkConfig,
    /// The name of the role in another account.
    role: Option<String>,
}

/// Reads the configuration and imports until the process ends.
///
/// # Errors
/// Says what is wrong with the configuration, or that the Runtime API cannot be used.
pub(crate) async fn serve() -> Result<(), End> {
    let function = Arc::new(Function { role: lookup_role()?, config: function_config()? });
    let handle = move |event: LambdaEvent<Value>| {
        let function = Arc::clone(&function);
        async move {
            let imported = function.run(&event.payload, &event.context.invoked_function_arn);
            Ok::<Value, Diagnostic>(without_message(imported).await)
        }
    };
    log_start();
    Ok(lambda_runtime::run(service_fn(handle)).await?)
}

impl Function {
    /// Imports the changes of an event. Returns the records that Lambda has to try again.
    async fn run(&self, event: &Value, function_arn: &str) -> Value {
        let region = self.config.region().map_or("", |region| region.as_ref());
        let hub = Hub { partition: of_region(region), region };
        let changes = changes(event, hub, now());
        for problem in &changes.problems {
            tracing::error!("{problem}");
        }
        let total = changes.imports.len() + changes.unreadable.len();
        let own = own_account(function_arn);
        // one account that does not answer must not use up the time of the others
        let accounts = by_account(changes.imports);
        let accounts = accounts.iter().map(|(account, imports)| self.import_all(account, own, hub, imports));
        let failed: Vec<Vec<String>> = iter(accounts.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).collect().await;
        let failed = [vec![changes.unreadable], failed].concat().concat();
        count(total.saturating_sub(failed.len()), failed.len());
        json!({"batchItemFailures": failed.iter().map(|number| json!({"itemIdentifier": number})).collect::<Vec<_>>()})
    }

    /// Imports the findings of one account. Returns the sequence numbers of those that are not imported.
    async fn import_all(&self, account: &str, own: &str, hub: Hub<'_>, imports: &[Import]) -> Vec<String> {
        let api = self.api(account, own, hub).await;
        let mut failed = Vec::new();
        for batch in imports.chunks(MAX_FINDINGS) {
            let refused = match &api {
                Ok(api) => import(api, account, hub.region, batch).await,
                Err(why) => Err(why.clone()),
            };
            failed.extend(refused.unwrap_or_else(|why| {
                tracing::error!(account, findings = batch.len(), "not imported into Security Hub: {why}");
                batch.iter().map(|import| import.sequence_number.clone()).collect()
            }));
        }
        failed
    }

    /// The API with the credentials of this account: Security Hub takes a finding only from the account that it is about.
    async fn api(&self, account: &str, own: &str, hub: Hub<'_>) -> Result<Api, String> {
        if account == own {
            return Ok(Api::of(for_imports(&self.config)));
        }
        let Some(role) = &self.role else {
            return Err(format!(
                "the finding is about account {account} and the function runs in {own}: set {LOOKUP_ROLE} to the name of \
                 a role in {account} that the function may assume and that allows `{IMPORT}`"
            ));
        };
        let arn = format!("arn:{}:iam::{account}:role/{role}", hub.partition);
        let (config, _) = assume(&self.config, &arn).await.map_err(LookupError::into_reason)?;
        Ok(Api::of(for_imports(&config)))
    }
}

fn for_imports(config: &SdkConfig) -> SdkConfig {
    let timeouts = config.timeout_config().map(TimeoutConfig::to_builder).unwrap_or_default();
    let timeouts = timeouts.operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(OPERATION_TIMEOUT);
    config.to_builder().timeout_config(timeouts.build()).build()
}

/// The account of a function, from its ARN.
fn own_account(function_arn: &str) -> &str {
    sealwatch_rules::aws::arn::Arn::parse(function_arn).map_or("", |arn| arn.account)
}

fn by_account(imports: Vec<Import>) -> BTreeMap<String, Vec<Import>> {
    let mut accounts: BTreeMap<String, Vec<Import>> = BTreeMap::new();
    for import in imports {
        accounts.entry(import.account.clone()).or_default().push(import);
    }
    accounts
}

/// Imports findings of one account. Returns the sequence numbers of those that Security Hub refuses.
async fn import(api: &Api, account: &str, region: &str, batch: &[Import]) -> Result<Vec<String>, String> {
    let findings: Vec<&Value> = batch.iter().map(|import| &import.finding).collect();
    let answer = api.call(IMPORT, &json!({"Findings": findings})).await;
    let answer = answer.map_err(|error| problem(&error, account, region))?;
    let refused = answer.get("FailedFindings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |failure: &Value, name: &str| failure.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    for failure in refused {
        let (id, code, message) = (text(failure, "Id"), text(failure, "ErrorCode"), text(failure, "ErrorMessage"));
        let advice = advice(&code, account, region);
        let (id, reason) = (plain(&id), plain(&format!("{code}: {message}")));
        tracing::error!(account, finding = id, "Security Hub refuses a finding: {reason}{advice}");
    }
    let ids: HashSet<String> = refused.iter().map(|failure| text(failure, "Id")).collect();
    let numbers = batch.iter().filter(|import| ids.contains(&import.fingerprint));
    let numbers: Vec<String> = numbers.map(|import| import.sequence_number.clone()).collect();
    let count = answer.get("FailedCount").and_then(Value::as_u64).unwrap_or_default();
    match count > numbers.len() as u64 {
        true => Err(format!("`{IMPORT}` failed for {count} findings and names {} of them", numbers.len())),
        false => Ok(numbers),
    }
}

/// Why a call failed, and what to do.
fn problem(error: &SdkError<ErrorMetadata, HttpResponse>, account: &str, region: &str) -> String {
    format!("`{IMPORT}`: {}{}", describe(error), advice(error.code().unwrap_or_default(), account, region))
}

/// What to do about an error of Security Hub, of a call or of a finding.
fn advice(code: &str, account: &str, region: &str) -> String {
    match code {
        "InvalidAccess" | "InvalidAccessException" | "ResourceNotFoundException" => format!(
            "; Security Hub is not enabled in account {account} in {region}: enable it (`aws securityhub \
             enable-security-hub`), or deploy the stack without Security Hub"
        ),
        "AccessDenied" | "AccessDeniedException" => format!(
            "; allow `{IMPORT}` on `arn:*:securityhub:{region}:{account}:product/{account}/default` to the role of the \
             function, or in a hub, to the role that it assumes in {account}"
        ),
        _ => String::new(),
    }
}

/// Counts what was imported, and what was not.
fn count(imported: usize, failed: usize) {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let all = [("Imported", number(imported)), ("ImportFailures", number(failed))];
    let written: Vec<(&str, &str, u64)> =
        all.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| (name, "Count", count)).collect();
    if !written.is_empty() {
        // A function that cannot write its output can do nothing about it.
        let _ = metrics::write(&metrics::line_of(("detector", NAME), &written));
    }
}
