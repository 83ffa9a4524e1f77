//! A FAKE AWS for what the local AWS cannot do: throttle, deny, time out, return errors, record requests.
//!
//! A fake does not imitate a service. It gives fixed responses.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::events::{ACCOUNT, REGION};
use crate::fake_account::FakeAccount;
use crate::http::{Request, Response, serve};

/// What a service answers: a status, an error code that is empty if there is none, and a body.
pub(crate) type Answer = (u16, &'static str, Value);

/// A fake service and the requests that it received.
#[derive(Debug)]
pub(crate) struct FakeAws {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl FakeAws {
    fn start(handler: impl Fn(&Request) -> Response + Send + Sync + 'static) -> FakeAws {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let received = Arc::clone(&requests);
        let address = serve(move |request| {
            received.lock().unwrap().push(request.clone());
            handler(&request)
        });
        FakeAws { url: format!("http://{address}"), requests }
    }

    /// KMS that refuses every call with this error.
    pub(crate) fn kms_refusing(code: &'static str) -> FakeAws {
        FakeAws::start(move |_| json_1_1(400, &json!({"__type": code, "message": "the fake KMS refuses everything"})))
    }

    /// KMS that describes every requested key as an enabled customer managed key.
    pub(crate) fn kms_enabled() -> FakeAws {
        FakeAws::start(|request| {
            let parameters: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let metadata = json!({
                "KeyId": "00000000-0000-4000-8000-000000000000", "Arn": parameters["KeyId"], "Enabled": true,
                "KeyState": "Enabled", "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT",
                "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS",
            });
            json_1_1(200, &json!({"KeyMetadata": metadata}))
        })
    }

    /// MSK Connect with a fixed response for each of these paths. Any other path is not found.
    pub(crate) fn msk_connect(responses: Vec<(String, u16, Value)>) -> FakeAws {
        FakeAws::start(move |request| {
            let found = responses.iter().find(|(path, ..)| *path == request.path);
            let (status, body) = found.map_or((404, Value::Null), |(_, status, body)| (*status, body.clone()));
            let code = match status {
                403 => "ForbiddenException",
                404 => "NotFoundException",
                429 => "TooManyRequestsException",
                500 => "InternalServerErrorException",
                503 => "ServiceUnavailableException",
                _ => "",
            };
            let headers = vec![("content-type", "application/json".to_owned()), ("x-amzn-errortype", code.to_owned())];
            let headers = headers.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            Response { status, headers, body: body.to_string().into_bytes(), fault: None }
        })
    }

    /// EventBridge Scheduler with this response to every call.
    pub(crate) fn scheduler(status: u16, code: &'static str) -> FakeAws {
        FakeAws::start(move |_| {
            let mut headers = vec![("content-type", "application/json".to_owned())];
            headers.extend((!code.is_empty()).then(|| ("x-amzn-errortype", code.to_owned())));
            let body = match status {
                200 => json!({"ScheduleArn": "arn:aws:scheduler:eu-west-1:111122223333:schedule/g/s"}),
                _ => json!({"Message": "the fake refuses"}),
            };
            Response { status, headers, body: body.to_string().into_bytes(), fault: None }
        })
    }

    /// STS that refuses every call with this error.
    pub(crate) fn sts_refusing(status: u16, code: &'static str) -> FakeAws {
        FakeAws::start(move |_| {
            let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>");
            let body = format!("<ErrorResponse xmlns=\"{STS}\">{error}<RequestId>r</RequestId></ErrorResponse>");
            Response { status, body: body.into_bytes(), ..Response::default() }
        })
    }

    /// STS that accepts every call and issues credentials with this expiration.
    pub(crate) fn sts_issuing(expires: &'static str) -> FakeAws {
        FakeAws::start(move |_| {
            let keys = "<AccessKeyId>ASIAOFTHEOTHERACCOUNT</AccessKeyId><SecretAccessKey>s</SecretAccessKey>";
            let credentials = format!("{keys}<SessionToken>t</SessionToken><Expiration>{expires}</Expiration>");
            let result = format!("<AssumeRoleResult><Credentials>{credentials}</Credentials></AssumeRoleResult>");
            let body = format!("<AssumeRoleResponse xmlns=\"{STS}\">{result}</AssumeRoleResponse>");
            Response { status: 200, body: body.into_bytes(), ..Response::default() }
        })
    }

    /// Kinesis that describes every stream with this status, encrypted with `key` if there is one.
    pub(crate) fn kinesis(status: &'static str, key: Option<&'static str>) -> FakeAws {
        FakeAws::start(move |request| stream(request, status, key))
    }

    /// Kinesis with unencrypted streams. It throttles this many calls first.
    pub(crate) fn kinesis_throttling(calls: usize) -> FakeAws {
        let count = AtomicUsize::new(0);
        FakeAws::start(move |request| match count.fetch_add(1, Ordering::SeqCst) < calls {
            true => json_1_1(400, &json!({"__type": "ThrottlingException", "message": "slow down"})),
            false => stream(request, "ACTIVE", None),
        })
    }

    /// Kinesis with unencrypted streams. It runs `work` before each response.
    pub(crate) fn kinesis_during(work: impl Fn() + Send + Sync + 'static) -> FakeAws {
        FakeAws::start(move |request| {
            work();
            stream(request, "ACTIVE", None)
        })
    }

    /// Firehose that describes every stream with this status, not encrypted.
    pub(crate) fn firehose(status: &'static str) -> FakeAws {
        FakeAws::start(move |request| {
            let parameters: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let name = parameters["DeliveryStreamName"].as_str().unwrap_or_default();
            let arn = format!("arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{name}");
            let described = json!({
                "DeliveryStreamName": name, "DeliveryStreamARN": arn, "DeliveryStreamStatus": status,
                "DeliveryStreamType": "DirectPut", "VersionId": "1", "Destinations": [], "HasMoreDestinations": false,
                "DeliveryStreamEncryptionConfiguration": {"Status": "DISABLED"},
            });
            json_1_1(200, &json!({"DeliveryStreamDescription": described}))
        })
    }

    /// KMS in which nothing completed a call: rotation is disabled for every key, every key store is disconnected, and there
    /// are no aliases. It denies all other calls.
    pub(crate) fn kms_where_nothing_followed() -> FakeAws {
        FakeAws::start(|request| {
            let parameters: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let names_alias = parameters["KeyId"].as_str().is_some_and(|id| id.contains(":alias/"));
            let store = json!({"CustomKeyStoreId": parameters["CustomKeyStoreId"], "ConnectionState": "DISCONNECTED"});
            match request.header("x-amz-target") {
                Some("TrentService.GetKeyRotationStatus") => json_1_1(200, &json!({"KeyRotationEnabled": false})),
                Some("TrentService.DescribeCustomKeyStores") => json_1_1(200, &json!({"CustomKeyStores": [store]})),
                Some("TrentService.DescribeKey") if names_alias => {
                    json_1_1(400, &json!({"__type": "NotFoundException", "message": "no such alias"}))
                }
                _ => json_1_1(400, &json!({"__type": "AccessDeniedException", "message": "no"})),
            }
        })
    }

    /// CloudTrail in which nothing completed a call: no trail records events. It denies all other calls.
    pub(crate) fn cloudtrail_where_nothing_followed() -> FakeAws {
        FakeAws::start(|request| match request.header("x-amz-target") {
            Some(target) if target.ends_with(".GetTrailStatus") => json_1_1(200, &json!({"IsLogging": false})),
            _ => json_1_1(400, &json!({"__type": "AccessDeniedException", "message": "no"})),
        })
    }

    /// Organizations with these accounts, one on each page, after an empty page.
    pub(crate) fn organizations(accounts: &'static [&'static str]) -> FakeAws {
        FakeAws::start(|request| {
            let parameters: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let page = parameters["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
            let listed: Vec<Value> =
                accounts.iter().skip(page).take(1).map(|id| json!({"Id": id, "State": "ACTIVE"})).collect();
            let listed = if parameters["NextToken"].is_null() { Vec::new() } else { listed };
            let next = match parameters["NextToken"].is_null() {
                true => json!("0"),
                false if page + 1 < accounts.len() => json!((page + 1).to_string()),
                false => Value::Null,
            };
            json_1_1(200, &json!({"Accounts": listed, "NextToken": next}))
        })
    }

    /// A service with this response to every call.
    pub(crate) fn answering(status: u16, code: &'static str, body: Value) -> FakeAws {
        FakeAws::start(move |_| {
            let headers = vec![("content-type", "application/json".to_owned()), ("x-amzn-errortype", code.to_owned())];
            let headers = headers.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            Response { status, headers, body: body.to_string().into_bytes(), fault: None }
        })
    }

    /// All services that `sealwatch doctor` asks, in one. `answer` gets the name of a call, `events:ListRules`, and its
    /// parameters.
    pub(crate) fn of_doctor(answer: impl Fn(&str, &Value) -> Answer + Send + Sync + 'static) -> FakeAws {
        FakeAws::start(move |request| {
            let (action, parameters) = call(request);
            response(&action, answer(&action, &parameters))
        })
    }

    /// All services that `sealwatch scan` asks, in one.
    pub(crate) fn of_account(account: FakeAccount) -> FakeAws {
        FakeAws::start(move |request| {
            let (action, parameters) = call(request);
            response(&action, account.answer(signed_for(request)[0], &action, &parameters))
        })
    }

    /// The calls that it got, `service:Operation`, and their parameters.
    pub(crate) fn calls(&self) -> Vec<(String, Value)> {
        self.requests().iter().map(call).collect()
    }

    /// A service that accepts calls and never responds.
    pub(crate) fn unresponsive() -> FakeAws {
        FakeAws::start(|_| {
            std::thread::sleep(Duration::from_secs(3600));
            Response::default()
        })
    }

    /// SNS that refuses every call with this error.
    pub(crate) fn sns_refusing(status: u16, code: &'static str) -> FakeAws {
        FakeAws::start(move |_| {
            let error =
                format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>the fake refuses</Message></Error>");
            let body = format!("<ErrorResponse xmlns=\"{SNS}\">{error}<RequestId>r</RequestId></ErrorResponse>");
            Response { status, body: body.into_bytes(), ..Response::default() }
        })
    }

    /// S3 that refuses every call with this error.
    pub(crate) fn s3_refusing(code: &'static str) -> FakeAws {
        FakeAws::start(move |_| {
            let body = format!("<Error><Code>{code}</Code><Message>the fake refuses</Message></Error>");
            Response { status: 403, body: body.into_bytes(), ..Response::default() }
        })
    }

    /// S3 that hands over these objects of any bucket, by their keys, and refuses everything else: lists, too.
    pub(crate) fn s3_objects(objects: Vec<(String, Vec<u8>)>) -> FakeAws {
        FakeAws::start(move |request| {
            let path = request.path.split('?').next().unwrap_or_default();
            match objects.iter().find(|(key, _)| request.method == "GET" && path.ends_with(&format!("/{key}"))) {
                Some((_, bytes)) => Response { status: 200, body: bytes.clone(), ..Response::default() },
                None => {
                    let body = "<Error><Code>AccessDenied</Code><Message>the fake refuses</Message></Error>";
                    Response { status: 403, body: body.into(), ..Response::default() }
                }
            }
        })
    }

    /// SNS that accepts every message, to show what email, SMS and HTTPS subscribers would receive.
    pub(crate) fn sns_accepting() -> FakeAws {
        FakeAws::start(|_| published())
    }

    /// The received requests, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The request bodies of the calls of this KMS operation.
    pub(crate) fn kms_calls(&self, operation: &str) -> Vec<Value> {
        let target = format!("TrentService.{operation}");
        let requests = self.requests();
        let calls = requests.iter().filter(|request| request.header("x-amz-target") == Some(&target));
        calls.map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
    }

    /// The only published message: its text for each protocol.
    #[track_caller]
    pub(crate) fn published(&self) -> Value {
        let messages = self.messages();
        let [(_, message)] = messages.as_slice() else { panic!("expected one publish: {messages:#?}") };
        message.clone()
    }

    /// The published messages: the ARN of the topic, and the text for each protocol.
    pub(crate) fn messages(&self) -> Vec<(String, Value)> {
        let message = |request: &Request| {
            let body = request.text();
            let field = |name: &str| body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            assert_eq!(field("MessageStructure"), Some("json"));
            let message = serde_json::from_str(&decoded(field("Message").unwrap())).unwrap();
            (decoded(field("TopicArn").unwrap()), message)
        };
        self.requests().iter().map(message).collect()
    }
}

const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const SNS: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

fn json_1_1(status: u16, body: &Value) -> Response {
    let headers = vec![("content-type", "application/x-amz-json-1.1".to_owned())];
    Response { status, headers, body: body.to_string().into_bytes(), fault: None }
}

/// The summary of the requested stream.
fn stream(request: &Request, status: &str, key: Option<&str>) -> Response {
    let parameters: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let arn = parameters["StreamARN"].as_str().unwrap_or_default();
    let mut summary = json!({
        "StreamName": arn.rsplit('/').next(), "StreamARN": arn, "StreamStatus": status, "OpenShardCount": 1,
        "RetentionPeriodHours": 24, "StreamCreationTimestamp": 1.7e9, "EnhancedMonitoring": [],
        "EncryptionType": if key.is_some() { "KMS" } else { "NONE" },
    });
    if let Some(key) = key {
        summary["KeyId"] = json!(key);
    }
    json_1_1(200, &json!({"StreamDescriptionSummary": summary}))
}

/// Decodes a form field.
fn decoded(field: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = field.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}

/// The Region and the service for which a request is signed.
fn signed_for(request: &Request) -> [&str; 2] {
    // Credential=AKIA…/20261126/eu-west-1/events/aws4_request
    let mut parts = request.header("authorization").unwrap_or_default().split('/').skip(2);
    [parts.next().unwrap_or_default(), parts.next().unwrap_or_default()]
}

/// The name of a call, `service:Operation`, and its parameters.
fn call(request: &Request) -> (String, Value) {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = |text: &str| -> Value {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), json!(decoded(value)))).collect::<serde_json::Map<_, _>>().into()
    };
    let [_, service] = signed_for(request);
    if let Some(target) = request.header("x-amz-target") {
        let service = if service == "monitoring" { "cloudwatch" } else { service };
        let operation = target.rsplit('.').next().unwrap_or_default();
        return (format!("{service}:{operation}"), serde_json::from_slice(&request.body).unwrap());
    }
    if matches!(service, "sns" | "sts") {
        let parameters = pairs(&request.text());
        return (format!("{service}:{}", parameters["Action"].as_str().unwrap()), parameters);
    }
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut parameters = pairs(query);
    let parts: Vec<String> = path.split('/').skip(1).map(decoded).collect();
    let operation = match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [_, "account-settings"] => "GetAccountSettings",
        [_, "functions", name, rest @ ..] => {
            parameters["FunctionName"] = json!(name);
            match rest {
                [] => "GetFunction",
                ["policy"] => "GetPolicy",
                _ => "GetFunctionEventInvokeConfig",
            }
        }
        ["schedule-groups", _] => "GetScheduleGroup",
        ["schedules"] => "ListSchedules",
        ["schedules", name] => {
            parameters["Name"] = json!(name);
            "GetSchedule"
        }
        other => {
            let (operation, parameter, arn) = msk_call(other);
            if !arn.is_empty() {
                parameters[parameter] = json!(arn);
            }
            operation
        }
    };
    (format!("{service}:{operation}"), parameters)
}

