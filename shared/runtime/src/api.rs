//! Calls of AWS APIs by name, JSON in and JSON out: for `sealwatch doctor`, which makes some twenty different calls and reads a
//! few members of each answer, and for a scan, whose readers take the JSON of the APIs as it is.
//!
//! The clients of EventBridge, Lambda and CloudWatch would be three more crates, for eight calls: each takes as long to build
//! for a release as that of KMS, and that of Lambda nearly twice as long. A scan with the clients of six services would not
//! fit into a function's limit. What such a client adds to the parts that all clients share (credentials, signatures,
//! retries, time limits) is the names in this file.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sealwatch_rules::aws::partition::{dns_suffix, of_region};
use serde_json::{Map, Value, json};

use crate::aws_config::{in_region, laptop_config_for_lookups};
use crate::aws_error::describe;
use crate::settings_object::read_object;
use crate::signed::{Request, endpoint_url, send};

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
static SERVICES: [Service; 16] = [
    rest("account", "Account"),
    rpc(
        ["cloudtrail", "cloudtrail", "CloudTrail"],
        false,
        JSON_1_1,
        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    ),
    rpc(["cloudwatch", "monitoring", "CloudWatch"], false, JSON_1_0, "GraniteServiceVersion20100801"),
    rpc(["dynamodb", "dynamodb", "DynamoDB"], false, JSON_1_0, "DynamoDB_20120810"),
    rpc(["events", "events", "EventBridge"], false, JSON_1_1, "AWSEvents"),
    rpc(["firehose", "firehose", "Firehose"], true, JSON_1_1, "Firehose_20150804"),
    Service { fips_host_in_gov: false, ..rest("kafka", "Kafka") },
    Service { fips_host_in_gov: false, ..rest("kafkaconnect", "KafkaConnect") },
    rpc(["kinesis", "kinesis", "Kinesis"], false, JSON_1_1, "Kinesis_20131202"),
    rpc(["kms", "kms", "KMS"], true, JSON_1_1, "TrentService"),
    rest("lambda", "Lambda"),
    rpc(["organizations", "organizations", "Organizations"], false, JSON_1_1, "AWSOrganizationsV20161128"),
    rest("scheduler", "Scheduler"),
    rest("securityhub", "SecurityHub"),
    rpc(["sqs", "sqs", "SQS"], false, JSON_1_0, "AmazonSQS"),
    rpc(["ssm", "ssm", "SSM"], false, JSON_1_1, "AmazonSSM"),
];

