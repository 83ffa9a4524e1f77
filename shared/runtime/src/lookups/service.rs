//! What every service has in common: its row, its answers, and how they become facts.

use sealwatch_rules::language::Text;
use sealwatch_rules::text;
use std::pin::Pin;

use aws_config::SdkConfig;
use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use sealwatch_rules::aws::arn::Arn;
use sealwatch_rules::aws::partition::{global_region, is_region};
use sealwatch_rules::engine::lookup::LIST_ACCOUNTS;
use sealwatch_rules::{Change, Lookup, LookupResult};

use crate::aws_error::{Rejection, classify};

/// A service that can be asked.
#[derive(Debug)]
pub struct Service {
    /// The prefix of its IAM actions, or one of them: it answers the look-ups whose call begins with it.
    pub(super) name: &'static str,
    /// Creates a client.
    pub(super) connect: fn(&SdkConfig) -> Client,
}

/// A client of a service: starts the call for a look-up.
pub(super) type Client = Box<dyn Fn(Lookup) -> LookupFuture + Send + Sync>;

/// A call that is not yet made.
pub(super) type LookupFuture = Pin<Box<dyn Future<Output = LookupOutcome> + Send>>;

/// The result of a look-up, or why there is none.
pub(crate) type LookupOutcome = Result<LookupResult, LookupError>;

/// Why a look-up has no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LookupError {
    /// AWS rejected the call, and does so again at another try. The reason is a fact: findings are unverified because of it.
    Unknown(Text),
    /// AWS did not respond (throttling, a time-out, a failure of its own): another try may succeed.
    Retry(Text),
}

impl LookupError {
    pub(crate) fn into_reason(self) -> Text {
        match self {
            LookupError::Unknown(why) | LookupError::Retry(why) => why,
        }
    }
}

/// A look-up, and the Region to make it in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LookupRequest {
    pub(crate) lookup: Lookup,
    pub(crate) region: String,
}

impl LookupRequest {
    /// A look-up for a change, in the Region of the resource's own ARN if it names one, else in that of the call.
    pub(crate) fn new(lookup: Lookup, change: &Change<'_>) -> LookupRequest {
        if lookup.call == LIST_ACCOUNTS {
            let region = global_region(change.scope.partition).to_owned();
            return LookupRequest { lookup, region };
        }
        let arn = Arn::parse(&lookup.arn).filter(|arn| arn.partition == change.scope.partition);
        let region = arn.map(|arn| arn.region).filter(|region| is_region(region)).unwrap_or(change.scope.region);
        let region = region.to_owned();
        LookupRequest { lookup, region }
    }
}

impl Service {
    /// True for the look-ups that it answers.
    pub(super) fn answers(&self, lookup: &Lookup) -> bool {
        lookup.call.strip_prefix(self.name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    }
}

/// Reads the response of a call, or the reason why there is none.
pub(super) fn read_response<T, E: ProvideErrorMetadata>(
    call: &str,
    arn: &str,
    response: Result<T, SdkError<E, HttpResponse>>,
    read: impl FnOnce(T) -> LookupOutcome,
) -> LookupOutcome {
    let error = match response {
        Ok(response) => return read(response),
        Err(error) => error,
    };
    match classify(error) {
        Rejection::NotFound => Ok(LookupResult::Deleted),
        Rejection::Denied if call.starts_with("kms:") => Err(LookupError::Unknown(text!(
            "`{call}` on `{arn}` was denied: allow it in the policy of the role that makes look-ups and in the key policy",
            call,
            arn
        ))),
        Rejection::Denied => Err(LookupError::Unknown(text!(
            "`{call}` on `{arn}` was denied: allow it in the policy of the role that makes look-ups",
            call,
            arn
        ))),
        Rejection::Invalid(why) => Err(LookupError::Unknown(text!("`{call}` rejected `{arn}`: {why}", call, arn, why))),
        Rejection::Unavailable(why) => {
            Err(LookupError::Retry(text!("`{call}` on `{arn}` failed: {why}", call, arn, why)))
        }
    }
}

/// For a response without the description that it should hold.
pub(super) fn no_description(call: &str, arn: &str) -> LookupError {
    LookupError::Unknown(text!("`{call}` returned no description of `{arn}`", call, arn))
}
