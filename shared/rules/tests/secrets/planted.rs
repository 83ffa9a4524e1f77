//! A secret in a random place of what Sealwatch reads: a record, facts, settings, a policy, a plan, a template.
//!
//! Each place is one that a person or a program puts a secret into, by mistake or because the service has no other. What Sealwatch
//! prints by design is no place, whatever it holds: names and ids of resources, ARNs, callers and their addresses, names of
//! settings and members, hosts, and what policies say about who may do what. Whoever writes a secret there has published it:
//! CloudTrail, the console and every list show it too.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use sealwatch_rules::connector::{SECRET_ENDINGS, connectors};
use serde_json::{Map, Value, json};

use super::secret::{Secret, base64, host, secret};

/// What Sealwatch reads, with a secret in one place.
#[derive(Clone)]
pub(crate) struct Planted {
    pub(crate) secret: Secret,
    /// Where it is.
    pub(crate) place: String,
    /// A record, in some form, or what is left of one.
    pub(crate) record: Vec<u8>,
    /// The output of an AWS CLI command, or what is left of it.
    pub(crate) facts: Vec<u8>,
    /// Settings.
    pub(crate) settings: Vec<u8>,
    /// A policy, Terraform plan or CloudFormation template.
    pub(crate) policy: Vec<u8>,
}

impl std::fmt::Debug for Planted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "the secret {:?} in {}", self.secret, self.place)?;
        let parts =
            [("record", &self.record), ("facts", &self.facts), ("settings", &self.settings), ("policy", &self.policy)];
        for (name, bytes) in parts.into_iter().filter(|(_, bytes)| !bytes.is_empty()) {
            writeln!(f, "{name}: {}", String::from_utf8_lossy(bytes))?;
        }
        Ok(())
    }
}

/// The documents of a case before they are wrapped or damaged.
#[derive(Default)]
struct Documents {
    place: String,
    record: Value,
    facts: Value,
    settings: String,
    policy: String,
}

const ACCOUNT: &str = "111122223333";
pub(crate) const CONNECTOR: &str =
    "arn:aws:kafkaconnect:eu-west-1:111122223333:connector/invoices/0f1e2d3c-0000-4000-8000-5b6a79880000-2";
const WORKER: &str =
    "arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/0f1e2d3c-0000-4000-8000-5b6a79880001-2";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/0d9c1f7e-5b3a-4c86-9d2e-7a6b5c4d3e06";

fn record(service: &str, call: &str, request: Value, response: Value) -> Value {
    json!({"eventVersion": "1.11", "eventID": "6a7e3a4c-2b6f-4f0e-9d55-0c1b2a3d4e5f", "eventTime": "2026-11-22T10:00:00Z",
        "eventSource": format!("{service}.amazonaws.com"), "eventName": call, "awsRegion": "eu-west-1",
        "recipientAccountId": ACCOUNT, "eventType": "AwsApiCall", "eventCategory": "Management", "sourceIPAddress": "203.0.113.24",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/dev", "accountId": ACCOUNT},
        "requestParameters": request, "responseElements": response})
}

/// The call that created a connector, and its settings.
fn connector(place: String, settings: Map<String, Value>) -> Documents {
    let request = json!({"connectorName": "invoices", "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS",
        "kafkaClusterEncryptionInTransit": {"encryptionType": "PLAINTEXT"}});
    Documents {
        place,
        record: record("kafkaconnect", "CreateConnector", request, json!({"connectorArn": CONNECTOR})),
        facts: json!({"connectorArn": CONNECTOR, "connectorConfiguration": settings}),
        ..Documents::default()
    }
}

