//! What AWS says instead of an answer.

use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use sealwatch_rules::text::plain;

/// A refusal that another try would meet again.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Access was denied.
    Denied,
    /// There is no such resource.
    Gone,
    /// The service does not take the call as it is, and what it says about that.
    NotTaken(String),
}

const DENIED: [&str; 4] = ["AccessDenied", "AccessDeniedException", "ForbiddenException", "UnauthorizedException"];

const GONE: [&str; 3] = ["NotFoundException", "ResourceNotFoundException", "TrailNotFoundException"];

const NOT_TAKEN: [&str; 9] = [
    "BadRequestException",
    "CloudTrailARNInvalidException",
    "InvalidArgumentException",
    "InvalidArnException",
    "InvalidTrailNameException",
    "KMSInvalidStateException",
    "OperationNotPermittedException",
    "UnsupportedOperationException",
    "ValidationException",
];

/// Tells what AWS refused from what it did not answer.
///
/// Only the code and the message of an error are used: its `Debug` form would hold the body of the answer, and that may
/// hold settings of connectors.
///
/// # Errors
/// Why there was no answer (throttling, time-outs, AWS's own failures): another try may get one.
pub(crate) fn refused<E: ProvideErrorMetadata>(error: SdkError<E, HttpResponse>) -> Result<Refused, String> {
    let error = match error {
        SdkError::ServiceError(error) => error,
        SdkError::TimeoutError(_) => return Err("no answer in time (timeout)".to_owned()),
        SdkError::DispatchFailure(_) => return Err("no connection".to_owned()),
        SdkError::ResponseError(_) => return Err("an answer that cannot be read".to_owned()),
        _ => return Err("the call could not be made".to_owned()),
    };
    let status = error.raw().status().as_u16();
    let (code, message) = (error.err().code().unwrap_or_default(), error.err().message().unwrap_or_default());
    match (status, code) {
        (401 | 403, "") => Ok(Refused::Denied),
        (404, "") => Ok(Refused::Gone),
        (_, code) if DENIED.contains(&code) => Ok(Refused::Denied),
        (_, code) if GONE.contains(&code) => Ok(Refused::Gone),
        (_, code) if NOT_TAKEN.contains(&code) => Ok(Refused::NotTaken(plain(message))),
        _ => Err(plain(&format!("{status} {code} {message}"))),
    }
}

/// An error of the SDK in one line: what the service answered, or why there was no answer.
pub(crate) fn explained<E: ProvideErrorMetadata + std::error::Error>(error: &E) -> String {
    if let Some(code) = error.code() {
        return plain(&format!("{code}: {}", error.message().unwrap_or("no message")));
    }
    let mut causes = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    // some errors of the SDK have several lines
    plain(&causes.join(": ").split_whitespace().collect::<Vec<_>>().join(" "))
}
