"""A synthetic account of 300 resources on a local AWS, with faults that are known by resource and rule.

Every kind of resource is seeded by turns: the n-th of a kind gets the n-th row of the kind's table, and so on from the start.
A row says what the resource is like, and which rules it violates with the default settings.
"""

import base64
import json
import os
import uuid

import boto3
from botocore.config import Config

ACCOUNT, PARTNER = "111122223333", "999988887777"
KEYS, STREAMS, DELIVERIES, PROVISIONED, SERVERLESS, CONNECTORS, TRAILS, REPLICATORS, WORKERS = 120, 80, 40, 24, 6, 20, 10, 2, 2

ROLE = f"arn:aws:iam::{ACCOUNT}:role/orders"
USE = ["kms:Decrypt", "kms:GenerateDataKey*"]


def statement(principal, actions, **condition):
    allow = {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}
    return {**allow, "Condition": {"StringEquals": condition}} if condition else allow


OWNER = statement({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*")
LOCAL = {"kms:CallerAccount": ACCOUNT, "kms:ViaService": "kinesis.{region}.amazonaws.com"}
OF_THE_ACCOUNT = {"aws:SourceAccount": ACCOUNT}
# statements of the key policy, violated rules
POLICIES = [
    ([OWNER], []),
    ([OWNER, statement("*", "kms:Decrypt")], ["kms-key-policy-public"]),
    ([OWNER, statement({"AWS": f"arn:aws:iam::{PARTNER}:root"}, "kms:Decrypt")], ["kms-key-policy-foreign-account"]),
    ([OWNER, statement({"Service": "sns.amazonaws.com"}, USE)], ["kms-key-policy-unbound-service"]),
    ([OWNER, statement({"Service": "sns.amazonaws.com"}, USE, **OF_THE_ACCOUNT)], []),
    ([OWNER, statement({"AWS": "*"}, USE, **LOCAL)], []),
    ([OWNER, statement({"AWS": "*"}, USE, **{"kms:CallerAccount": ACCOUNT})], ["kms-key-policy-account-wide"]),
    ([OWNER, statement({"AWS": ROLE}, "kms:CreateGrant")], ["kms-key-policy-unbounded-grants"]),
    ([OWNER, statement({"AWS": ROLE}, "kms:*")], ["kms-key-policy-mixed-duties"]),
    ([OWNER, statement({"AWS": ROLE}, USE)], []),
]
# what a key of its own is like, violated rules; 17 has no divisor in common with the number of policies
USUAL = ({}, [])
STATES = [
    *[USUAL] * 8,
    ({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, []),  # cannot rotate
    ({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}, []),
    ({"rotation": None}, ["kms-key-rotation-disabled"]),
    ({"rotation": 730}, ["kms-key-rotation-too-rare"]),
    ({"grantee": ROLE, "operations": ["Decrypt"]}, []),
    ({"grantee": f"arn:aws:iam::{PARTNER}:role/etl", "operations": ["Decrypt"]}, ["kms-grant-to-foreign-account"]),
    (
        {
            "grantee": ROLE,
            "operations": [
                *("CreateGrant", "Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey"),
                *("GenerateDataKeyPair", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPairWithoutPlaintext"),
            ],
        },
        ["kms-grant-every-operation"],
    ),
    ({"unusable": "disabled"}, ["kms-key-disabled"]),
    ({"unusable": "deleted"}, ["kms-key-deletion-scheduled"]),
]
MANAGED, AWS_OWNED, NONE, OWN, DISABLED = "alias/aws/kinesis", "AWS owned", None, "own", "disabled"
STREAM_KEYS = [
    (NONE, ["kinesis-stream-unencrypted"]),
    (MANAGED, ["kinesis-stream-without-customer-key"]),
    (OWN, []),
    (NONE, ["kinesis-stream-unencrypted"]),
    (OWN, []),
    (DISABLED, ["kinesis-stream-unusable-key"]),
    (MANAGED, ["kinesis-stream-without-customer-key"]),
]
# the source, the key of the stream, the key of the bucket, violated rules
DELIVERY_KINDS = [
    ("puts", OWN, OWN, []),
    ("puts", NONE, OWN, ["firehose-stream-unencrypted"]),
    ("puts", AWS_OWNED, OWN, ["firehose-stream-without-customer-key"]),
    ("encrypted stream", NONE, OWN, []),
    ("puts", OWN, NONE, ["firehose-destination-without-customer-key"]),
    ("plain stream", NONE, NONE, ["firehose-stream-unencrypted", "firehose-destination-without-customer-key"]),
    ("puts", OWN, DISABLED, ["firehose-destination-unusable-key"]),
    ("puts", DISABLED, OWN, ["firehose-stream-unusable-key"]),
]
PLAINTEXT_CLIENTS = ["msk-cluster-plaintext-clients", "msk-cluster-unauthenticated-clients"]
# encryptionInfo and clientAuthentication of a provisioned cluster, its key, whether it is public, violated rules
CLUSTER_KINDS = [
    ("TLS", True, False, OWN, False, []),
    ("TLS_PLAINTEXT", True, False, OWN, False, PLAINTEXT_CLIENTS),
    ("TLS", False, False, OWN, False, ["msk-cluster-plaintext-brokers"]),
    ("TLS", True, True, OWN, False, ["msk-cluster-unauthenticated-clients"]),
    ("TLS", True, False, "of another account", False, []),  # unverified: nobody here can look it up
    ("TLS", True, False, DISABLED, False, ["msk-cluster-unusable-key"]),
    ("TLS", True, False, OWN, True, ["msk-cluster-public-access"]),
    ("PLAINTEXT", False, True, OWN, False, [*PLAINTEXT_CLIENTS, "msk-cluster-plaintext-brokers"]),
]
# SSL mode, password, TLS to Kafka, authentication, logs, violated rules
SECRET = "${secretsManager:db:password}"
CONNECTOR_KINDS = [
    ("verify-full", SECRET, "TLS", "IAM", True, []),
    ("disable", SECRET, "TLS", "IAM", True, ["msk-connector-plaintext-destination"]),
    ("verify-full", "tr0ub4dor&3", "TLS", "IAM", True, ["msk-connector-plaintext-secret"]),
    ("verify-full", SECRET, "PLAINTEXT", "NONE", True, ["msk-connector-plaintext-kafka", "msk-connector-unauthenticated-kafka"]),
    ("verify-full", SECRET, "TLS", "IAM", False, ["msk-connector-without-logs"]),
    ("require", SECRET, "TLS", "IAM", True, ["msk-connector-unverified-tls"]),
]
# the address of the vault, violated rules
WORKER_KINDS = [("https://vault.example.com:8200", []), ("http://vault.example.com:8200", ["msk-worker-plaintext-endpoint"])]
# the endpoint of the tokens, violated rules
REPLICATOR_KINDS = [("https://id.example.com/token", []), ("http://id.example.com/token", ["msk-replicator-plaintext"])]
# key, all Regions, validation, started, violated rules
TRAIL_KINDS = [
    (OWN, True, True, True, []),
    (NONE, True, True, True, ["cloudtrail-trail-without-kms"]),
    (OWN, True, False, True, ["cloudtrail-trail-without-log-validation"]),
    (OWN, True, True, False, ["cloudtrail-trail-not-logging"]),
    (OWN, False, True, True, ["cloudtrail-trail-single-region"]),
]


def by_turns(table, number):
    return [(index, *table[index % len(table)]) for index in range(number)]


def faults(output):
    """The violations in the JSON that `sealwatch scan` prints."""
    findings = [json.loads(line) for line in output.splitlines()]
    return {(one["resource"]["arn"], one["rule"]) for one in findings if one["outcome"] == "violation"}


class Account:
    """Seeds the account on `aws`, a LocalAws of infra/tests."""

    def __init__(self, aws, region):
        self.aws, self.held, self.region = aws, aws.proxy.held, region
        self.expected = set()
        self.keys = {OWN: [], DISABLED: []}

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.aws.proxy.url,
            region_name=self.region,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="local",
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def environment(self, home):
        """The environment of a program that scans the account."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_ENDPOINT_URL": self.aws.proxy.url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def arn(self, service, name, region=None):
        return f"arn:aws:{service}:{region or self.region}:{ACCOUNT}:{name}"

    def expect(self, arn, rules):
        self.expected |= {(arn, rule) for rule in rules}

    def key(self, kind, index):
        """A key of this kind, which stays the same for the same index."""
        if kind == "of another account":
            return self.arn("kms", "key/0c5c1f8e-7d2b-4a59-9a44-7f1f2b7d6e21").replace(ACCOUNT, PARTNER)
        return self.keys[kind][index % len(self.keys[kind])] if kind in self.keys else kind

    def seed(self):
        """Creates everything and returns the faults: (ARN of the resource, rule)."""
        self.seed_keys()
        self.seed_streams()
        self.seed_deliveries()
        self.seed_clusters()
        self.seed_connectors()
        self.seed_workers()
        self.seed_replicators()
        self.seed_trails()
        return self.expected

    def seed_keys(self):
        kms = self.client("kms")
        for index in range(KEYS):
            (statements, exposed), (state, weak) = POLICIES[index % len(POLICIES)], STATES[index % len(STATES)]
            policy = json.dumps({"Version": "2012-10-17", "Statement": statements}).replace("{region}", self.region)
            spec = {name: value for name, value in state.items() if name.startswith("Key")}
            key = kms.create_key(Policy=policy, Description=f"key {index}", **spec)["KeyMetadata"]
            arn, key_id = key["Arn"], {"KeyId": key["KeyId"]}
            self.expect(arn, [*exposed, *weak])
            if not spec and (period := state.get("rotation", 365)):
                kms.enable_key_rotation(RotationPeriodInDays=period, **key_id)
            if index % 3 == 0:
                alias = f"alias/orders-{index}"
                kms.create_alias(AliasName=alias, TargetKeyId=arn)
                self.expect(self.arn("kms", alias), ["kms-alias-unusable-key"] if "unusable" in state else [])
            if "grantee" in state:
                kms.create_grant(GranteePrincipal=state["grantee"], Operations=state["operations"], **key_id)
            if state.get("unusable") == "disabled":
                kms.disable_key(**key_id)
                self.keys[DISABLED].append(arn)
            elif state.get("unusable") == "deleted":
                kms.schedule_key_deletion(PendingWindowInDays=7, **key_id)
            elif not spec:
                self.keys[OWN].append(arn)

    def seed_streams(self):
        kinesis = self.client("kinesis")
        for index, kind, rules in by_turns(STREAM_KEYS, STREAMS):
            name = f"stream-{index}"
            self.expect(self.arn("kinesis", f"stream/{name}"), rules)
            kinesis.create_stream(StreamName=name, ShardCount=1)
            if kind:
                kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=self.key(kind, index))

    def seed_deliveries(self):
        firehose = self.client("firehose")
        plain, encrypted = ([n for n, (kind, _) in enumerate(STREAM_KEYS) if kind == wanted] for wanted in (NONE, OWN))
        for index, source, kind, bucket, rules in by_turns(DELIVERY_KINDS, DELIVERIES):
            name = f"delivery-{index}"
            self.expect(self.arn("firehose", f"deliverystream/{name}"), rules)
            destination = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::orders"}
            if bucket:
                key = {"AWSKMSKeyARN": self.key(bucket, index)}
                destination["EncryptionConfiguration"] = {"KMSEncryptionConfig": key}
            request = {"DeliveryStreamType": "DirectPut" if source == "puts" else "KinesisStreamAsSource"}
            if source != "puts":
                number = (plain if source == "plain stream" else encrypted)[index % 2]
                arn = self.arn("kinesis", f"stream/stream-{number}")
                request["KinesisStreamSourceConfiguration"] = {"KinesisStreamARN": arn, "RoleARN": ROLE}
            if kind:
                own = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": self.key(kind, index)}
                chosen = {"KeyType": "AWS_OWNED_CMK"} if kind == AWS_OWNED else own
                request["DeliveryStreamEncryptionConfigurationInput"] = chosen
            firehose.create_delivery_stream(
                DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination, **request
            )

    def seed_clusters(self):
        kafka = self.client("kafka")
        iam = {"Sasl": {"Iam": {"Enabled": True}}}
        for index, clients, brokers, anyone, kind, public, rules in by_turns(CLUSTER_KINDS, PROVISIONED):
            access = {"Type": "SERVICE_PROVIDED_EIPS" if public else "DISABLED"}
            nodes = {"ClientSubnets": ["subnet-1", "subnet-2"], "InstanceType": "kafka.m5.large", "SecurityGroups": ["sg-1"]}
            provisioned = {
                "BrokerNodeGroupInfo": {**nodes, "ConnectivityInfo": {"PublicAccess": access}},
                "KafkaVersion": "3.6.0",
                "NumberOfBrokerNodes": 2,
                "EncryptionInfo": {
                    "EncryptionAtRest": {"DataVolumeKMSKeyId": self.key(kind, index)},
                    "EncryptionInTransit": {"ClientBroker": clients, "InCluster": brokers},
                },
                "ClientAuthentication": {**iam, "Unauthenticated": {"Enabled": anyone}},
            }
            created = kafka.create_cluster_v2(ClusterName=f"provisioned-{index}", Provisioned=provisioned)
            self.expect(created["ClusterArn"], rules)
        for index in range(SERVERLESS):
            serverless = {"VpcConfigs": [{"SubnetIds": ["subnet-1", "subnet-2"]}], "ClientAuthentication": iam}
            created = kafka.create_cluster_v2(ClusterName=f"serverless-{index}", Serverless=serverless)
            self.expect(created["ClusterArn"], ["msk-cluster-serverless-key"])

    def seed_connectors(self):
        for index, mode, password, encryption, authentication, logs, rules in by_turns(CONNECTOR_KINDS, CONNECTORS):
            arn = self.arn("kafkaconnect", f"connector/sink-{index}/{uuid.UUID(int=index)}-1")
            self.expect(arn, rules)
            connector = {
                "connectorArn": arn,
                "connectorName": f"sink-{index}",
                "connectorState": "RUNNING",
                "connectorConfiguration": {
                    "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector",
                    "connection.url": f"jdbc:postgresql://db.example.com:5432/orders?sslmode={mode}",
                    "connection.user": "orders",
                    "connection.password": password,
                    "topics": "orders",
                },
                "creationTime": "2026-11-20T10:00:00Z",
                "kafkaCluster": {"apacheKafkaCluster": {"bootstrapServers": "b-1.example.com:9098"}},
                "kafkaClusterClientAuthentication": {"authenticationType": authentication},
                "kafkaClusterEncryptionInTransit": {"encryptionType": encryption},
                "logDelivery": {"workerLogDelivery": {"cloudWatchLogs": {"enabled": logs, "logGroup": "connect"}}},
                "serviceExecutionRoleArn": ROLE,
            }
            self.held["/v1/connectors"].append(connector)

    def seed_workers(self):
        for index, address, rules in by_turns(WORKER_KINDS, WORKERS):
            arn = self.arn("kafkaconnect", f"worker-configuration/worker-{index}/{uuid.UUID(int=index)}-1")
            self.expect(arn, rules)
            properties = f"config.providers=vault\nconfig.providers.vault.param.vault.address={address}\n"
            content = base64.b64encode(properties.encode()).decode()
            worker = {
                "workerConfigurationArn": arn,
                "name": f"worker-{index}",
                "workerConfigurationState": "ACTIVE",
                "creationTime": "2026-11-20T10:00:00Z",
                "latestRevision": {"revision": 1, "propertiesFileContent": content},
            }
            self.held["/v1/worker-configurations"].append(worker)

    def seed_replicators(self):
        for index, tokens, rules in by_turns(REPLICATOR_KINDS, REPLICATORS):
            arn = self.arn("kafka", f"replicator/replicator-{index}/{uuid.UUID(int=index)}-1")
            self.expect(arn, rules)
            cluster = {
                "apacheKafkaCluster": {"apacheKafkaClusterId": "ledger", "bootstrapBrokerString": "b-1.example.com:9094"},
                "clientAuthentication": {"saslOAuthBearer": {"tokenEndpointUrl": tokens}},
                "encryptionInTransit": {"encryptionType": "TLS"},
            }
            replicator = {
                "replicatorArn": arn,
                "replicatorName": f"replicator-{index}",
                "replicatorState": "RUNNING",
                "kafkaClusters": [cluster],
            }
            self.held["/replication/v1/replicators"].append(replicator)

    def seed_trails(self):
        self.client("s3").create_bucket(
            Bucket="trails", CreateBucketConfiguration={"LocationConstraint": self.region}
        )
        cloudtrail = self.client("cloudtrail")
        for index, kind, everywhere, validation, started, rules in by_turns(TRAIL_KINDS, TRAILS):
            name = f"trail-{index}"
            self.expect(self.arn("cloudtrail", f"trail/{name}"), rules)
            key = {"KmsKeyId": self.key(kind, index)} if kind else {}
            cloudtrail.create_trail(
                Name=name,
                S3BucketName="trails",
                IsMultiRegionTrail=everywhere,
                IncludeGlobalServiceEvents=True,
                EnableLogFileValidation=validation,
                **key,
            )
            if started:
                cloudtrail.start_logging(Name=name)