/// A call of MSK or MSK Connect by its path, with the parameter in the path.
fn msk_call<'p>(path: &[&'p str]) -> (&'static str, &'static str, &'p str) {
    match path {
        ["api", "v2", "clusters"] => ("ListClustersV2", "", ""),
        ["api", "v2", "clusters", arn] => ("DescribeClusterV2", "clusterArn", arn),
        ["replication", "v1", "replicators"] => ("ListReplicators", "", ""),
        ["replication", "v1", "replicators", arn] => ("DescribeReplicator", "replicatorArn", arn),
        ["v1", "clusters", arn, "channels"] => ("ListChannels", "clusterArn", arn),
        ["v1", "clusters", _, "channels", arn] => ("DescribeChannel", "channelArn", arn),
        ["v1", "clusters", arn, "policy"] => ("GetClusterPolicy", "clusterArn", arn),
        ["v1", "connectors"] => ("ListConnectors", "", ""),
        ["v1", "connectors", arn] => ("DescribeConnector", "connectorArn", arn),
        ["v1", "worker-configurations"] => ("ListWorkerConfigurations", "", ""),
        ["v1", "worker-configurations", arn] => ("DescribeWorkerConfiguration", "workerConfigurationArn", arn),
        other => panic!("{other:?}"),
    }
}

