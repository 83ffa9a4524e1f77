//! The calls of a scan: each within its rate, tried again if AWS throttles or does not respond.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ErrorMetadata, SdkError};
use sealwatch_rules::util::text::plain;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::api::Api;
use crate::aws_error::{Rejection, classify, describe};
use crate::scan::rate::Bucket;

/// The most calls at the same time.
const MAX_CONCURRENT_CALLS: usize = 32;

/// A call that AWS throttles is tried again so often. The pauses between them grow to several seconds, so a call is given up
/// after about a minute.
const MAX_THROTTLED: u32 = 12;

/// A call without a response is tried again so often.
const MAX_UNANSWERED: u32 = 3;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// What is wrong with a list that would never end.
pub(super) const SAME_TOKEN: &str = "two pages have the same token";

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// Access was denied.
    Denied,
    /// The resource does not exist (any more).
    NotFound,
    /// The account has not enabled the Region.
    Disabled,
    /// The Region does not offer the service or the operation.
    NotOffered,
    /// AWS throttled the call, however often it was tried.
    Throttled,
    /// AWS rejected the call, or did not respond: this is why.
    Failed(String),
}

/// Makes calls in one account and Region.
#[derive(Debug)]
pub(super) struct Caller {
    api: Api,
    buckets: Mutex<HashMap<(&'static str, String), Arc<Bucket>>>,
    slots: Semaphore,
    calls: AtomicU64,
}

impl Caller {
    pub(super) fn new(api: Api) -> Caller {
        Caller { api, buckets: Mutex::default(), slots: Semaphore::new(MAX_CONCURRENT_CALLS), calls: AtomicU64::new(0) }
    }

    /// How many calls were made.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// How many calls were made since this was last asked.
    pub(super) fn take_calls(&self) -> u64 {
        self.calls.swap(0, Ordering::Relaxed)
    }