fn settings(pairs: &[(&str, &str)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
}

/// Addresses with a secret at `%`, anywhere but in the place of the host: each scheme, user info and parameters.
const ADDRESSES: &[&str] = &[
    "http://admin:%@a@h.example.com",
    "http://admin:a@%@h.example.com",
    "http://h.example.com:8088/%",
    "http://h.example.com#%",
    "http://h.example.com;token=%",
    "http://h.example.com&token=%",
    "http://h.example.com token=%",
    "http://h.example.com:8088:%",
    "http:\\\\admin:%@h.example.com",
    "http:/admin:%@h.example.com",
    "admin:%@h.example.com:8088",
    "h.example.com:8088:%",
    "h.example.com/%",
    "%",
    "http://admin:%@h.example.com:8088/x",
    "http://%:@h.example.com",
    "http://h.example.com/x?token=%",
    "http://h.example.com/x?a=b&sig=%#c",
    "http://h.example.com/x?X-Amz-Security-Token=%",
    "http://h.example.com#access_token=%",
    "http://h.example.com:8088;password=%",
    "http://a.example.com,http://u:%@b.example.com",
    "https://hooks.slack.com/services/%",
    "jdbc:postgresql://h.example.com/db?user=u&password=%",
    "jdbc:postgresql://u:%@h.example.com/db?sslmode=disable",
    "jdbc:mysql://u:%@h.example.com:3306/db?sslMode=DISABLED",
    "jdbc:mysql://address=(host=h.example.com)(password=%)/db",
    "jdbc:sqlserver://h.example.com;encrypt=false;password=%",
    "jdbc:sqlserver://h.example.com;encrypt=false;password={%}",
    "jdbc:oracle:thin:scott/%@//h.example.com:1521/x",
    "jdbc:snowflake://h.example.com/?ssl=off&private_key_pwd=%",
    "jdbc:redshift://h.example.com:5439/db;ssl=false;PWD=%",
    "mongodb://u:%@h.example.com/?tls=false",
    "mongodb+srv://u:%@h.example.com/?tlsInsecure=true",
    "redis://:%@h.example.com:6379",
    "amqp://u:%@h.example.com",
    "bolt://u:%@h.example.com:7687",
    "nats://%@h.example.com:4222",
    "ldap://h.example.com/x?bindpassword=%",
];

/// The values of settings with a secret at `%`, and the names of the settings.
const VALUES: &[(&str, &str)] = &[
    ("sasl.jaas.config", r#"a.b.PlainLoginModule required username="u" password="%";"#),
    ("producer.override.sasl.jaas.config", "a.b.ScramLoginModule required username='u' password='%' ;"),
    ("x.sasl.jaas.config", r#"a.b.OAuthBearerLoginModule required clientId="u" clientSecret="%";"#),
    ("http.request.headers", "Accept:a/b|X-Api-Key:%"),
    ("headers", "Authorization:Bearer %"),
    ("http.headers.additional", r#""Authorization","Basic %""#),
    ("x.connection.string", "Endpoint=sb://h.example.com/;SharedAccessKeyName=n;SharedAccessKey=%"),
    ("connection.properties", "user=u;password=%"),
    ("transforms.x.auth", r#"{"keys": [{"secretKey": "%"}]}"#),
    ("gcs.credentials.json", r#"{"type": "service_account", "private_key": "%"}"#),
    ("x.basic.auth.user.info", "user:%"),
    ("x.key", "-----BEGIN PRIVATE KEY-----\n%\n-----END PRIVATE KEY-----"),
    ("x.keyset", r#"{"key": [{"keyData": {"keyMaterialType": "SYMMETRIC", "value": "%"}}]}"#),
    ("x.jwk", r#"{"kty": "oct", "k": "%"}"#),
];

/// Members of requests and answers that hold a secret, by service, call and path. Each is on a call that rules evaluate. CloudTrail
/// blanks some of them; a record that somebody wrote himself, or that a later version of the service writes, need not be.
const MEMBERS: &[(&str, &str, &str)] = &[
    ("firehose", "CreateDeliveryStream", "/requestParameters/redshiftDestinationConfiguration/password"),
    ("firehose", "CreateDeliveryStream", "/requestParameters/splunkDestinationConfiguration/hECToken"),
    ("firehose", "CreateDeliveryStream", "/requestParameters/splunkDestinationConfiguration/hECEndpoint"),
    (
        "firehose",
        "CreateDeliveryStream",
        "/requestParameters/httpEndpointDestinationConfiguration/endpointConfiguration/accessKey",
    ),
    (
        "firehose",
        "CreateDeliveryStream",
        "/requestParameters/httpEndpointDestinationConfiguration/endpointConfiguration/url",
    ),
    (
        "firehose",
        "CreateDeliveryStream",
        "/requestParameters/httpEndpointDestinationConfiguration/requestConfiguration/commonAttributes",
    ),
    ("firehose", "CreateDeliveryStream", "/requestParameters/snowflakeDestinationConfiguration/privateKey"),
    ("firehose", "CreateDeliveryStream", "/requestParameters/snowflakeDestinationConfiguration/keyPassphrase"),
    ("firehose", "CreateDeliveryStream", "/requestParameters/newDestinationConfiguration/password"),
    ("firehose", "UpdateDestination", "/requestParameters/redshiftDestinationUpdate/password"),
    ("firehose", "UpdateDestination", "/requestParameters/splunkDestinationUpdate/hECToken"),
    (
        "firehose",
        "UpdateDestination",
        "/requestParameters/httpEndpointDestinationUpdate/endpointConfiguration/accessKey",
    ),
    ("kms", "CreateGrant", "/responseElements/grantToken"),
    ("kms", "CreateGrant", "/requestParameters/grantTokens"),
    ("kms", "CreateGrant", "/requestParameters/constraints/encryptionContextEquals/session"),
    ("kms", "DisableKey", "/requestParameters/grantTokens"),
    ("kms", "ImportKeyMaterial", "/requestParameters/encryptedKeyMaterial"),
    ("kms", "ImportKeyMaterial", "/requestParameters/importToken"),
    ("kms", "UpdateCustomKeyStore", "/requestParameters/keyStorePassword"),
    ("kms", "UpdateCustomKeyStore", "/requestParameters/xksProxyAuthenticationCredential/rawSecretAccessKey"),
    ("kms", "PutKeyPolicy", "/requestParameters/secretAccessKey"),
    ("kafkaconnect", "CreateConnector", "/requestParameters/connectorConfiguration/database.password"),
    ("kafkaconnect", "CreateConnector", "/requestParameters/connectorConfiguration"),
    ("kafkaconnect", "CreateWorkerConfiguration", "/requestParameters/propertiesFileContent"),
    ("kafka", "CreateClusterV2", "/requestParameters/provisioned/clientAuthentication/sasl/scram/password"),
    ("kafka", "CreateCluster", "/requestParameters/tags/password"),
    ("kinesis", "CreateStream", "/requestParameters/tags/token"),
    ("kinesis", "StopStreamEncryption", "/requestParameters/presignedUrl"),
    ("kinesis", "StopStreamEncryption", "/responseElements/credentials/secretAccessKey"),
    ("kinesis", "StopStreamEncryption", "/responseElements/credentials/sessionToken"),
    ("kinesis", "StopStreamEncryption", "/userIdentity/sessionContext/sessionToken"),
    ("kinesis", "StopStreamEncryption", "/userIdentity/sessionContext/webIdFederationData/attributes/token"),
    ("kinesis", "StopStreamEncryption", "/userIdentity/accessKeyId"),
    ("kinesis", "StopStreamEncryption", "/additionalEventData/SecretAccessKey"),
    ("kinesis", "StopStreamEncryption", "/serviceEventDetails/password"),
    ("kinesis", "StopStreamEncryption", "/tlsDetails/clientProvidedHostHeader"),
    ("kinesis", "StopStreamEncryption", "/userAgent"),
    ("kinesis", "StopStreamEncryption", "/errorMessage"),
    ("kinesis", "StopStreamEncryption", "/addendum/reason"),
    ("cloudtrail", "StopLogging", "/requestParameters/authorization"),
];

/// The places of a secret besides the settings of connectors: members of what AWS answers to a look-up.
const ANSWERS: &[(&str, &str)] = &[
    ("/DeliveryStreamDescription/Destinations/0/SplunkDestinationDescription/HECToken", "splunk"),
    ("/DeliveryStreamDescription/Destinations/0/SplunkDestinationDescription/HECEndpoint", "splunk"),
    ("/DeliveryStreamDescription/Destinations/0/HttpEndpointDestinationDescription/EndpointConfiguration/Url", "http"),
    ("/DeliveryStreamDescription/Destinations/0/RedshiftDestinationDescription/ClusterJDBCURL", "redshift"),
    ("/DeliveryStreamDescription/Destinations/0/RedshiftDestinationDescription/Password", "redshift"),
    ("/connectorConfiguration", "connector"),
    ("/NextToken", "key"),
    ("/KeyMetadata", "key"),
    ("/Accounts", "key"),
    ("/Aliases", "key"),
];

/// Texts in the place of a policy, plan or template, with a secret at `%`, which is written as JSON writes it. A secret is a whole
/// value of the wrong kind there, or a value that no policy has.
const POLICIES: &[&str] = &[
    "\"%\"",
    r#"{"Version": "2012-10-17", "Statement": "%"}"#,
    r#"{"Version": "2012-10-17", "Statement": ["%"]}"#,
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "%", "Principal": "*", "Action": "kms:*", "Resource": "*"}]}"#,
    r#"{"Version": "%", "Statement": []}"#,
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": "%"}]}"#,
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": {"password": "%"}, "Resource": "*"}]}"#,
    r#"{"password": "%"}"#,
    r#"{"format_version": "%", "planned_values": {"root_module": {}}}"#,
    r#"{"format_version": "1.2", "variables": {"password": {"value": "%"}}, "planned_values": {"root_module": {"resources": [
        {"address": "aws_kms_key.a", "mode": "managed", "type": "aws_kms_key", "name": "a", "values": {"description": "d", "policy":
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}},
        {"address": "aws_db_instance.b", "mode": "managed", "type": "aws_db_instance", "name": "b", "values": {"password": "%"}}]}}}"#,
    r#"{"format_version": "1.2", "planned_values": {"root_module": {"resources": [
        {"address": "aws_kms_key.a", "mode": "managed", "type": "aws_kms_key", "name": "a", "values": {"policy": "%"}}]}}}"#,
    r#"{"format_version": "1.2", "planned_values": {"root_module": "%"}}"#,
    r#"{"Parameters": {"Password": {"Type": "String", "NoEcho": true, "Default": "%"}}, "Resources": {"Key": {"Type": "AWS::KMS::Key",
        "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*",
        "Resource": "*"}]}}}, "Db": {"Type": "AWS::RDS::DBInstance", "Properties": {"MasterUserPassword": "%"}}}}"#,
    r#"{"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": "%"}}}}"#,
    r#"{"Resources": {"Key": "%"}}"#,
    r#"{"AWSTemplateFormatVersion": "%", "Resources": {}}"#,
];

