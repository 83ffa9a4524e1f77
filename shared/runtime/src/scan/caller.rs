//! The calls of a scan: each within its rate, tried again if AWS throttles or does not respond.

use std::collections::HashMap;
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
    buckets: Mutex<HashMap<&'static str, Arc<Bucket>>>,
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

    /// The answer of a call in this Region: the caller's own one, if it is empty.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(super) async fn ask(&self, action: &'static str, parameters: &Value, region: &str) -> Result<Value, Problem> {
        let elsewhere = (!region.is_empty() && region != self.api.region()).then(|| self.api.in_region(region));
        let api = elsewhere.as_ref().unwrap_or(&self.api);
        let bucket = self.bucket(action);
        let (mut throttled, mut unanswered, mut pause) = (0, 0, FIRST_PAUSE);
        loop {
            bucket.take().await;
            let answer = {
                let _slot = self.slots.acquire().await;
                self.calls.fetch_add(1, Ordering::Relaxed);
                api.call(action, parameters).await
            };
            let error = match answer {
                Ok(answer) => {
                    bucket.speed_up().await;
                    return Ok(answer);
                }
                Err(error) => error,
            };
            match refused(error) {
                Refused::Throttled if throttled < MAX_THROTTLED => {
                    throttled += 1;
                    bucket.slow_down().await;
                }
                Refused::Throttled => return Err(Problem::Throttled),
                Refused::Unanswered(_) if unanswered < MAX_UNANSWERED => unanswered += 1,
                Refused::Unanswered(why) => return Err(Problem::Failed(why)),
                Refused::For(problem) => return Err(problem),
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn bucket(&self, action: &'static str) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(buckets.entry(action).or_insert_with(|| Arc::new(Bucket::new(action))))
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

/// What the system says about a host name that does not exist. A Region without a service has no host for it.
const NO_HOST: &str = "dns error";

fn refused(error: SdkError<ErrorMetadata, HttpResponse>) -> Refused {
    if let SdkError::ServiceError(answered) = &error {
        let code = answered.err().code().unwrap_or_default();
        let status = answered.raw().status().as_u16();
        if status == 429 || THROTTLED.contains(&code) {
            return Refused::Throttled;
        }
        if DISABLED.contains(&code) {
            return Refused::For(Problem::Disabled);
        }
        if NOT_OFFERED.contains(&code) {
            return Refused::For(Problem::NotOffered);
        }
    }
    let words = describe(&error);
    if matches!(error, SdkError::DispatchFailure(_)) && words.contains(NO_HOST) {
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
            assert_eq!(refused(SdkError::service_error(metadata.build(), response)), want, "{status} {code}");
        }
    }
}
