//! Why a call of a scan has no answer.

use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ErrorMetadata, SdkError};
use sealwatch_rules::util::text::plain;

use crate::aws_error::{Rejection, classify, describe};

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

/// What is wrong with a list that would never end.
pub(super) const SAME_TOKEN: &str = "two pages have the same token";

/// Why one attempt has no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
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

pub(super) fn refused(action: &str, error: SdkError<ErrorMetadata, HttpResponse>) -> Refused {
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