/// Lines in a settings file, with a secret at `%` as TOML writes it. An error quotes the value of a known key, which is a word, an
/// id or a time: nobody keeps a secret there, and without it the error would not help. An exception's reason is printed.
const SETTINGS: &[&str] = &[
    "password = %",
    "token = %\n[keys]\nrequired = 'cloudhsm'",
    "[notify]\nwebhook_token = %",
    "[notify.chat]\ntoken = %",
    "[keys]\npassword = [%]",
    "[keys]\ntrusted_accounts = %",
    "[keys]\nrotation_days = %",
    "[rules.kms-key-disabled]\ntoken = %",
    "[rules.kms-key-disabled]\nenabled = %",
    "[[exceptions]]\nrule = 'kms-key-disabled'\nresource = '*'\nreason = 'r'\ntoken = %",
    "keys = %",
    "rules = %",
    "[keys]\nrequired = 'cloudhsm' # %\nx",
    "[keys]\nrequired = cloudhsm %",
    "password = %\npassword = %",
    "password = %,",
];

/// Puts `value` at a JSON pointer, and makes the objects and lists on the way.
fn put(document: &mut Value, path: &str, value: Value) {
    let mut node = document;
    for name in path.split('/').skip(1) {
        node = match name.parse::<usize>() {
            Ok(index) => {
                if !node.is_array() {
                    *node = json!([]);
                }
                let list = node.as_array_mut().unwrap();
                while list.len() <= index {
                    list.push(json!({}));
                }
                &mut list[index]
            }
            Err(_) => {
                if !node.is_object() {
                    *node = json!({});
                }
                node.as_object_mut().unwrap().entry(name).or_insert(Value::Null)
            }
        };
    }
    *node = value;
}

