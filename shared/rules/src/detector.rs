//! The detectors: which calls are watched, what reads them, which rules judge them.
//!
//! This table is the one source of the EventBridge patterns, the IAM statements, the archive
//! pre-filter, the dispatch of the command line and the documentation.

use crate::arn;
use crate::change::{Change, Event};
use crate::configuration::{
    Call, CloudTrailTrail, FirehoseStream, KinesisStream, KmsKeyLifecycle, KmsKeyPolicy, MskCluster, MskConnector,
    Reader,
};
use crate::key::Place;
use crate::record::{Bodies, Record};
use crate::rule::Rule;
use crate::rules::*;

/// One Lambda function: the calls it hears of, and how they are judged.
#[derive(Debug)]
pub struct Detector {
    /// Its name: the function's folder and the sample events' folder.
    pub name: &'static str,
    /// `eventSource` of the calls.
    pub event_source: &'static str,
    /// `eventName` of the calls.
    pub events: &'static [Watched],
    /// Calls that are not judged, but tell a replay what became of a resource.
    pub lessons: &'static [&'static str],
    /// The permissions that its look-ups need.
    pub permissions: &'static [Permission],
    /// Reads what a call says.
    pub read: Reader,
    /// The rules, in the order of their ids.
    pub rules: &'static [&'static Rule],
    /// Those of them whose answer a settling call leaves open: they are asked when it has settled.
    pub waiting: &'static [&'static Rule],
}

/// An IAM permission: an action, and what it is allowed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// `service:Operation`
    pub action: &'static str,
    /// A pattern of ARNs with `{partition}`, `{region}` and `{account}` to be filled in, or `*`.
    pub resource: &'static str,
}

/// One watched call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// `eventName`
    pub name: &'static str,
    /// True for a call that only starts a configuration, which later calls complete.
    pub settles: bool,
}

const fn call(name: &'static str) -> Watched {
    Watched { name, settles: false }
}

const fn settling(name: &'static str) -> Watched {
    Watched { name, settles: true }
}

const fn allow(action: &'static str, resource: &'static str) -> Permission {
    Permission { action, resource }
}

/// Reading what KMS says about a key: any key, since callers name keys of other accounts and Regions, too. The key's
/// own policy has to allow it as well.
const DESCRIBE_KEY: Permission = allow("kms:DescribeKey", "*");

const DESCRIBE_STREAM: Permission =
    allow("kinesis:DescribeStreamSummary", "arn:{partition}:kinesis:{region}:{account}:stream/*");

/// Calls on MSK clusters.
pub static MSK_CLUSTER: Detector = Detector {
    name: "msk-cluster",
    event_source: "kafka.amazonaws.com",
    events: &[call("CreateCluster"), call("CreateClusterV2"), call("UpdateConnectivity"), call("UpdateSecurity")],
    lessons: &[],
    permissions: &[
        DESCRIBE_KEY,
        allow("kafka:DescribeClusterV2", "arn:{partition}:kafka:{region}:{account}:cluster/*/*"),
    ],
    waiting: &[],
    read: MskCluster::read,
    rules: &[
        &msk_cluster_plaintext_brokers::RULE,
        &msk_cluster_plaintext_clients::RULE,
        &msk_cluster_public_access::RULE,
        &msk_cluster_serverless_key::RULE,
        &msk_cluster_unauthenticated_clients::RULE,
        &msk_cluster_unusable_key::RULE,
        &msk_cluster_without_customer_key::RULE,
    ],
};

/// Calls on MSK Connect connectors.
pub static MSK_CONNECTOR: Detector = Detector {
    name: "msk-connector",
    event_source: "kafkaconnect.amazonaws.com",
    events: &[call("CreateConnector"), call("UpdateConnector")],
    lessons: &[],
    permissions: &[
        allow("kafkaconnect:DescribeConnector", "arn:{partition}:kafkaconnect:{region}:{account}:connector/*/*"),
        allow(
            "kafkaconnect:DescribeConnectorOperation",
            "arn:{partition}:kafkaconnect:{region}:{account}:connector-operation/*/*/*",
        ),
        allow(
            "kafkaconnect:DescribeWorkerConfiguration",
            "arn:{partition}:kafkaconnect:{region}:{account}:worker-configuration/*/*",
        ),
        DESCRIBE_KEY,
    ],
    waiting: &[],
    read: MskConnector::read,
    rules: &[
        &msk_connector_plaintext_destination::RULE,
        &msk_connector_plaintext_kafka::RULE,
        &msk_connector_plaintext_secret::RULE,
        &msk_connector_unauthenticated_kafka::RULE,
        &msk_connector_unencrypted_output::RULE,
        &msk_connector_unverified_tls::RULE,
        &msk_connector_without_logs::RULE,
    ],
};

