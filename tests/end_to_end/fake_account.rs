//! A FAKE account with resources of every kind: it lists them, page by page, and describes them. It has faults on request.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::events::{ACCOUNT, FOREIGN, REGION};
use crate::fake_aws::Answer;

/// How a call lists: the member with the entries, one that is true if there are more, the token, and its parameter. An empty
/// token is the last entry. From the API models (`service-2.json` of botocore).
const LISTS: [(&str, [&str; 4]); 14] = [
    ("cloudtrail:DescribeTrails", ["trailList", "", "", ""]),
    ("cloudtrail:ListEventDataStores", ["EventDataStores", "", "NextToken", "NextToken"]),
    (
        "firehose:ListDeliveryStreams",
        ["DeliveryStreamNames", "HasMoreDeliveryStreams", "", "ExclusiveStartDeliveryStreamName"],
    ),
    ("kafka:ListChannels", ["channels", "", "nextToken", "nextToken"]),
    ("kafka:ListClustersV2", ["clusterInfoList", "", "nextToken", "nextToken"]),
    ("kafka:ListReplicators", ["replicators", "", "nextToken", "nextToken"]),
    ("kafkaconnect:ListConnectors", ["connectors", "", "nextToken", "nextToken"]),
    ("kafkaconnect:ListWorkerConfigurations", ["workerConfigurations", "", "nextToken", "nextToken"]),
    ("kinesis:ListChannels", ["ChannelSummaries", "", "NextToken", "NextToken"]),
    ("kinesis:ListQueues", ["QueueSummaries", "", "NextToken", "NextToken"]),
    ("kinesis:ListStreams", ["StreamSummaries", "HasMoreStreams", "NextToken", "NextToken"]),
    ("kms:DescribeCustomKeyStores", ["CustomKeyStores", "Truncated", "NextMarker", "Marker"]),
    ("kms:ListAliases", ["Aliases", "Truncated", "NextMarker", "Marker"]),
    ("kms:ListKeys", ["Keys", "Truncated", "NextMarker", "Marker"]),
];

/// The lists that are asked about one resource, with the parameter that names it, otherwise in the same words.
const LISTS_OF_ONE: [(&str, &str, [&str; 4]); 2] = [
    ("kinesis:ListStreamConsumers", "StreamARN", ["Consumers", "", "NextToken", "NextToken"]),
    ("kms:ListGrants", "KeyId", ["Grants", "Truncated", "NextMarker", "Marker"]),
];

/// How a call describes: the parameter that names the resource, and the member that wraps the answer, if one does.
const DESCRIPTIONS: [(&str, &str, &str); 17] = [
    ("cloudtrail:GetEventDataStore", "EventDataStore", ""),
    ("cloudtrail:GetEventSelectors", "TrailName", ""),
    ("cloudtrail:GetResourcePolicy", "ResourceArn", ""),
    ("cloudtrail:GetTrailStatus", "Name", ""),
    ("firehose:DescribeDeliveryStream", "DeliveryStreamName", "DeliveryStreamDescription"),
    ("kafka:DescribeChannel", "channelArn", ""),
    ("kafka:DescribeReplicator", "replicatorArn", ""),
    ("kafka:GetClusterPolicy", "clusterArn", ""),
    ("kafkaconnect:DescribeConnector", "connectorArn", ""),
    ("kafkaconnect:DescribeWorkerConfiguration", "workerConfigurationArn", ""),
    ("kinesis:DescribeChannel", "ChannelARN", "ChannelDescription"),
    ("kinesis:DescribeStreamSummary", "StreamARN", "StreamDescriptionSummary"),
    ("kinesis:GetResourcePolicy", "ResourceARN", ""),
    ("kms:DescribeCustomKeyStores", "CustomKeyStoreId", ""),
    ("kms:DescribeKey", "KeyId", "KeyMetadata"),
    ("kms:GetKeyPolicy", "KeyId", ""),
    ("kms:GetKeyRotationStatus", "KeyId", ""),
];