/// The paths of the calls of REST APIs. A parameter that a path does not name is part of the query, or of the body of a
/// `POST`.
static PATHS: [(&str, &str); 21] = [
    ("account:ListRegions", "POST /listRegions"),
    ("kafka:DescribeChannel", "/v1/clusters/{clusterArn}/channels/{channelArn}"),
    ("kafka:DescribeClusterV2", "/api/v2/clusters/{clusterArn}"),
    ("kafka:DescribeReplicator", "/replication/v1/replicators/{replicatorArn}"),
    ("kafka:GetClusterPolicy", "/v1/clusters/{clusterArn}/policy"),
    ("kafka:ListChannels", "/v1/clusters/{clusterArn}/channels"),
    ("kafka:ListClustersV2", "/api/v2/clusters"),
    ("kafka:ListReplicators", "/replication/v1/replicators"),
    ("kafkaconnect:DescribeConnector", "/v1/connectors/{connectorArn}"),
    ("kafkaconnect:DescribeConnectorOperation", "/v1/connectorOperations/{connectorOperationArn}"),
    ("kafkaconnect:DescribeWorkerConfiguration", "/v1/worker-configurations/{workerConfigurationArn}"),
    ("kafkaconnect:ListConnectors", "/v1/connectors"),
    ("kafkaconnect:ListWorkerConfigurations", "/v1/worker-configurations"),
    ("lambda:GetAccountSettings", "/2016-08-19/account-settings"),
    ("lambda:GetFunction", "/2015-03-31/functions/{FunctionName}"),
    ("lambda:GetFunctionEventInvokeConfig", "/2019-09-25/functions/{FunctionName}/event-invoke-config"),
    ("lambda:GetPolicy", "/2015-03-31/functions/{FunctionName}/policy"),
    ("scheduler:GetSchedule", "/schedules/{Name}"),
    ("scheduler:GetScheduleGroup", "/schedule-groups/{Name}"),
    ("scheduler:ListSchedules", "/schedules"),
    ("securityhub:BatchImportFindings", "POST /findings/import"),
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
            "s3:GetObject" => match read_object(text(parameters, "Url"), &self.config).await {
                Ok(text) => Ok(json!({"Text": text})),
                Err(why) => Err(NoAnswer::Failed(why)),
            },
            _ => self.call(action, parameters).await.map_err(|error| no_answer(&error)),
        }
    }

    /// The same with other credentials and in another Region.
    pub(crate) fn of(config: SdkConfig) -> Api {
        Api { config }
    }

    /// The same in another Region.
    pub(crate) fn in_region(&self, region: &str) -> Api {
        Api { config: in_region(&self.config, region) }
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

    /// Makes a call of an API that speaks JSON.
    ///
    /// # Errors
    /// The error of the service, or why there was no response.
    pub(crate) async fn call(
        &self,
        action: &'static str,
        parameters: &Value,
    ) -> Result<Value, SdkError<ErrorMetadata, HttpResponse>> {
        let unknown = || SdkError::construction_failure(format!("the call `{action}` is not known"));
        let (prefix, operation) = action.split_once(':').ok_or_else(unknown)?;
        let service = SERVICES.iter().find(|service| service.prefix == prefix).ok_or_else(unknown)?;
        let (method, path, headers, body) = match service.rpc {
            Some((content_type, target)) => {
                let headers =
                    vec![("content-type", content_type.to_owned()), ("x-amz-target", format!("{target}.{operation}"))];
                ("POST", "/".to_owned(), headers, parameters.to_string())
            }
            None => {
                let (_, path) = PATHS.iter().find(|(call, _)| *call == action).ok_or_else(unknown)?;
                match path.strip_prefix("POST ") {
                    Some(path) => {
                        let headers = vec![("content-type", "application/json".to_owned())];
                        ("POST", path.to_owned(), headers, parameters.to_string())
                    }
                    None => {
                        let path = uri(path, parameters.as_object().unwrap_or(&Map::new()));
                        ("GET", path, Vec::new(), String::new())
                    }
                }
            }
        };
        let endpoint = endpoint_url(&self.config, service.id).unwrap_or_else(|| {
            let (fips, dual_stack) = (self.config.use_fips(), self.config.use_dual_stack());
            host(service, self.region(), fips.unwrap_or_default(), dual_stack.unwrap_or_default())
        });
        // each of them signs with the first part of its host name
        let (service, region) = (service.host, self.region().to_owned());
        let request = Request { service, operation, region, method, endpoint, path, headers, body };
        let answer = send(&self.config, request).await?;
        serde_json::from_slice(&answer)
            .map_err(|_| SdkError::construction_failure("the response is not JSON".to_owned()))
    }
}

/// The address of a service.
fn host(service: &Service, region: &str, fips: bool, dual_stack: bool) -> String {
    let fips = fips && (service.fips_host_in_gov || !region.starts_with("us-gov-"));
    let fips = if fips { "-fips" } else { "" };
    let api = if dual_stack && service.host == "kafka" { "-api" } else { "" };
    format!("https://{}{api}{fips}.{region}.{}", service.host, dns_suffix(of_region(region), dual_stack))
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
            ("kafka", "us-east-1", true, true, "kafka-api-fips.us-east-1.api.aws"),
            ("kafka", "us-gov-west-1", true, false, "kafka.us-gov-west-1.amazonaws.com"),
            ("kafkaconnect", "us-gov-west-1", true, false, "kafkaconnect.us-gov-west-1.amazonaws.com"),
            ("kafkaconnect", "eu-west-1", false, true, "kafkaconnect.eu-west-1.api.aws"),
            ("kinesis", "us-gov-west-1", true, false, "kinesis.us-gov-west-1.amazonaws.com"),
            ("kinesis", "us-east-1", true, false, "kinesis-fips.us-east-1.amazonaws.com"),
            ("firehose", "us-gov-west-1", true, false, "firehose-fips.us-gov-west-1.amazonaws.com"),
            ("account", "us-east-1", true, false, "account-fips.us-east-1.amazonaws.com"),
            ("organizations", "us-gov-west-1", true, false, "organizations.us-gov-west-1.amazonaws.com"),
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
}