/// Calls on Kinesis data streams.
pub static KINESIS_STREAM: Detector = Detector {
    name: "kinesis-stream",
    event_source: "kinesis.amazonaws.com",
    events: &[settling("CreateStream"), call("StartStreamEncryption"), call("StopStreamEncryption")],
    lessons: &["DeleteStream"],
    permissions: &[DESCRIBE_KEY, DESCRIBE_STREAM],
    read: KinesisStream::read,
    rules: &[
        &kinesis_stream_unencrypted::RULE,
        &kinesis_stream_unusable_key::RULE,
        &kinesis_stream_without_customer_key::RULE,
    ],
    waiting: &[
        &kinesis_stream_unencrypted::RULE,
        &kinesis_stream_unusable_key::RULE,
        &kinesis_stream_without_customer_key::RULE,
    ],
};

/// Calls on Firehose streams.
pub static FIREHOSE_STREAM: Detector = Detector {
    name: "firehose-stream",
    event_source: "firehose.amazonaws.com",
    events: &[
        settling("CreateDeliveryStream"),
        call("StartDeliveryStreamEncryption"),
        call("StopDeliveryStreamEncryption"),
        call("UpdateDestination"),
    ],
    lessons: &["DeleteDeliveryStream"],
    permissions: &[
        allow("firehose:DescribeDeliveryStream", "arn:{partition}:firehose:{region}:{account}:deliverystream/*"),
        DESCRIBE_STREAM,
        DESCRIBE_KEY,
    ],
    waiting: &[
        &firehose_stream_unencrypted::RULE,
        &firehose_stream_unusable_key::RULE,
        &firehose_stream_without_customer_key::RULE,
    ],
    read: FirehoseStream::read,
    rules: &[
        &firehose_destination_unusable_key::RULE,
        &firehose_destination_without_customer_key::RULE,
        &firehose_inline_secret::RULE,
        &firehose_plaintext_endpoint::RULE,
        &firehose_stream_unencrypted::RULE,
        &firehose_stream_unusable_key::RULE,
        &firehose_stream_without_customer_key::RULE,
    ],
};

/// Calls that decide who may use a key.
pub static KMS_KEY_POLICY: Detector = Detector {
    name: "kms-key-policy",
    event_source: "kms.amazonaws.com",
    events: &[call("CreateGrant"), call("CreateKey"), call("PutKeyPolicy"), call("ReplicateKey")],
    lessons: &[],
    permissions: &[],
    waiting: &[],
    read: KmsKeyPolicy::read,
    rules: &[
        &kms_grant_to_foreign_account::RULE,
        &kms_key_policy_account_wide::RULE,
        &kms_key_policy_broad_service::RULE,
        &kms_key_policy_foreign_account::RULE,
        &kms_key_policy_lockout::RULE,
        &kms_key_policy_mixed_duties::RULE,
        &kms_key_policy_public::RULE,
        &kms_key_policy_unbound_service::RULE,
        &kms_key_policy_unbounded_grants::RULE,
    ],
};

/// Calls on the life of a key.
pub static KMS_KEY_LIFECYCLE: Detector = Detector {
    name: "kms-key-lifecycle",
    event_source: "kms.amazonaws.com",
    events: &[
        settling("CreateKey"),
        call("DeleteImportedKeyMaterial"),
        call("DisableKey"),
        call("DisableKeyRotation"),
        call("EnableKeyRotation"),
        call("ScheduleKeyDeletion"),
    ],
    lessons: &[
        "CancelKeyDeletion",
        "CreateAlias",
        "DeleteAlias",
        "EnableKey",
        "ImportKeyMaterial",
        "ReplicateKey",
        "UpdateAlias",
    ],
    permissions: &[DESCRIBE_KEY, allow("kms:GetKeyRotationStatus", "arn:{partition}:kms:{region}:{account}:key/*")],
    waiting: &[&kms_key_rotation_disabled::RULE],
    read: KmsKeyLifecycle::read,
    rules: &[
        &kms_key_deletion_scheduled::RULE,
        &kms_key_disabled::RULE,
        &kms_key_material_deleted::RULE,
        &kms_key_rotation_disabled::RULE,
        &kms_key_rotation_too_rare::RULE,
    ],
};

/// Calls on trails.
pub static CLOUDTRAIL_TRAIL: Detector = Detector {
    name: "cloudtrail-trail",
    event_source: "cloudtrail.amazonaws.com",
    events: &[call("CreateTrail"), call("UpdateTrail")],
    lessons: &[],
    permissions: &[DESCRIBE_KEY, allow("cloudtrail:GetTrail", "arn:{partition}:cloudtrail:*:{account}:trail/*")],
    waiting: &[],
    read: CloudTrailTrail::read,
    rules: &[
        &cloudtrail_trail_unusable_key::RULE,
        &cloudtrail_trail_without_customer_key::RULE,
        &cloudtrail_trail_without_kms::RULE,
        &cloudtrail_trail_without_log_validation::RULE,
    ],
};

