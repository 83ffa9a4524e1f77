//! A FAKE AWS for what the local one cannot do: throttle, deny, not answer, refuse, keep a record of calls.
//!
//! Nothing here imitates a service: each fake has one answer to everything.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::events::{ACCOUNT, REGION};
use crate::http::{Request, Response, serve};

/// A fake, and what it was asked.
#[derive(Debug)]
pub(crate) struct FakeAws {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl FakeAws {
    fn start(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> FakeAws {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        let address = serve(move |request| {
            kept.lock().unwrap().push(request.clone());
            answer(&request)
        });
        FakeAws { url: format!("http://{address}"), requests }
    }

    /// KMS refusing every call with this error.
    pub(crate) fn kms_refusing(code: &'static str) -> FakeAws {
        FakeAws::start(move |_| json_1_1(400, &json!({"__type": code, "message": "the fake KMS refuses everything"})))
    }

    /// KMS answering every `DescribeKey` with an enabled customer managed key of the asked ARN.
    pub(crate) fn kms_enabled() -> FakeAws {
        FakeAws::start(|request| {
            let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let metadata = json!({
                "KeyId": "00000000-0000-4000-8000-000000000000", "Arn": asked["KeyId"], "Enabled": true,
                "KeyState": "Enabled", "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT",
                "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS",
            });
            json_1_1(200, &json!({"KeyMetadata": metadata}))
        })
    }

    /// MSK Connect with one answer to each path; every other path is not found.
    pub(crate) fn msk_connect(answers: Vec<(String, u16, Value)>) -> FakeAws {
        FakeAws::start(move |request| {
            let found = answers.iter().find(|(path, ..)| *path == request.path);
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
            Response { status, headers, body: body.to_string().into_bytes() }
        })
    }

    /// The Scheduler answering every call like this.
    pub(crate) fn scheduler(status: u16, code: &'static str) -> FakeAws {
        FakeAws::start(move |_| {
            let mut headers = vec![("content-type", "application/json".to_owned())];
            headers.extend((!code.is_empty()).then(|| ("x-amzn-errortype", code.to_owned())));
            let body = match status {
                200 => json!({"ScheduleArn": "arn:aws:scheduler:eu-west-1:111122223333:schedule/g/s"}),
                _ => json!({"Message": "the fake refuses"}),
            };
            Response { status, headers, body: body.to_string().into_bytes() }
        })
    }

    /// STS refusing every call.
    pub(crate) fn sts(status: u16, code: &'static str) -> FakeAws {
        FakeAws::start(move |_| {
            let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>");
            let body = format!("<ErrorResponse xmlns=\"{STS}\">{error}<RequestId>r</RequestId></ErrorResponse>");
            Response { status, body: body.into_bytes(), ..Response::default() }
        })
    }

    /// STS letting everybody in, with credentials that last until then.
    pub(crate) fn sts_giving(expires: &'static str) -> FakeAws {
        FakeAws::start(move |_| {
            let keys = "<AccessKeyId>ASIAOFTHEOTHERACCOUNT</AccessKeyId><SecretAccessKey>s</SecretAccessKey>";
            let credentials = format!("{keys}<SessionToken>t</SessionToken><Expiration>{expires}</Expiration>");
            let result = format!("<AssumeRoleResult><Credentials>{credentials}</Credentials></AssumeRoleResult>");
            let body = format!("<AssumeRoleResponse xmlns=\"{STS}\">{result}</AssumeRoleResponse>");
            Response { status: 200, body: body.into_bytes(), ..Response::default() }
        })
    }

    /// Kinesis with every stream in this state, encrypted with this key or not at all.
    pub(crate) fn kinesis(status: &'static str, key: Option<&'static str>) -> FakeAws {
        FakeAws::start(move |request| stream(request, status, key))
    }

    /// Kinesis with open streams, that throttles so many calls first.
    pub(crate) fn kinesis_throttling(calls: usize) -> FakeAws {
        let seen = AtomicUsize::new(0);
        FakeAws::start(move |request| match seen.fetch_add(1, Ordering::SeqCst) < calls {
            true => json_1_1(400, &json!({"__type": "ThrottlingException", "message": "slow down"})),
            false => stream(request, "ACTIVE", None),
        })
    }

    /// Kinesis with open streams, that does something before it answers.
    pub(crate) fn kinesis_during(busy: impl Fn() + Send + Sync + 'static) -> FakeAws {
        FakeAws::start(move |request| {
            busy();
            stream(request, "ACTIVE", None)
        })
    }

    /// Firehose with every stream in this state, not encrypted.
    pub(crate) fn firehose(status: &'static str) -> FakeAws {
        FakeAws::start(move |request| {
            let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let name = asked["DeliveryStreamName"].as_str().unwrap_or_default();
            let arn = format!("arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{name}");
            let described = json!({
                "DeliveryStreamName": name, "DeliveryStreamARN": arn, "DeliveryStreamStatus": status,
                "DeliveryStreamType": "DirectPut", "VersionId": "1", "Destinations": [], "HasMoreDestinations": false,
                "DeliveryStreamEncryptionConfiguration": {"Status": "DISABLED"},
            });
            json_1_1(200, &json!({"DeliveryStreamDescription": described}))
        })
    }

    /// KMS that denies everything, except that it tells of every key that it does not rotate.
    pub(crate) fn kms_telling_rotation_alone() -> FakeAws {
        FakeAws::start(|request| match request.header("x-amz-target") {
            Some("TrentService.GetKeyRotationStatus") => json_1_1(200, &json!({"KeyRotationEnabled": false})),
            _ => json_1_1(400, &json!({"__type": "AccessDeniedException", "message": "no"})),
        })
    }

    /// A service with one answer to everything.
    pub(crate) fn answering(status: u16, code: &'static str, body: Value) -> FakeAws {
        FakeAws::start(move |_| {
            let headers = vec![("content-type", "application/json".to_owned()), ("x-amzn-errortype", code.to_owned())];
            let headers = headers.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            Response { status, headers, body: body.to_string().into_bytes() }
        })
    }

    /// A service that takes calls and never answers.
    pub(crate) fn silent() -> FakeAws {
        FakeAws::start(|_| {
            std::thread::sleep(Duration::from_secs(3600));
            Response::default()
        })
    }

    /// SNS refusing every call.
    pub(crate) fn sns_refusing(status: u16, code: &'static str) -> FakeAws {
        FakeAws::start(move |_| {
            let error =
                format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>the fake refuses</Message></Error>");
            let body = format!("<ErrorResponse xmlns=\"{SNS}\">{error}<RequestId>r</RequestId></ErrorResponse>");
            Response { status, body: body.into_bytes(), ..Response::default() }
        })
    }

    /// S3 refusing every call.
    pub(crate) fn s3_refusing(code: &'static str) -> FakeAws {
        FakeAws::start(move |_| {
            let body = format!("<Error><Code>{code}</Code><Message>the fake refuses</Message></Error>");
            Response { status: 403, body: body.into_bytes(), ..Response::default() }
        })
    }

    /// SNS taking every message, to see what e-mail, SMS and https subscribers would get.
    pub(crate) fn sns_taking() -> FakeAws {
        FakeAws::start(|_| {
            let result = "<PublishResult><MessageId>m</MessageId></PublishResult>";
            let body = format!("<PublishResponse xmlns=\"{SNS}\">{result}</PublishResponse>");
            Response { status: 200, body: body.into_bytes(), ..Response::default() }
        })
    }

    /// What it was asked, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The payload of the calls of this KMS operation.
    pub(crate) fn kms_calls(&self, operation: &str) -> Vec<Value> {
        let target = format!("TrentService.{operation}");
        let requests = self.requests();
        let calls = requests.iter().filter(|request| request.header("x-amz-target") == Some(&target));
        calls.map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
    }

    /// The texts per protocol of the one message that was published.
    #[track_caller]
    pub(crate) fn published(&self) -> Value {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "one publish was expected: {requests:#?}");
        let body = requests[0].text();
        let field = |name: &str| body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        assert_eq!(field("MessageStructure"), Some("json"));
        serde_json::from_str(&decoded(field("Message").unwrap())).unwrap()
    }
}

const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const SNS: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

fn json_1_1(status: u16, body: &Value) -> Response {
    let headers = vec![("content-type", "application/x-amz-json-1.1".to_owned())];
    Response { status, headers, body: body.to_string().into_bytes() }
}

/// The summary of whatever stream was asked for.
fn stream(request: &Request, status: &str, key: Option<&str>) -> Response {
    let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let arn = asked["StreamARN"].as_str().unwrap_or_default();
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

/// Undoes the encoding of a form field.
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
