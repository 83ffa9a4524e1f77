//! Calls of AWS APIs by name, JSON in and JSON out: for `sealwatch doctor`, which makes some twenty different calls and reads a
//! few members of each answer.
//!
//! The clients of EventBridge, Lambda and CloudWatch would be three more crates to build, for eight calls. What they add to
//! the parts that all clients share (credentials, signatures, retries, time limits) is the names in this file.

use std::fmt;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_sdk_kms::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use aws_types::service_config::ServiceConfigKey;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sealwatch_rules::aws::partition::dns_suffixes;
use serde_json::{Map, Value, json};

use crate::aws_config::{behavior, laptop_config_for_lookups};
use crate::aws_error::describe;

/// All attempts of a call together.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// One attempt of a call.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);

/// What stays as it is in a path or a query.
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// Access was denied.
    Denied,
    /// There is no such resource.
    NotFound,
    /// AWS did not respond, or rejected the call: this is why.
    Failed(String),
}

/// A service whose API is JSON over HTTP.
#[derive(Debug)]
struct Service {
    /// The prefix of its IAM actions.
    prefix: &'static str,
    /// The first part of its host name.
    host: &'static str,
    /// Its name in `AWS_ENDPOINT_URL_<SERVICE>`.
    id: &'static str,
    /// False if the FIPS host of GovCloud is the ordinary one.
    fips_host_in_gov: bool,
    /// The content type and the prefix of `X-Amz-Target`; `None` for a REST API, whose paths are in [`PATHS`].
    rpc: Option<(&'static str, &'static str)>,
}