/// All detectors.
pub static DETECTORS: [&Detector; 7] = [
    &CLOUDTRAIL_TRAIL,
    &FIREHOSE_STREAM,
    &KINESIS_STREAM,
    &KMS_KEY_LIFECYCLE,
    &KMS_KEY_POLICY,
    &MSK_CLUSTER,
    &MSK_CONNECTOR,
];

/// Why a record is not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// Another service, another call, or not the record of a call.
    NotOurs,
    /// The call failed, so that nothing was changed.
    Failed,
}

impl Detector {
    /// The watched call that a record is of.
    ///
    /// # Errors
    /// Why the record is not to be judged. Names alone do not tell: `CreateCluster` has six services.
    pub fn watched(&self, record: &Record<'_>) -> Result<&'static Watched, Skipped> {
        let name = record.event_name();
        let ours = record.event_source() == self.event_source && record.is_management_event();
        let watched = self.events.iter().find(|watched| ours && watched.name == name);
        match watched {
            None => Err(Skipped::NotOurs),
            Some(_) if record.error_code().is_some() => Err(Skipped::Failed),
            Some(watched) => Ok(watched),
        }
    }

    /// What a record of a watched call says.
    pub fn change<'a>(&self, watched: &Watched, record: &Record<'a>, bodies: &'a Bodies<'a>) -> Change<'a> {
        let partition = arn::partition_of(&bodies.region);
        let place = Place { partition, region: &bodies.region, account: &bodies.account };
        let (resource, configuration) = (self.read)(&Call { name: watched.name, bodies, place });
        Change {
            event: Event {
                id: record.event_id().into_owned(),
                name: watched.name.to_owned(),
                source: self.event_source.to_owned(),
                time: record.event_time().into_owned(),
            },
            account: &bodies.account,
            region: &bodies.region,
            partition,
            source_ip: record.source_ip(),
            bodies,
            resource,
            configuration,
        }
    }
}

/// True where some detector hears of this call, or learns from it.
pub fn watches(event_source: &[u8], event_name: &[u8]) -> bool {
    let mut ours = DETECTORS.iter().filter(|detector| detector.event_source.as_bytes() == event_source);
    let named = |name: &str| name.as_bytes() == event_name;
    ours.any(|detector| {
        detector.events.iter().any(|watched| named(watched.name)) || detector.lessons.iter().any(|lesson| named(lesson))
    })
}

/// The detector of this name.
pub fn find(name: &str) -> Option<&'static Detector> {
    DETECTORS.into_iter().find(|detector| detector.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detectors_and_their_calls_and_rules_are_sorted_and_unique() {
        assert!(DETECTORS.is_sorted_by(|a, b| a.name < b.name));
        for detector in DETECTORS {
            assert!(detector.events.is_sorted_by(|a, b| a.name < b.name), "{}", detector.name);
            assert!(detector.rules.is_sorted_by(|a, b| a.id < b.id), "{}", detector.name);
        }
    }

    #[test]
    fn every_rule_belongs_to_exactly_one_detector() {
        for rule in RULES {
            let owners = DETECTORS.iter().filter(|detector| detector.rules.iter().any(|owned| owned.id == rule.id));
            assert_eq!(owners.count(), 1, "{}", rule.id);
        }
    }

    #[test]
    fn calls_of_other_services_failed_calls_and_network_activity_are_skipped() {
        let skipped = |rest: &str| {
            let text = format!(r#"{{"eventName":"CreateCluster",{rest}}}"#);
            MSK_CLUSTER.watched(&Record::parse(&text).unwrap()).map(|watched| watched.name)
        };
        assert_eq!(skipped(r#""eventSource":"kafka.amazonaws.com""#), Ok("CreateCluster"));
        assert_eq!(skipped(r#""eventSource":"ecs.amazonaws.com""#), Err(Skipped::NotOurs));
        assert_eq!(skipped(r#""eventSource":" kafka.amazonaws.com""#), Err(Skipped::NotOurs));
        assert_eq!(skipped(r#""eventSource":"kafka.amazonaws.com","errorCode":"AccessDenied""#), Err(Skipped::Failed));
        assert_eq!(
            skipped(r#""eventSource":"kafka.amazonaws.com","eventCategory":"NetworkActivity""#),
            Err(Skipped::NotOurs)
        );
    }
}
