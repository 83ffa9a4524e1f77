//! Errors of AWS calls: what they mean, and how they read in a message.

use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use sealwatch_rules::language::Text;
use sealwatch_rules::util::text::plain;

/// Why a call to AWS has no result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// Access was denied.
    Denied,
    /// The resource does not exist.
    NotFound,
    /// The service rejected the request as it is, with this message: another try fails the same way.
    Invalid(String),
    /// Throttling, a time-out or a failure of AWS: another try may succeed.
    Unavailable(Text),
}

const DENIED: [&str; 4] = ["AccessDenied", "AccessDeniedException", "ForbiddenException", "UnauthorizedException"];

const NOT_FOUND: [&str; 6] = [
    "CustomKeyStoreNotFoundException",
    "EventDataStoreNotFoundException",
    "NotFoundException",
    "ResourceNotFoundException",
    "ResourcePolicyNotFoundException",
    "TrailNotFoundException",
];

const INVALID: [&str; 17] = [
    "AWSOrganizationsNotInUseException",
    "BadRequestException",
    "CloudTrailARNInvalidException",
    "EventDataStoreARNInvalidException",
    "InvalidArgumentException",
    "InvalidArnException",
    "InvalidMaxResultsException",
    "InvalidNextTokenException",
    "InvalidParameterException",
    "InvalidTrailNameException",
    "KMSInvalidStateException",
    "NoManagementAccountSLRExistsException",
    "OperationNotPermittedException",
    "ResourceARNNotValidException",
    "ResourceTypeNotSupportedException",
    "UnsupportedOperationException",
    "ValidationException",
];

/// Classifies an error of the SDK by its code.
///
/// Uses only the code and the message of an error: its `Debug` form holds the response body, which may hold
/// connector settings.
pub(crate) fn classify<E: ProvideErrorMetadata>(error: SdkError<E, HttpResponse>) -> Rejection {
    let unavailable = Rejection::Unavailable;
    let error = match error {
        SdkError::ServiceError(error) => error,
        SdkError::TimeoutError(_) => return unavailable(Text::literal("no response in time (timeout)")),
        SdkError::DispatchFailure(_) => return unavailable(Text::literal("no connection")),
        SdkError::ResponseError(_) => return unavailable(Text::literal("the response cannot be read")),
        _ => return unavailable(Text::literal("the request could not be sent")),
    };
    let status = error.raw().status().as_u16();
    let (code, message) = (error.err().code().unwrap_or_default(), error.err().message().unwrap_or_default());
    match (status, code) {
        (401 | 403, "") => Rejection::Denied,
        (404, "") => Rejection::NotFound,
        (_, code) if DENIED.contains(&code) => Rejection::Denied,
        (_, code) if NOT_FOUND.contains(&code) => Rejection::NotFound,
        (_, code) if INVALID.contains(&code) => Rejection::Invalid(plain(message)),
        _ => Rejection::Unavailable(format!("{status} {code} {message}").into()),
    }
}

/// What [`describe`] says if there are none. For the SDK it is a failure of the connection.
pub(crate) const NO_CREDENTIALS: &str = "no credentials were found";

/// An error of the SDK in one line: the response of the service, or why there was none.
pub(crate) fn describe<E: ProvideErrorMetadata + std::error::Error>(error: &E) -> String {
    if let Some(code) = error.code() {
        return plain(&format!("{code}: {}", error.message().unwrap_or("no message")));
    }
    let mut causes = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    if causes.iter().any(|cause| cause.contains("no credentials found in chain")) {
        return NO_CREDENTIALS.to_owned(); // the SDK lists every place where it looked
    }
    // some errors of the SDK have several lines
    plain(&causes.join(": ").split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    use aws_sdk_kms::error::ErrorMetadata;
    use aws_sdk_kms::operation::describe_key::DescribeKeyError;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    fn classified(status: u16, code: Option<&str>) -> Rejection {
        let mut metadata = ErrorMetadata::builder().message("the message");
        if let Some(code) = code {
            metadata = metadata.code(code);
        }
        let response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from("secret"));
        classify(SdkError::service_error(DescribeKeyError::generic(metadata.build()), response))
    }

    #[test]
    fn codes_and_statuses_decide_whether_another_try_may_succeed() {
        let invalid = || Rejection::Invalid("the message".to_owned());
        let unavailable = |text: &str| Rejection::Unavailable(format!("{text} the message").into());
        for (status, code, want) in [
            (400, Some("AccessDeniedException"), Rejection::Denied),
            (403, None, Rejection::Denied),
            (404, None, Rejection::NotFound),
            (400, Some("NotFoundException"), Rejection::NotFound),
            (400, Some("EventDataStoreNotFoundException"), Rejection::NotFound),
            (400, Some("ResourcePolicyNotFoundException"), Rejection::NotFound),
            (400, Some("InvalidArnException"), invalid()),
            (400, Some("ThrottlingException"), unavailable("400 ThrottlingException")),
            (500, Some("KMSInternalException"), unavailable("500 KMSInternalException")),
            (503, None, unavailable("503 ")),
        ] {
            assert_eq!(classified(status, code), want, "{status} {code:?}");
        }
    }
}
