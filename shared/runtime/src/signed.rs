//! One signed request of a service, with the parts of the SDK that every client links: signing, retries, time limits.
//!
//! A client costs a function's zip much more, even for one operation: that of S3 857 KB, that of Organizations 75 KB, and the
//! largest zip has 100 KB left.

use aws_config::SdkConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_sdk_kms::config::http::{HttpRequest, HttpResponse};
use aws_sdk_kms::config::{IdentityCache, Region};
use aws_sdk_kms::error::{ErrorMetadata, SdkError};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use aws_types::service_config::ServiceConfigKey;
use serde_json::Value;

/// A request, and what its signature depends on.
#[derive(Debug)]
pub(crate) struct Request {
    /// The name of the service in the signature: `s3`.
    pub(crate) service: &'static str,
    /// The operation, for the log: `GetObject`.
    pub(crate) operation: &'static str,
    /// The Region in the signature.
    pub(crate) region: String,
    pub(crate) method: &'static str,
    /// Without a path.
    pub(crate) endpoint: String,
    /// As it stands in the request: percent-encoded.
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// The address that the environment or the profile sets for a service, for example that of a local AWS.
pub(crate) fn endpoint_url(config: &SdkConfig, service_id: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service_id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
    let of_service = || config.service_config()?.load_config(key.build().ok()?);
    of_service().or_else(|| config.endpoint_url().map(str::to_owned))
}

/// Sends a request. Returns the body of the response.
///
/// # Errors
/// The error of the service, with its code and message, or why there was no response.
pub(crate) async fn send(
    config: &SdkConfig,
    request: Request,
) -> Result<Vec<u8>, SdkError<ErrorMetadata, HttpResponse>> {
    let fail = |why: &str| SdkError::construction_failure(why.to_owned());
    let http_client = config.http_client().ok_or_else(|| fail("no HTTP client"))?;
    let retries = config.retry_config().cloned().unwrap_or_else(aws_config::retry::RetryConfig::standard);
    let timeouts =
        config.timeout_config().cloned().unwrap_or_else(|| aws_config::timeout::TimeoutConfig::builder().build());
    let behavior = config.behavior_version().ok_or_else(|| fail("no behavior version"))?;
    let operation = Operation::builder()
        .behavior_version(behavior)
        .service_name(request.service)
        .operation_name(request.operation)
        .http_client(http_client)
        .endpoint_url(&request.endpoint)
        .standard_retry(&retries)
        .retry_classifier(HttpStatusCodeClassifier::default())
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .timeout_config(timeouts)
        .runtime_plugin(signing(config, &request).ok_or_else(|| fail("no credentials"))?)
        .serializer(|request: Request| {
            let mut http = HttpRequest::new(SdkBody::from(request.body));
            http.set_method(request.method)?;
            http.set_uri(request.path)?;
            for (name, value) in request.headers {
                http.headers_mut().insert(name, value);
            }
            Ok(http)
        })
        .deserializer(|response: &HttpResponse| {
            let body = response.body().bytes().unwrap_or_default();
            match response.status().is_success() {
                true => Ok(body.to_vec()),
                false => Err(OrchestratorError::operation(error(response, body))),
            }
        })
        .build();
    operation.invoke(request).await
}

/// Signature Version 4 with the credentials of the configuration.
fn signing(config: &SdkConfig, request: &Request) -> Option<StaticRuntimePlugin> {
    let mut options = SigningOptions::default();
    if request.service == "s3" {
        // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
        options.double_uri_encode = false;
        options.normalize_uri_path = false;
        options.content_sha256_header = true;
    }
    let mut layer = Layer::new("signing");
    layer.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(Region::new(request.region.clone()))),
        region_set: None,
        name: Some(SigningName::from_static(request.service)),
        signing_options: options,
    });
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    let resolver = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
    let components = RuntimeComponentsBuilder::new("signing")
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(resolver)))
        .with_identity_cache(Some(config.identity_cache().unwrap_or_else(IdentityCache::no_cache)))
        .with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(config.credentials_provider()?));
    Some(StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components))
}

/// The code and the message of an error: in JSON, or in the XML of S3.
fn error(response: &HttpResponse, body: &[u8]) -> ErrorMetadata {
    let text = String::from_utf8_lossy(body);
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let in_json = |names: [&str; 2]| names.into_iter().find_map(|name| json.get(name)?.as_str());
    let in_xml = |name: &str| Some(text.split_once(&format!("<{name}>"))?.1.split_once("</")?.0);
    // a REST API names it in a header: `ResourceNotFoundException:http://…`
    let in_header = response.headers().get("x-amzn-errortype");
    let code = in_header.or_else(|| in_json(["__type", "code"])).or_else(|| in_xml("Code"));
    let code = code.map(|code| code.split(':').next().unwrap_or(code));
    let code = code.map(|code| code.rsplit('#').next().unwrap_or(code));
    let message = in_json(["message", "Message"]).or_else(|| in_xml("Message"));
    let mut metadata = ErrorMetadata::builder();
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    if let Some(message) = message {
        metadata = metadata.message(message);
    }
    if let Some(region) = response.headers().get(BUCKET_REGION) {
        metadata = metadata.custom(BUCKET_REGION, region.to_owned());
    }
    metadata.build()
}

/// In an error of S3: the Region that the bucket is in.
pub(crate) const BUCKET_REGION: &str = "x-amz-bucket-region";

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::http::StatusCode;

    #[test]
    fn errors_in_json_and_xml_have_a_code_and_a_message() {
        let read = |body: &'static str| {
            let response = HttpResponse::new(StatusCode::try_from(403).unwrap(), SdkBody::from(body));
            let error = error(&response, body.as_bytes());
            (error.code().unwrap_or("-").to_owned(), error.message().unwrap_or("-").to_owned())
        };
        let denied = |message: &str| ("AccessDenied".to_owned(), message.to_owned());
        assert_eq!(
            read("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>No</Message></Error>"),
            denied("No")
        );
        assert_eq!(read(r#"{"__type":"com.amazonaws#AccessDenied","Message":"No"}"#), denied("No"));
        assert_eq!(read(r#"{"__type":"AccessDenied"}"#), denied("-"));
        assert_eq!(read("<html>"), ("-".to_owned(), "-".to_owned()));
        let mut response = HttpResponse::new(StatusCode::try_from(404).unwrap(), SdkBody::empty());
        response.headers_mut().insert("x-amzn-errortype", "ResourceNotFoundException:http://internal/");
        assert_eq!(error(&response, b"{}").code(), Some("ResourceNotFoundException"));
    }
}