    /// The answer of a call in this Region: the caller's own one, if it is empty.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(super) async fn ask(&self, action: &'static str, parameters: &Value, region: &str) -> Result<Value, Problem> {
        let elsewhere = (!region.is_empty() && region != self.api.region()).then(|| self.api.in_region(region));
        let api = elsewhere.as_ref().unwrap_or(&self.api);
        let bucket = self.bucket(action, elsewhere.as_ref().map_or("", |_| region));
        let (mut throttled, mut unanswered, mut pause) = (0, 0, FIRST_PAUSE);
        loop {
            bucket.take().await?;
            let answer = {
                let _slot = self.slots.acquire().await;
                bucket.check()?; // many calls may have waited here while others had no response
                self.calls.fetch_add(1, Ordering::Relaxed);
                api.call(action, parameters).await
            };
            let error = match answer {
                Ok(answer) => {
                    bucket.answered();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            match refused(action, error) {
                Refused::Throttled => {
                    bucket.throttled();
                    throttled += 1;
                    if throttled > MAX_THROTTLED {
                        return Err(Problem::Throttled);
                    }
                }
                Refused::Unanswered(why) => {
                    bucket.unanswered(&why);
                    unanswered += 1;
                    if unanswered > MAX_UNANSWERED {
                        return Err(Problem::Failed(why));
                    }
                }
                Refused::For(problem) => {
                    bucket.answered();
                    return Err(problem);
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// All entries of a list of a few pages: accounts, Regions, schedules.
    ///
    /// # Errors
    /// Why there is no answer, or what is wrong with it.
    pub(super) async fn all(
        &self,
        action: &'static str,
        mut parameters: Value,
        entries: &str,
    ) -> Result<Vec<Value>, Problem> {
        let (mut all, mut tokens) = (Vec::new(), BTreeSet::new());
        loop {
            let mut page = self.ask(action, &parameters, "").await?;
            let Some(Value::Array(list)) = page.get_mut(entries).map(Value::take) else {
                return Err(Problem::Failed(format!("the answer has no list `{entries}`")));
            };
            all.extend(list);
            match page.get("NextToken").and_then(Value::as_str).filter(|token| !token.is_empty()) {
                Some(token) if tokens.insert(token.to_owned()) => parameters["NextToken"] = token.into(),
                Some(_) => return Err(Problem::Failed(SAME_TOKEN.to_owned())),
                None => return Ok(all),
            }
        }
    }

    /// Each Region has its own quotas. `region` is empty for that of the caller.
    fn bucket(&self, action: &'static str, region: &str) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry((action, region.to_owned()));
        Arc::clone(bucket.or_insert_with(|| Arc::new(Bucket::new(action))))
    }
}

/// Why one attempt has no answer.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    Throttled,
    /// Another try may succeed.
    Unanswered(String),
    For(Problem),
}

/// Kinesis and Firehose throttle with `LimitExceededException`.
///
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html>
const THROTTLED: [&str; 6] = [
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// What services answer to credentials that are valid, but not in a Region that the account has not enabled.
///
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>
const DISABLED: [&str; 4] =
    ["InvalidClientTokenId", "OptInRequired", "SubscriptionRequiredException", "UnrecognizedClientException"];

const NOT_OFFERED: [&str; 3] = ["InvalidAction", "UnknownOperation", "UnknownOperationException"];

/// CloudTrail Lake is not in every Region: not in those of China, for example. Elsewhere this code is about one resource: KMS
/// says so of a key that cannot rotate.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListEventDataStores.html>
const NO_LAKE: (&str, &str) = ("cloudtrail:ListEventDataStores", "UnsupportedOperationException");

/// What the system says about a host name that does not exist. A Region without MSK has no host for it. The other services are
/// in every Region (`endpoints.json` of botocore), so that it means a wrong name of the Region, or no DNS.
const NO_HOST: &str = "dns error";

fn refused(action: &str, error: SdkError<ErrorMetadata, HttpResponse>) -> Refused {
    if let SdkError::ServiceError(answered) = &error {
        let code = answered.err().code().unwrap_or_default();
        let status = answered.raw().status().as_u16();
        if status == 429 || THROTTLED.contains(&code) {
            return Refused::Throttled;
        }
        if DISABLED.contains(&code) {
            return Refused::For(Problem::Disabled);
        }
        if NOT_OFFERED.contains(&code) || NO_LAKE == (action, code) {
            return Refused::For(Problem::NotOffered);
        }
    }
    let words = describe(&error);
    if matches!(error, SdkError::DispatchFailure(_)) && words.contains(NO_HOST) && action.starts_with("kafka") {
        return Refused::For(Problem::NotOffered);
    }
    if let SdkError::ConstructionFailure(_) = error {
        return Refused::For(Problem::Failed(plain(&words)));
    }
    match classify(error) {
        Rejection::Denied => Refused::For(Problem::Denied),
        Rejection::NotFound => Refused::For(Problem::NotFound),
        Rejection::Invalid(why) => Refused::For(Problem::Failed(why)),
        Rejection::Unavailable(_) => Refused::Unanswered(plain(&words)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    #[test]
    fn what_a_service_says_decides_whether_a_call_is_made_again() {
        let for_problem = |problem: Problem| Refused::For(problem);
        for (status, code, want) in [
            (400, "ThrottlingException", Refused::Throttled),
            (400, "LimitExceededException", Refused::Throttled),
            (429, "", Refused::Throttled),
            (400, "AccessDeniedException", for_problem(Problem::Denied)),
            (403, "", for_problem(Problem::Denied)),
            (400, "ResourceNotFoundException", for_problem(Problem::NotFound)),
            (404, "NotFoundException", for_problem(Problem::NotFound)),
            (403, "UnrecognizedClientException", for_problem(Problem::Disabled)),
            (403, "OptInRequired", for_problem(Problem::Disabled)),
            (400, "UnknownOperationException", for_problem(Problem::NotOffered)),
            (400, "ValidationException", for_problem(Problem::Failed("the message".to_owned()))),
            (500, "InternalFailure", Refused::Unanswered("InternalFailure: the message".to_owned())),
        ] {
            let mut metadata = ErrorMetadata::builder().message("the message");
            if !code.is_empty() {
                metadata = metadata.code(code);
            }
            let response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
            assert_eq!(
                refused("kms:DescribeKey", SdkError::service_error(metadata.build(), response)),
                want,
                "{status} {code}"
            );
        }
    }
}