const fn rpc(names: [&'static str; 3], fips_host_in_gov: bool, version: &'static str, target: &'static str) -> Service {
    let [prefix, host, id] = names;
    Service { prefix, host, id, fips_host_in_gov, rpc: Some((version, target)) }
}

const fn rest(prefix: &'static str, id: &'static str) -> Service {
    Service { prefix, host: prefix, id, fips_host_in_gov: true, rpc: None }
}

const JSON_1_0: &str = "application/x-amz-json-1.0";
const JSON_1_1: &str = "application/x-amz-json-1.1";

/// From `metadata` of the API models (`service-2.json` of botocore), hosts from `endpoint-rule-set-1.json` beside them.
static SERVICES: [Service; 8] = [
    rpc(
        ["cloudtrail", "cloudtrail", "CloudTrail"],
        false,
        JSON_1_1,
        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    ),
    rpc(["cloudwatch", "monitoring", "CloudWatch"], false, JSON_1_0, "GraniteServiceVersion20100801"),
    rpc(["events", "events", "EventBridge"], false, JSON_1_1, "AWSEvents"),
    rpc(["kms", "kms", "KMS"], true, JSON_1_1, "TrentService"),
    rest("lambda", "Lambda"),
    rest("scheduler", "Scheduler"),
    rpc(["sqs", "sqs", "SQS"], false, JSON_1_0, "AmazonSQS"),
    rpc(["ssm", "ssm", "SSM"], false, JSON_1_1, "AmazonSSM"),
];

/// The paths of the calls of REST APIs. A parameter that a path does not name is part of the query.
static PATHS: [(&str, &str); 7] = [
    ("lambda:GetAccountSettings", "/2016-08-19/account-settings"),
    ("lambda:GetFunction", "/2015-03-31/functions/{FunctionName}"),
    ("lambda:GetFunctionEventInvokeConfig", "/2019-09-25/functions/{FunctionName}/event-invoke-config"),
    ("lambda:GetPolicy", "/2015-03-31/functions/{FunctionName}/policy"),
    ("scheduler:GetSchedule", "/schedules/{Name}"),
    ("scheduler:GetScheduleGroup", "/schedule-groups/{Name}"),
    ("scheduler:ListSchedules", "/schedules"),
];

/// AWS in one Region, with the credentials that the AWS CLI would use.
#[derive(Debug, Clone)]
pub struct Api {
    config: SdkConfig,
}

impl Api {
    /// Finds credentials and Region as the AWS CLI does. Missing credentials only show in the first call.
    ///
    /// # Errors
    /// Says that there is no such profile or no Region, or what is wrong with the file of `AWS_CA_BUNDLE`.
    pub async fn connect(profile: Option<&str>, region: Option<&str>) -> Result<Api, String> {
        let config = laptop_config_for_lookups(profile).await?.to_builder();
        let timeouts =
            TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).operation_attempt_timeout(ATTEMPT_TIMEOUT);
        let config = config.retry_config(RetryConfig::standard()).timeout_config(timeouts.build()).build();
        let config = match region {
            Some(region) => config.to_builder().region(Region::new(region.to_owned())).build(),
            None => config,
        };
        match config.region() {
            Some(_) => Ok(Api { config }),
            None => Err("no Region is configured: add `--region REGION`".to_owned()),
        }
    }

    /// The Region of all calls.
    pub fn region(&self) -> &str {
        self.config.region().map_or("", |region| region.as_ref())
    }

    /// Makes a call, which is named like its IAM action: `events:ListRules`.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn ask(&self, action: &'static str, parameters: &Value) -> Result<Value, NoAnswer> {
        match action {
            "sts:GetCallerIdentity" => self.caller().await,
            "sns:GetTopicAttributes" => self.topic(text(parameters, "TopicArn")).await,
            _ => self.call(action, parameters).await,
        }
    }

    async fn caller(&self) -> Result<Value, NoAnswer> {
        let call = aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await;
        let caller = call.map_err(|error| no_answer(&error))?;
        Ok(json!({"Account": caller.account, "Arn": caller.arn}))
    }

    /// The API of SNS answers in XML.
    async fn topic(&self, arn: &str) -> Result<Value, NoAnswer> {
        let call = aws_sdk_sns::Client::new(&self.config).get_topic_attributes().topic_arn(arn).send().await;
        let topic = call.map_err(|error| no_answer(&error))?;
        Ok(json!({"Attributes": topic.attributes}))
    }

    async fn call(&self, action: &'static str, parameters: &Value) -> Result<Value, NoAnswer> {
        let unknown = || NoAnswer::Failed(format!("the call `{action}` is not known"));
        let (prefix, operation) = action.split_once(':').ok_or_else(unknown)?;
        let service = SERVICES.iter().find(|service| service.prefix == prefix).ok_or_else(unknown)?;
        let path = PATHS.iter().find(|(call, _)| *call == action).map(|(_, path)| *path);
        let request = Request { service, operation, path, parameters: parameters.clone() };
        let call = Operation::builder()
            .service_name(service.id)
            .operation_name(operation)
            .behavior_version(behavior())
            .endpoint_url(&self.endpoint(service))
            .standard_retry(&RetryConfig::standard())
            .retry_classifier(AwsErrorCodeClassifier::<ApiError>::new())
            .retry_classifier(TransientErrorClassifier::<ApiError>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .timeout_config(self.config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
            .runtime_plugin(self.signing(service)?)
            .serializer(|request: Request| request.http().map_err(Into::into))
            .deserializer(read_response)
            .build();
        call.invoke(request).await.map_err(|error| no_answer(&error))
    }

    /// Who signs, for which service and Region, and the HTTP client of the configuration.
    fn signing(&self, service: &Service) -> Result<StaticRuntimePlugin, NoAnswer> {
        let credentials = self.config.credentials_provider();
        let credentials = credentials.ok_or_else(|| NoAnswer::Failed("there are no AWS credentials".to_owned()))?;
        let mut config = Layer::new("signing");
        config.store_put(AuthSchemeOptionResolverParams::new(()));
        config.store_put(SigV4OperationSigningConfig {
            region: self.config.region().cloned().map(SigningRegion::from),
            region_set: None,
            name: Some(SigningName::from_static(signing_name(service))),
            signing_options: SigningOptions::default(),
        });
        let resolver = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
        let components = RuntimeComponentsBuilder::new("signing")
            .with_http_client(self.config.http_client())
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(resolver)))
            .with_identity_cache(Some(self.config.identity_cache().unwrap_or_else(|| IdentityCache::lazy().build())))
            .with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
        Ok(StaticRuntimePlugin::new().with_config(config.freeze()).with_runtime_components(components))
    }

    /// The endpoint that the environment or the profile names, or that of AWS.
    fn endpoint(&self, service: &Service) -> String {
        let key = ServiceConfigKey::builder().service_id(service.id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        let own = key.build().ok().and_then(|key| self.config.service_config()?.load_config(key));
        if let Some(url) = own.as_deref().or(self.config.endpoint_url()) {
            return url.to_owned();
        }
        host(
            service,
            self.region(),
            self.config.use_fips().unwrap_or(false),
            self.config.use_dual_stack().unwrap_or(false),
        )
    }
}

fn signing_name(service: &Service) -> &'static str {
    // all of them sign with the host's name
    service.host
}

/// The address of a service.
fn host(service: &Service, region: &str, fips: bool, dual_stack: bool) -> String {
    let fips = fips && (service.fips_host_in_gov || !region.starts_with("us-gov-"));
    let (ipv4, dual) = dns_suffixes(region);
    let (fips, suffix) = (if fips { "-fips" } else { "" }, if dual_stack { dual } else { ipv4 });
    format!("https://{}{fips}.{region}.{suffix}", service.host)
}

/// What one call sends.
#[derive(Debug)]
struct Request {
    service: &'static Service,
    operation: &'static str,
    path: Option<&'static str>,
    parameters: Value,
}

impl Request {
    fn http(&self) -> Result<HttpRequest, String> {
        let mut request = match (self.service.rpc, self.path) {
            (Some((content_type, target)), _) => {
                let mut request = HttpRequest::new(SdkBody::from(self.parameters.to_string()));
                request.set_method("POST").map_err(|error| error.to_string())?;
                request.set_uri("/").map_err(|error| error.to_string())?;
                request.headers_mut().insert("content-type", content_type);
                request.headers_mut().insert("x-amz-target", format!("{target}.{}", self.operation));
                request
            }
            (None, Some(path)) => {
                let mut request = HttpRequest::new(SdkBody::empty());
                let uri = uri(path, self.parameters.as_object().unwrap_or(&Map::new()));
                request.set_method("GET").map_err(|error| error.to_string())?;
                request.set_uri(uri).map_err(|error| error.to_string())?;
                request
            }
            (None, None) => return Err(format!("`{}` has no path", self.operation)),
        };
        request.headers_mut().insert("user-agent", concat!("sealwatch/", env!("CARGO_PKG_VERSION")));
        Ok(request)
    }
}