/// The folder of the sample events.
fn events() -> PathBuf {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    above.map(|folder| folder.join("events")).find(|folder| folder.join("expected.toml").exists()).unwrap()
}

/// The samples, sorted by name.
static SAMPLES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let files =
        |folder: &Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let folders = files(&events()).into_iter().filter(|path| path.is_dir() && !path.ends_with("facts"));
    let mut samples: Vec<PathBuf> = folders.flat_map(|folder| files(&folder)).collect();
    samples.sort();
    samples.iter().filter_map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).ok()).collect()
});

fn count_objects(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(count_objects).sum::<usize>(),
        Value::Array(items) => items.iter().map(count_objects).sum(),
        _ => 0,
    }
}

/// The object with this number in a value, counted from outside.
fn object(value: &mut Value, mut at: usize) -> Option<&mut Map<String, Value>> {
    let children: Vec<&mut Value> = match value {
        Value::Object(members) => {
            if at == 0 {
                return Some(members);
            }
            at -= 1;
            members.values_mut().collect()
        }
        Value::Array(items) => items.iter_mut().collect(),
        _ => return None,
    };
    for child in children {
        let inside = count_objects(child);
        if at < inside {
            return object(child, at);
        }
        at -= inside;
    }
    None
}

/// What a secret is put into.
#[derive(Debug, Clone, Copy)]
enum Kind {
    SecretSetting,
    CatalogSetting,
    Address,
    Value,
    Worker,
    Unhidden,
    Member,
    Sample,
    Answer,
    Policy,
    PolicyInRecord,
    Settings,
    Copies,
}