/// What goes wrong.
#[derive(Debug, Default, Clone)]
pub(crate) struct Faults {
    /// The most entries of a page; 0 for any number.
    pub(crate) page: usize,
    /// Every tenth call of a service is throttled.
    pub(crate) throttles: bool,
    /// An action that is denied.
    pub(crate) denied: String,
    /// The last part of the ARN of a resource that is deleted after it was listed.
    pub(crate) deleted: String,
    /// A Region that is not enabled.
    pub(crate) disabled: &'static str,
}

/// The account.
#[derive(Debug)]
pub(crate) struct FakeAccount {
    lists: BTreeMap<&'static str, Vec<Value>>,
    /// By call and the last part of the ARN.
    descriptions: BTreeMap<(String, String), Value>,
    faults: Faults,
    calls: Mutex<BTreeMap<String, usize>>,
}

impl FakeAccount {
    /// An account with so many resources of each kind, at least four.
    pub(crate) fn new(of_each_kind: usize, faults: Faults) -> FakeAccount {
        let (lists, descriptions, calls) = Default::default();
        let mut account = FakeAccount { lists, descriptions, faults, calls };
        for number in 0..of_each_kind {
            account.add_key(number);
            account.add_streams(number);
            account.add_msk(number);
            account.add_cloudtrail(number);
        }
        account
    }

    /// What AWS answers.
    pub(crate) fn answer(&self, region: &str, action: &str, parameters: &Value) -> Answer {
        let service = action.split(':').next().unwrap();
        if region == self.faults.disabled {
            // The same text for both, https://github.com/epsagon/clear-lambda-storage/issues/9 and
            // https://github.com/nccgroup/ScoutSuite/issues/1389.
            let code = if service == "sts" { "InvalidClientTokenId" } else { "UnrecognizedClientException" };
            return (403, code, json!({"message": "The security token included in the request is invalid."}));
        }
        if action == "sts:GetCallerIdentity" {
            return (200, "", json!({"Account": ACCOUNT, "Arn": format!("arn:aws:iam::{ACCOUNT}:user/auditor")}));
        }
        if self.faults.throttles && self.count(service).is_multiple_of(10) {
            return throttled(service);
        }
        if action == self.faults.denied {
            return (
                if service.starts_with("kafka") { 403 } else { 400 },
                "AccessDeniedException",
                json!({"message": "no"}),
            );
        }
        let listed = LISTS.iter().find(|(name, _)| *name == action);
        if let Some((_, members)) = listed.filter(|_| parameters["CustomKeyStoreId"].is_null()) {
            return self.page(self.lists.get(action).map_or(&[], Vec::as_slice), *members, parameters);
        }
        let of_one = LISTS_OF_ONE.iter().find(|(name, ..)| *name == action);
        let described = DESCRIPTIONS.iter().find(|(name, ..)| *name == action);
        let parameter = of_one.map(|row| row.1).or(described.map(|row| row.1));
        let parameter = parameter.unwrap_or_else(|| panic!("unexpected call {action}"));
        let id = parameters[parameter].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let found = self.descriptions.get(&(action.to_owned(), id.clone())).filter(|_| id != self.faults.deleted);
        match (found, of_one, described) {
            (Some(found), Some((.., members)), _) => self.page(found.as_array().unwrap(), *members, parameters),
            (Some(found), _, Some((.., wrapper))) if !wrapper.is_empty() => (200, "", json!({ *wrapper: found })),
            (Some(found), ..) => (200, "", found.clone()),
            (None, ..) => not_found(action),
        }
    }

    /// Counts a call of a service.
    fn count(&self, service: &str) -> usize {
        let mut calls = self.calls.lock().unwrap();
        let count = calls.entry(service.to_owned()).or_default();
        *count += 1;
        *count
    }

    fn page(&self, all: &[Value], members: [&str; 4], parameters: &Value) -> Answer {
        let [entries, more, token, parameter] = members;
        let given = &parameters[parameter];
        let start = match token {
            "" => all.iter().position(|entry| entry == given).map_or(0, |last| last + 1),
            _ => given.as_str().map_or(0, |token| token.parse().unwrap()),
        };
        let size = if parameter.is_empty() || self.faults.page == 0 { all.len() } else { self.faults.page };
        let end = all.len().min(start + size);
        let mut page = json!({ entries: all[start..end] });
        if !more.is_empty() {
            page[more] = json!(end < all.len());
        }
        if !token.is_empty() && end < all.len() {
            page[token] = json!(end.to_string());
        }
        (200, "", page)
    }