/// A path with its parameters, and the other ones as the query.
fn uri(path: &str, parameters: &Map<String, Value>) -> String {
    let (mut path, mut query) = (path.to_owned(), Vec::new());
    for (name, value) in parameters {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let value = utf8_percent_encode(&value, &UNRESERVED).to_string();
        let place = format!("{{{name}}}");
        match path.contains(&place) {
            true => path = path.replace(&place, &value),
            false => query.push(format!("{name}={value}")),
        }
    }
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// An error that a service answered with.
#[derive(Debug)]
struct ApiError(ErrorMetadata);

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ApiError {}

impl ProvideErrorMetadata for ApiError {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

fn read_response(response: &HttpResponse) -> Result<Value, OrchestratorError<ApiError>> {
    let body = response.body().bytes().unwrap_or_default();
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    if response.status().is_success() {
        return answer.ok_or_else(|| OrchestratorError::other("the response is not JSON"));
    }
    let answer = answer.unwrap_or_default();
    let member = |names: [&str; 3]| names.into_iter().find_map(|name| answer.get(name)?.as_str());
    let code = response.headers().get("x-amzn-errortype").or_else(|| member(["__type", "code", "Code"]));
    let mut error = ErrorMetadata::builder();
    error = error.code(code.map_or_else(|| response.status().to_string(), |code| short(code).to_owned()));
    if let Some(message) = member(["message", "Message", "errorMessage"]) {
        error = error.message(message);
    }
    Err(OrchestratorError::operation(ApiError(error.build())))
}

/// `com.amazonaws.sqs#QueueDoesNotExist`, or `ResourceNotFoundException:http://…`: the code alone.
fn short(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

const NOT_FOUND: [&str; 7] = [
    "AWS.SimpleQueueService.NonExistentQueue",
    "NotFound",
    "NotFoundException",
    "ParameterNotFound",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "TrailNotFoundException",
];

const DENIED: [&str; 5] =
    ["AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException", "403 Forbidden"];

fn no_answer<E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static>(
    error: &SdkError<E, HttpResponse>,
) -> NoAnswer {
    match error {
        SdkError::ServiceError(_) => match error.code() {
            Some(code) if DENIED.contains(&code) => NoAnswer::Denied,
            Some(code) if NOT_FOUND.contains(&code) => NoAnswer::NotFound,
            _ => NoAnswer::Failed(describe(error)),
        },
        SdkError::TimeoutError(_) => NoAnswer::Failed("no response in time".to_owned()),
        _ => NoAnswer::Failed(describe(error)),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(prefix: &str) -> &'static Service {
        SERVICES.iter().find(|service| service.prefix == prefix).unwrap()
    }

    /// As the endpoint rule sets of botocore resolve them.
    #[test]
    fn hosts_are_those_of_the_endpoint_rule_sets() {
        for (prefix, region, fips, dual_stack, want) in [
            ("events", "eu-west-1", false, false, "events.eu-west-1.amazonaws.com"),
            ("events", "us-east-1", true, false, "events-fips.us-east-1.amazonaws.com"),
            ("events", "us-gov-west-1", true, false, "events.us-gov-west-1.amazonaws.com"),
            ("cloudwatch", "cn-north-1", false, false, "monitoring.cn-north-1.amazonaws.com.cn"),
            ("cloudwatch", "eu-west-1", false, true, "monitoring.eu-west-1.api.aws"),
            ("lambda", "us-gov-west-1", true, false, "lambda-fips.us-gov-west-1.amazonaws.com"),
            ("sqs", "eusc-de-east-1", false, false, "sqs.eusc-de-east-1.amazonaws.eu"),
            ("scheduler", "eu-west-1", true, true, "scheduler-fips.eu-west-1.api.aws"),
        ] {
            assert_eq!(host(service(prefix), region, fips, dual_stack), format!("https://{want}"));
        }
    }

    #[test]
    fn parameters_are_in_the_path_or_the_query_and_encoded() {
        let parameters = json!({"Name": "a/b", "groupName": "sealwatch", "NextToken": "x+/="});
        let uri = uri("/schedules/{Name}", parameters.as_object().unwrap());
        assert_eq!(uri, "/schedules/a%2Fb?NextToken=x%2B%2F%3D&groupName=sealwatch");
    }

    #[test]
    fn codes_are_shortened() {
        for (code, want) in [
            ("com.amazonaws.sqs#QueueDoesNotExist", "QueueDoesNotExist"),
            ("ResourceNotFoundException:http://internal.amazon.com/x", "ResourceNotFoundException"),
            ("AccessDeniedException", "AccessDeniedException"),
        ] {
            assert_eq!(short(code), want);
        }
    }
}