/// Those in which most can go wrong are more frequent.
const KINDS: [Kind; 16] = [
    Kind::Address,
    Kind::Address,
    Kind::Copies,
    Kind::SecretSetting,
    Kind::CatalogSetting,
    Kind::Address,
    Kind::Value,
    Kind::Worker,
    Kind::Unhidden,
    Kind::Member,
    Kind::Sample,
    Kind::Answer,
    Kind::Policy,
    Kind::PolicyInRecord,
    Kind::Settings,
    Kind::Copies,
];

/// An element of a list, whatever the number.
fn pick<T>(list: &[T], number: usize) -> &T {
    &list[number % list.len()]
}

/// The secret as an address writes it.
fn in_address(secret: &str, number: usize) -> String {
    let encoded = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    match number % 3 {
        // a parser ends the authority at the first of these, and nobody can tell a password from a path
        0 => secret.to_owned(),
        1 => secret.bytes().map(encoded).collect(),
        _ => secret.bytes().map(|byte| format!("%{byte:02x}")).collect(),
    }
}

/// The secret as a file of Java properties writes it.
fn in_properties(secret: &str, number: usize) -> String {
    let units: Vec<u16> = secret.encode_utf16().collect();
    match number % 2 {
        0 => secret.replace('\\', "\\\\").replace(':', "\\:").replace('=', "\\=").replace('#', "\\#"),
        _ => units.iter().map(|unit| format!("\\u{unit:04x}")).collect(),
    }
}