    fn list(&mut self, action: &'static str, entry: Value) {
        self.lists.entry(action).or_default().push(entry);
    }

    fn describe(&mut self, action: &str, arn: &str, description: Value) {
        let name = arn.rsplit('/').next().unwrap().to_owned();
        self.descriptions.insert((action.to_owned(), name), description);
    }

    /// A key with an alias and a grant, and a key store. The first key admits everybody and has no alias, the second admits
    /// another account, the third does not rotate, the fourth is granted to another account. The first store is
    /// disconnected.
    fn add_key(&mut self, number: usize) {
        let (arn, id) = (key(number), id(number));
        let grantee = if number == 3 { FOREIGN } else { ACCOUNT };
        let grant = json!({
            "GrantId": format!("{number:064}"), "KeyId": arn, "Operations": ["Decrypt"],
            "GranteePrincipal": format!("arn:aws:iam::{grantee}:role/orders"), "IssuingAccount": ACCOUNT,
        });
        let admitted = match number {
            0 => json!("*"),
            1 => json!({"AWS": format!("arn:aws:iam::{FOREIGN}:root")}),
            _ => json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/orders")}),
        };
        let owner = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
        let allow =
            |who: Value, what: &str| json!({"Effect": "Allow", "Principal": who, "Action": what, "Resource": "*"});
        let policy =
            json!({"Version": "2012-10-17", "Statement": [allow(owner, "kms:*"), allow(admitted, "kms:Decrypt")]});
        let metadata = json!({
            "KeyId": id, "Arn": arn, "Enabled": true, "KeyState": "Enabled", "KeyManager": "CUSTOMER", "Origin": "AWS_KMS",
            "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "AWSAccountId": ACCOUNT, "MultiRegion": false,
            "CreationDate": 1.76e9,
        });
        let rotation = json!({"KeyId": arn, "KeyRotationEnabled": number != 2, "RotationPeriodInDays": 365});
        let alias = format!("alias/orders-{number}");
        let alias_arn = format!("arn:aws:kms:{REGION}:{ACCOUNT}:{alias}");
        self.list("kms:ListKeys", json!({"KeyId": id, "KeyArn": arn}));
        if number > 0 {
            self.list("kms:ListAliases", json!({"AliasName": alias, "AliasArn": alias_arn, "TargetKeyId": id}));
        }
        self.describe("kms:DescribeKey", &arn, metadata);
        self.describe("kms:GetKeyPolicy", &arn, json!({"Policy": policy.to_string(), "PolicyName": "default"}));
        self.describe("kms:GetKeyRotationStatus", &arn, rotation);
        self.describe("kms:ListGrants", &arn, json!([grant]));
        let store = format!("cks-{number:017}");
        let state = if number == 0 { "DISCONNECTED" } else { "CONNECTED" };
        let described =
            json!({"CustomKeyStoreId": store, "ConnectionState": state, "CustomKeyStoreType": "AWS_CLOUDHSM"});
        self.list("kms:DescribeCustomKeyStores", described.clone());
        self.describe("kms:DescribeCustomKeyStores", &store, json!({"CustomKeyStores": [described]}));
    }