fn response(action: &str, (status, code, body): Answer) -> Response {
    if action.starts_with("sns:") || action.starts_with("sts:") {
        return query_response(action, status, code, &body);
    }
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend((!code.is_empty()).then(|| ("x-amzn-errortype", code.to_owned())));
    Response { status, headers, body: body.to_string().into_bytes(), fault: None }
}

/// A response of SNS or STS, which is XML.
fn query_response(action: &str, status: u16, code: &str, body: &Value) -> Response {
    let operation = action.split(':').nth(1).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let xml = match (status, body["Attributes"].as_object()) {
        (200, Some(attributes)) => {
            let entry = |(name, value): (&String, &Value)| {
                format!("<entry><key>{name}</key><value>{}</value></entry>", text(value))
            };
            let entries: String = attributes.iter().map(entry).collect();
            format!("<{operation}Result><Attributes>{entries}</Attributes></{operation}Result>")
        }
        (200, None) => {
            let (account, arn) = (text(&body["Account"]), text(&body["Arn"]));
            format!("<{operation}Result><Account>{account}</Account><Arn>{arn}</Arn></{operation}Result>")
        }
        _ => format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>"),
    };
    let root = if status == 200 { format!("{operation}Response") } else { "ErrorResponse".to_owned() };
    let body = format!("<{root}>{xml}</{root}>").into_bytes();
    Response { status, body, ..Response::default() }
}

/// The response of SNS that accepted a message.
pub(crate) fn published() -> Response {
    let result = "<PublishResult><MessageId>m</MessageId></PublishResult>";
    let body = format!("<PublishResponse xmlns=\"{SNS}\">{result}</PublishResponse>");
    Response { status: 200, body: body.into_bytes(), ..Response::default() }
}