fn documents(kind: Kind, secret: &str, number: usize, style: usize) -> Documents {
    match kind {
        Kind::SecretSetting => {
            let ending = pick(SECRET_ENDINGS, number);
            let name = pick(&["", "database.", "a.b-", "driver.ssl_"], style).to_string() + ending;
            let class = pick(&["com.example.Sink", "io.debezium.connector.mysql.MySqlConnector"], style);
            let all = settings(&[("connector.class", class), ("a.url", "http://a.example.com"), (&name, secret)]);
            connector(format!("the setting {name}"), all)
        }
        Kind::CatalogSetting => {
            let listed = connectors().flat_map(|row| {
                let always = row.secrets.iter().map(move |name| (row, *name, None));
                always.chain(
                    row.secrets_when.iter().map(move |(name, other, value)| (row, *name, Some((*other, *value)))),
                )
            });
            let listed: Vec<_> = listed.collect();
            let (row, name, when) = pick(&listed, number);
            let (name, class) = (name.replace('*', "camel.sink"), row.classes[0].replace('*', "x"));
            let mut all = settings(&[("connector.class", &class), (&name, secret)]);
            all.extend(when.map(|(other, value)| (other.to_owned(), json!(value))));
            connector(format!("the setting {name} of {}", row.name), all)
        }
        Kind::Address => {
            let address = pick(ADDRESSES, number).replace('%', &in_address(secret, style));
            if style % 4 == 3 && !address.starts_with("jdbc") {
                let request =
                    json!({"deliveryStreamName": "audit", "splunkDestinationConfiguration": {"hECEndpoint": address}});
                let record = record("firehose", "CreateDeliveryStream", request, Value::Null);
                return Documents {
                    place: "the endpoint of a Firehose stream".to_owned(),
                    record,
                    ..Documents::default()
                };
            }
            let classes = [
                "com.example.Sink",
                "io.confluent.connect.jdbc.JdbcSinkConnector",
                "com.splunk.kafka.connect.SplunkSinkConnector",
            ];
            let names = ["x.url", "connection.url", "splunk.hec.uri", "mongodb.connection.string", "x.json"];
            let name = pick(&names, style);
            let value = if *name == "x.json" { json!({"url": address}).to_string() } else { address };
            let all = settings(&[("connector.class", *pick(&classes, style)), (name, &value)]);
            connector(format!("the address in {name}"), all)
        }
        Kind::Value => {
            let (name, value) = pick(VALUES, number);
            let json = value.starts_with('{');
            let written = match (json, style % 3) {
                (true, 0) => secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
                (true, _) => Value::from(secret).to_string().trim_matches('"').to_owned(),
                (false, _) => secret.to_owned(),
            };
            let value = value.replace('%', &written);
            let value = if json && style % 3 == 2 { json!({"inner": value}).to_string() } else { value };
            connector(
                format!("the value of {name}"),
                settings(&[("connector.class", "com.example.Sink"), (name, &value)]),
            )
        }
        Kind::Worker => {
            let (name, value) = match style % 3 {
                0 => (format!("x.{}", pick(SECRET_ENDINGS, number)), in_properties(secret, number)),
                1 => (
                    "x.url".to_owned(),
                    pick(ADDRESSES, number).replace('%', &in_properties(&in_address(secret, number), style)),
                ),
                _ => {
                    let (name, value) = pick(VALUES, number);
                    ((*name).to_owned(), value.replace('\n', "\\n").replace('%', &in_properties(secret, number)))
                }
            };
            let content = base64(
                format!("# a comment\nkey.converter=a.b.C\n{name}={value}\ny.url=http://y.example.com\n").as_bytes(),
            );
            let revision = json!({"revision": 1, "propertiesFileContent": content});
            let request = json!({"name": "small", "propertiesFileContent": if style.is_multiple_of(2) { content.as_str() } else { "***" }});
            let response = json!({"workerConfigurationArn": WORKER, "latestRevision": revision});
            Documents {
                place: format!("the setting {name} of a worker"),
                record: record("kafkaconnect", "CreateWorkerConfiguration", request, response.clone()),
                facts: response,
                ..Documents::default()
            }
        }
        Kind::Unhidden => {
            // as CloudTrail would write settings that it does not redact
            let name = pick(SECRET_ENDINGS, number);
            let all = json!({"connector.class": "com.example.Sink", *name: secret, "a.url": "http://a.example.com"});
            let mut documents = connector(format!("the setting {name} in a record"), Map::new());
            let written = if style.is_multiple_of(2) { all } else { Value::from(all.to_string()) };
            put(&mut documents.record, "/requestParameters/connectorConfiguration", written);
            documents.facts = Value::Null;
            documents
        }
        Kind::Member => {
            let (service, call, path) = pick(MEMBERS, number);
            let request = json!({"streamName": "orders", "deliveryStreamName": "audit", "keyId": KEY, "name": "audit",
                "customKeyStoreId": "cks-0a1b2c3d4e5f67890", "connectorName": "invoices", "clusterName": "orders",
                "granteePrincipal": "arn:aws:iam::444455556666:role/other", "operations": ["Decrypt"], "policyName": "default",
                "policy": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}"#});
            let mut record = record(service, call, request, json!({}));
            let address = format!("http://u:{}@h.example.com", in_address(secret, style));
            let value = match path.rsplit('/').next() {
                Some("hECEndpoint" | "url" | "presignedUrl") => json!(address),
                Some("grantTokens") => json!([secret]),
                Some("commonAttributes") => json!([{"attributeName": "token", "attributeValue": secret}]),
                Some("propertiesFileContent") => {
                    json!(base64(format!("x.password={}", in_properties(secret, style)).as_bytes()))
                }
                _ => json!(secret),
            };
            put(&mut record, path, value);
            Documents { place: format!("{path} of {call}"), record, ..Documents::default() }
        }
        Kind::Sample => {
            let mut sample = pick(&SAMPLES, number).clone();
            let name = pick(SECRET_ENDINGS, style);
            let place = format!("a member {name} in an object of the sample {}", number % SAMPLES.len());
            let at = style % count_objects(&sample).max(1);
            object(&mut sample, at).unwrap().insert((*name).to_owned(), json!(secret));
            Documents { place, record: sample, ..Documents::default() }
        }
        Kind::Answer => {
            let (path, of) = pick(ANSWERS, number);
            let mut facts = match *of {
                "connector" => json!({"connectorArn": CONNECTOR}),
                "key" => json!({"KeyMetadata": {"Arn": KEY, "KeyManager": "CUSTOMER"}}),
                _ => {
                    json!({"DeliveryStreamDescription": {"DeliveryStreamName": "audit", "DeliveryStreamStatus": "ACTIVE",
                    "DeliveryStreamARN": "arn:aws:firehose:eu-west-1:111122223333:deliverystream/audit"}})
                }
            };
            let address = format!("http://u:{}@h.example.com", in_address(secret, style));
            let is_address = path.ends_with("Url") || path.ends_with("URL") || path.ends_with("Endpoint");
            put(&mut facts, path, json!(if is_address { address.as_str() } else { secret }));
            let request = json!({"deliveryStreamName": "audit"});
            let record = match *of {
                "connector" => connector(String::new(), Map::new()).record,
                "key" => record("kms", "DisableKey", json!({"keyId": KEY}), Value::Null),
                _ => record("firehose", "UpdateDestination", request, Value::Null),
            };
            Documents { place: format!("{path} of an answer"), record, facts, ..Documents::default() }
        }
        Kind::Policy => {
            let policy = pick(POLICIES, number).replace('%', Value::from(secret).to_string().trim_matches('"'));
            Documents { place: "a policy, plan or template".to_owned(), policy, ..Documents::default() }
        }
        Kind::PolicyInRecord => {
            let policy = pick(&POLICIES[..8], number).replace('%', Value::from(secret).to_string().trim_matches('"'));
            let request = json!({"keyId": KEY, "policyName": "default", "policy": policy, "streamName": "orders",
                "resourceARN": "arn:aws:kinesis:eu-west-1:111122223333:stream/orders"});
            let (service, call) = pick(&[("kms", "PutKeyPolicy"), ("kinesis", "PutResourcePolicy")], style);
            let record = record(service, call, request, Value::Null);
            Documents { place: format!("the policy of {call}"), record, ..Documents::default() }
        }
        Kind::Settings => {
            let settings = pick(SETTINGS, number).replace('%', &toml(secret));
            Documents { place: "a settings file".to_owned(), settings, ..Documents::default() }
        }
        // a secret that is also a part of what is shown: a host, a name of a setting
        Kind::Copies => {
            let names = ["a.password", "b.token", "c.sasl.jaas.config", "d.url"];
            let name = pick(&names, number);
            let value = match *name {
                "c.sasl.jaas.config" => format!(r#"a.b.PlainLoginModule required username="u" password="{secret}";"#),
                "d.url" => format!("https://u:{}@a.example.com", in_address(secret, style)),
                _ => secret.to_owned(),
            };
            let mut all = settings(&[("connector.class", "com.example.Sink"), (name, &value)]);
            // of names, only what no word equals by chance is hidden
            let is_word = !secret.contains(|c: char| c.is_ascii_digit());
            let copy = match style % if is_word { 4 } else { 6 } {
                0 => ("e.url".to_owned(), format!("http://{secret}")),
                1 => ("e.url".to_owned(), format!("http://{secret}.example.com:80,http://f.example.com")),
                2 => ("e.url".to_owned(), format!("jdbc:mysql://{secret}/db?sslMode=DISABLED")),
                3 => ("e.json".to_owned(), json!({"url": format!("http://{secret}:80")}).to_string()),
                4 => (format!("{secret}.url"), "http://e.example.com".to_owned()),
                _ => (format!("x.{secret}.password"), "hunter2".to_owned()),
            };
            all.insert(copy.0, json!(copy.1));
            connector(format!("{name} and a copy of it"), all)
        }
    }
}

/// A basic string of TOML.
fn toml(text: &str) -> String {
    Value::from(text).to_string()
}

/// What damages a document.
#[derive(Debug, Clone)]
enum Damage {
    None,
    /// It ends here.
    Cut(Place),
    /// A byte is another one.
    Byte(Place, u8),
    /// What is not UTF-8 follows the secret.
    NotUtf8,
    /// The document is text in JSON.
    Quoted,
    /// The JSON begins with something else.
    After(&'static str),
}

/// Where a document is damaged.
#[derive(Debug, Clone)]
enum Place {
    /// After this share of a thousand.
    Anywhere(usize),
    /// This many bytes before or after the secret begins, if it is written as it is.
    Near(isize),
}

impl Place {
    fn of(&self, bytes: &[u8], secret: &str) -> usize {
        match self {
            Place::Anywhere(share) => bytes.len() * share / 1000,
            Place::Near(distance) => {
                let found = bytes.windows(secret.len()).position(|window| window == secret.as_bytes());
                found.unwrap_or(bytes.len() / 2).saturating_add_signed(*distance).min(bytes.len() - 1)
            }
        }
    }
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![(0..1000usize).prop_map(Place::Anywhere), (-3..4isize).prop_map(Place::Near)]
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        5 => Just(Damage::None),
        2 => place().prop_map(Damage::Cut),
        2 => (place(), prop::sample::select(b"\"\\{}[],:\n\0\xff0e".to_vec())).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        1 => Just(Damage::NotUtf8),
        1 => Just(Damage::Quoted),
        1 => prop::sample::select(vec!["2026-11-22T10:00:00Z ", "\u{feff}", "x ", "[", "{\"Records\": ", "\"", "null\n"]).prop_map(Damage::After),
    ]
}

fn damaged(document: String, damage: &Damage, secret: &str) -> Vec<u8> {
    let mut bytes = document.into_bytes();
    match damage {
        _ if bytes.is_empty() => {}
        Damage::None => {}
        Damage::Cut(place) => bytes.truncate(place.of(&bytes, secret)),
        Damage::Byte(place, byte) => {
            let at = place.of(&bytes, secret);
            bytes[at] = *byte;
        }
        Damage::NotUtf8 => {
            let found = bytes.windows(secret.len()).position(|window| window == secret.as_bytes());
            bytes.insert(found.map_or(bytes.len() / 2, |at| at + secret.len()), 0xff);
        }
        Damage::Quoted => bytes = Value::from(String::from_utf8_lossy(&bytes).into_owned()).to_string().into_bytes(),
        Damage::After(text) => bytes = [text.as_bytes(), &bytes].concat(),
    }
    bytes
}

/// How a record comes.
fn wrapped(record: Value, form: usize) -> String {
    if record.is_null() {
        return String::new();
    }
    match form % 5 {
        _ if record.get("detail").is_some() => record.to_string(),
        0 | 1 => record.to_string(),
        2 => json!({"version": "0", "id": "67670efb-43ad-5a60-bf64-babe50b03252", "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.kms", "account": ACCOUNT, "region": "eu-west-1", "resources": [], "detail": record})
        .to_string(),
        3 => json!({"Records": [record]}).to_string(),
        _ => json!({"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": record.to_string()}]}).to_string(),
    }
}

/// Any secret in any place, whole or damaged.
pub(crate) fn planted() -> impl Strategy<Value = Planted> {
    let kind = prop::sample::select(KINDS.to_vec());
    kind.prop_flat_map(|kind| {
        // a damaged copy is another text, which nobody can know to be the secret
        let (secret, damage) = match kind {
            Kind::Copies => (host().boxed(), Just(Damage::None).boxed()),
            _ => (secret().boxed(), damage().boxed()),
        };
        (Just(kind), secret, 0..1000usize, 0..1000usize, 0..5usize, damage)
    })
    .prop_map(|(kind, secret, number, style, form, damage)| {
        let Documents { place, record, facts, settings, policy } = documents(kind, &secret.0, number, style);
        let facts = if facts.is_null() { String::new() } else { facts.to_string() };
        let parts = [wrapped(record, form), facts, settings, policy];
        let [record, facts, settings, policy] = parts.map(|part| damaged(part, &damage, &secret.0));
        let place = format!("{place}, {damage:?}");
        Planted { secret, place, record, facts, settings, policy }
    })
}