    /// Kinesis and Firehose. The first of each is not encrypted.
    fn add_streams(&mut self, number: usize) {
        let arn = format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/stream-{number}");
        let named = json!({"StreamName": format!("stream-{number}"), "StreamARN": arn, "StreamStatus": "ACTIVE"});
        let mut stream = named.clone();
        stream["EncryptionType"] = json!(if number == 0 { "NONE" } else { "KMS" });
        if number > 0 {
            stream["KeyId"] = json!(key(number));
        }
        self.list("kinesis:ListStreams", named);
        self.describe("kinesis:DescribeStreamSummary", &arn, stream);

        let consumer = json!({"ConsumerARN": format!("{arn}/consumer/reader-{number}:1"), "ConsumerName": "reader"});
        self.describe("kinesis:ListStreamConsumers", &arn, json!([consumer]));
        let open = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "kinesis:GetRecords", "Resource": arn,
        }]});
        if number == 1 {
            self.describe("kinesis:GetResourcePolicy", &arn, json!({"Policy": open.to_string()}));
        }
        let arn = |kind: &str| format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:{kind}/{kind}-{number}");
        self.list("kinesis:ListQueues", json!({"QueueARN": arn("queue"), "QueueName": "queue"}));
        let named = json!({"ChannelARN": arn("channel"), "ChannelName": "channel", "ChannelStatus": "ACTIVE"});
        let mut described = named.clone();
        described["S3DestinationConfiguration"] = json!({"BucketARN": "arn:aws:s3:::orders"});
        if number > 0 {
            described["EncryptionConfiguration"] = json!({"EncryptionType": "KMS", "KeyId": key(number)});
        }
        self.list("kinesis:ListChannels", named);
        self.describe("kinesis:DescribeChannel", &arn("channel"), described);

        let name = format!("delivery-{number}");
        let arn = format!("arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{name}");
        let sse = match number {
            0 => json!({"Status": "DISABLED"}),
            _ => json!({"Status": "ENABLED", "KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key(number)}),
        };
        let bucket = json!({
            "RoleARN": format!("arn:aws:iam::{ACCOUNT}:role/orders"), "BucketARN": "arn:aws:s3:::orders",
            "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": key(number.max(1))}},
        });
        let described = json!({
            "DeliveryStreamName": name, "DeliveryStreamARN": arn, "DeliveryStreamStatus": "ACTIVE",
            "DeliveryStreamType": "DirectPut", "DeliveryStreamEncryptionConfiguration": sse,
            "Destinations": [{"DestinationId": "1", "ExtendedS3DestinationDescription": bucket}],
        });
        self.list("firehose:ListDeliveryStreams", json!(name));
        self.describe("firehose:DescribeDeliveryStream", &arn, described);
    }

    /// Clusters, replicators, connectors and worker configurations, the first of each with a connection in plaintext. The second
    /// cluster has channels, the first of them without a key.
    fn add_msk(&mut self, number: usize) {
        let arn = |service: &str, kind: &str| {
            format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{kind}/{kind}-{number}/{kind}-{}-1", id(number))
        };
        let tls = if number == 0 { "PLAINTEXT" } else { "TLS" };
        let cluster = arn("kafka", "cluster");
        self.list(
            "kafka:ListClustersV2",
            json!({
                "clusterArn": cluster, "clusterName": format!("cluster-{number}"), "clusterType": "PROVISIONED", "state": "ACTIVE",
                "provisioned": {
                    "brokerNodeGroupInfo": {"instanceType": if number == 1 { "express.m7g.large" } else { "kafka.m5.large" }},
                    "clientAuthentication": {"sasl": {"iam": {"enabled": true}}, "unauthenticated": {"enabled": false}},
                    "encryptionInfo": {
                        "encryptionAtRest": {"dataVolumeKMSKeyId": key(number.max(1))},
                        "encryptionInTransit": {"clientBroker": tls, "inCluster": true},
                    },
                },
            }),
        );
        let channel = arn("kafka", "channel");
        let mut described = json!({"channelArn": channel, "channelName": "channel", "status": "ACTIVE"});
        described["s3DestinationConfiguration"] = json!({"bucketArn": "arn:aws:s3:::orders"});
        if number > 0 {
            described["encryptionConfiguration"] = json!({"kmsKeyArn": key(number)});
        }
        self.list("kafka:ListChannels", json!({"channelArn": channel, "channelName": "channel", "status": "ACTIVE"}));
        self.describe("kafka:DescribeChannel", &channel, described);

        let scheme = if number == 0 { "http" } else { "https" };
        let replicator = arn("kafka", "replicator");
        let named = json!({"replicatorArn": replicator, "replicatorName": "replicator", "replicatorState": "RUNNING"});
        let mut described = named.clone();
        described["kafkaClusters"] = json!([{
            "apacheKafkaCluster": {"apacheKafkaClusterId": "ledger"}, "encryptionInTransit": {"encryptionType": "TLS"},
            "clientAuthentication": {"saslOAuthBearer": {"tokenEndpointUrl": format!("{scheme}://id.example.com/token")}},
        }]);
        self.list("kafka:ListReplicators", named);
        self.describe("kafka:DescribeReplicator", &replicator, described);

        let connector = arn("kafkaconnect", "connector");
        let named = json!({
            "connectorArn": connector, "connectorName": "sink", "connectorState": "RUNNING",
            "kafkaClusterClientAuthentication": {"authenticationType": "IAM"},
            "kafkaClusterEncryptionInTransit": {"encryptionType": tls},
            "logDelivery": {"workerLogDelivery": {"cloudWatchLogs": {"enabled": true, "logGroup": "connect"}}},
        });
        let mut described = named.clone();
        described["connectorConfiguration"] = json!({
            "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector",
            "connection.url": "jdbc:postgresql://db.example.com:5432/orders?sslmode=verify-full",
            "connection.password": "${secretsManager:db:password}",
        });
        self.list("kafkaconnect:ListConnectors", named);
        self.describe("kafkaconnect:DescribeConnector", &connector, described);

        let worker = arn("kafkaconnect", "worker-configuration");
        let named = json!({"workerConfigurationArn": worker, "name": "worker", "workerConfigurationState": "ACTIVE"});
        let mut described = named.clone();
        described["latestRevision"] = json!({"revision": 1, "propertiesFileContent": "IyBub3RoaW5nCg=="});
        self.list("kafkaconnect:ListWorkerConfigurations", named);
        self.describe("kafkaconnect:DescribeWorkerConfiguration", &worker, described);
    }

    /// Trails and event data stores. The first of each has no key.
    fn add_cloudtrail(&mut self, number: usize) {
        let mut trail = json!({
            "Name": format!("trail-{number}"), "TrailARN": format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/trail-{number}"),
            "HomeRegion": REGION, "IsMultiRegionTrail": true, "IncludeGlobalServiceEvents": true, "IsOrganizationTrail": false,
            "LogFileValidationEnabled": true, "S3BucketName": "trails", "HasCustomEventSelectors": true,
        });
        let store = format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:eventdatastore/store-{}", id(number));
        let named = json!({"EventDataStoreArn": store, "Name": format!("store-{number}")});
        let everything =
            json!({"ReadWriteType": "All", "IncludeManagementEvents": true, "ExcludeManagementEventSources": []});
        let management = json!({"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]});
        let mut described = json!({
            "EventDataStoreArn": store, "Name": format!("store-{number}"), "Status": "ENABLED",
            "AdvancedEventSelectors": [management], "MultiRegionEnabled": true, "TerminationProtectionEnabled": true,
        });
        if number > 0 {
            trail["KmsKeyId"] = json!(key(number));
            described["KmsKeyId"] = json!(key(number));
        }
        let trail_arn = trail["TrailARN"].as_str().unwrap().to_owned();
        self.list("cloudtrail:DescribeTrails", trail);
        self.describe("cloudtrail:GetTrailStatus", &trail_arn, json!({"IsLogging": true}));
        self.describe("cloudtrail:GetEventSelectors", &trail_arn, json!({"EventSelectors": [everything]}));
        self.list("cloudtrail:ListEventDataStores", named);
        self.describe("cloudtrail:GetEventDataStore", &store, described);
    }
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn key(number: usize) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{}", id(number))
}

/// How each service throttles: from "Errors" and "Common Errors" in its API reference.
fn throttled(service: &str) -> Answer {
    let (status, code) = match service {
        "kinesis" | "firehose" => (400, "LimitExceededException"),
        "kafka" | "kafkaconnect" => (429, "TooManyRequestsException"),
        _ => (400, "ThrottlingException"),
    };
    (status, code, json!({"message": "Rate exceeded"}))
}

/// How each service says that there is no such resource, from the API models.
fn not_found(action: &str) -> Answer {
    let code = match action {
        "cloudtrail:GetEventDataStore" => "EventDataStoreNotFoundException",
        _ if action.starts_with("cloudtrail:") => "TrailNotFoundException",
        _ if action.starts_with("kinesis:") || action.starts_with("firehose:") => "ResourceNotFoundException",
        _ => "NotFoundException",
    };
    (if action.starts_with("kafka") { 404 } else { 400 }, code, json!({"message": "no such resource"}))
}
