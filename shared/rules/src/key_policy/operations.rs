//! The operations that a policy can allow, one table for each service, and what each of them gives to the caller.
//!
//! A table starts with what is most dangerous: findings name operations in its order.

use super::service::Service;

/// What an operation gives to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Returns plaintext, plaintext keys, signatures or shared secrets; the records of a stream or topic; the events of an
    /// event data store.
    SecretUse,
    /// Encrypts with the key, writes or removes records, or opens a connection, and returns nothing secret.
    WriteUse,
    /// Verifies a signature or a message authentication code.
    Verification,
    /// Delegates the use of the key, or revokes it.
    Delegate,
    /// Replaces this policy.
    TakeOver,
    /// Makes the data unreadable, or stored in plaintext.
    Destroy,
    Administer,
    Read,
}

/// The name in a policy, the family, and whether principals of another account can call it.
pub(super) type Row = (&'static str, Family, bool);

pub(super) const fn table(service: Service) -> &'static [Row] {
    match service {
        Service::Kms => KMS,
        Service::CloudTrail => LAKE,
        Service::Kinesis => KINESIS,
        Service::Msk => MSK,
    }
}

// Operations that only an IAM policy can allow (`CreateKey`, `ListKeys`, `ListAliases`, `GenerateRandom`,
// `ListRetirableGrants`, the custom key stores) are left out: in a key policy they have no effect.
//
// Source: KMS API reference, the line "Cross-account use" of each operation; KMS developer guide, "Allowing users in
// other accounts to use a KMS key", for the operations that work across accounts; service authorization reference for AWS
// KMS, resource type `key`, for those that a key policy can allow. The API reference of 2026 adds Encapsulate, Decapsulate
// and GetKeyLastUsage.
const KMS: &[Row] = &[
    ("kms:Decrypt", Family::SecretUse, true),
    ("kms:ReEncryptFrom", Family::SecretUse, true),
    ("kms:GenerateDataKey", Family::SecretUse, true),
    ("kms:GenerateDataKeyPair", Family::SecretUse, true),
    ("kms:Sign", Family::SecretUse, true),
    ("kms:GenerateMac", Family::SecretUse, true),
    ("kms:DeriveSharedSecret", Family::SecretUse, true),
    ("kms:Decapsulate", Family::SecretUse, true),
    ("kms:Encrypt", Family::WriteUse, true),
    ("kms:ReEncryptTo", Family::WriteUse, true),
    ("kms:GenerateDataKeyWithoutPlaintext", Family::WriteUse, true),
    ("kms:GenerateDataKeyPairWithoutPlaintext", Family::WriteUse, true),
    ("kms:Encapsulate", Family::WriteUse, true),
    ("kms:Verify", Family::Verification, true),
    ("kms:VerifyMac", Family::Verification, true),
    ("kms:CreateGrant", Family::Delegate, true),
    ("kms:RevokeGrant", Family::Delegate, true),
    ("kms:RetireGrant", Family::Delegate, true),
    ("kms:PutKeyPolicy", Family::TakeOver, false),
    ("kms:ScheduleKeyDeletion", Family::Destroy, false),
    ("kms:DisableKey", Family::Destroy, false),
    ("kms:DeleteImportedKeyMaterial", Family::Destroy, false),
    ("kms:CancelKeyDeletion", Family::Administer, false),
    ("kms:EnableKey", Family::Administer, false),
    ("kms:DisableKeyRotation", Family::Administer, false),
    ("kms:EnableKeyRotation", Family::Administer, false),
    ("kms:RotateKeyOnDemand", Family::Administer, false),
    ("kms:ImportKeyMaterial", Family::Administer, false),
    ("kms:ReplicateKey", Family::Administer, false),
    ("kms:UpdatePrimaryRegion", Family::Administer, false),
    ("kms:SynchronizeMultiRegionKey", Family::Administer, false),
    ("kms:CreateAlias", Family::Administer, false),
    ("kms:UpdateAlias", Family::Administer, false),
    ("kms:DeleteAlias", Family::Administer, false),
    ("kms:TagResource", Family::Administer, false),
    ("kms:UntagResource", Family::Administer, false),
    ("kms:UpdateKeyDescription", Family::Administer, false),
    ("kms:DescribeKey", Family::Read, true),
    ("kms:GetPublicKey", Family::Read, true),
    ("kms:GetKeyRotationStatus", Family::Read, true),
    ("kms:ListGrants", Family::Read, true),
    ("kms:GetKeyPolicy", Family::Read, false),
    ("kms:GetKeyLastUsage", Family::Read, false),
    ("kms:GetParametersForImport", Family::Read, false),
    ("kms:ListKeyPolicies", Family::Read, false),
    ("kms:ListKeyRotations", Family::Read, false),
    ("kms:ListResourceTags", Family::Read, false),
];

// CloudTrail Lake. AWS lists what a policy can allow: eight operations on an event data store, one on a dashboard and one
// on a channel.
// `StartQuery` is enough to read events, because the caller names the bucket that gets the results: `deliveryS3Uri`.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/security_iam_resource-based-policy-examples.html;
// API model, StartQueryRequest.
const LAKE: &[Row] = &[
    ("cloudtrail:GetQueryResults", Family::SecretUse, true),
    ("cloudtrail:StartQuery", Family::SecretUse, true),
    ("cloudtrail:GenerateQueryResultsSummary", Family::SecretUse, true),
    ("cloudtrail-data:PutAuditEvents", Family::WriteUse, true),
    ("cloudtrail:StartDashboardRefresh", Family::WriteUse, true),
    ("cloudtrail:CancelQuery", Family::Administer, true),
    ("cloudtrail:GetEventDataStore", Family::Read, true),
    ("cloudtrail:DescribeQuery", Family::Read, true),
    ("cloudtrail:GenerateQuery", Family::Read, true),
    ("cloudtrail:ListQueries", Family::Read, true),
];

// Operations on one stream, consumer, queue or channel. AWS does not list which of them a policy can allow, so all are
// here. Only principals of the owner's account may change the policy: API reference, PutResourcePolicy.
//
// Source: service authorization reference for Kinesis Data Streams;
// https://docs.aws.amazon.com/streams/latest/dev/resource-based-policy-examples.html and
// https://docs.aws.amazon.com/streams/latest/dev/queues-iam.html for what is shared with other accounts.
const KINESIS: &[Row] = &[
    ("kinesis:GetRecords", Family::SecretUse, true),
    ("kinesis:SubscribeToShard", Family::SecretUse, true),
    ("kinesis:ReceiveQueueRecords", Family::SecretUse, true),
    ("kinesis:ReceiveDeadLetterQueueRecords", Family::SecretUse, true),
    ("kinesis:PutRecord", Family::WriteUse, true),
    ("kinesis:PutRecords", Family::WriteUse, true),
    ("kinesis:AcknowledgeQueueRecords", Family::WriteUse, true),
    ("kinesis:AcknowledgeDeadLetterQueueRecords", Family::WriteUse, true),
    ("kinesis:RestoreDeadLetterQueueRecords", Family::WriteUse, true),
    ("kinesis:UpdateQueueRecordsVisibility", Family::WriteUse, true),
    ("kinesis:UpdateDeadLetterQueueRecordsVisibility", Family::WriteUse, true),
    ("kinesis:PutResourcePolicy", Family::TakeOver, false),
    ("kinesis:DeleteStream", Family::Destroy, false),
    ("kinesis:DeleteQueue", Family::Destroy, false),
    ("kinesis:StopStreamEncryption", Family::Destroy, false),
    ("kinesis:RegisterStreamConsumer", Family::Administer, true),
    ("kinesis:DeregisterStreamConsumer", Family::Administer, true),
    ("kinesis:AddTagsToStream", Family::Administer, false),
    ("kinesis:AssociateStreamsWithQueue", Family::Administer, false),
    ("kinesis:DecreaseStreamRetentionPeriod", Family::Administer, false),
    ("kinesis:DeleteChannel", Family::Administer, false),
    ("kinesis:DeleteResourcePolicy", Family::Administer, false),
    ("kinesis:DisableEnhancedMonitoring", Family::Administer, false),
    ("kinesis:EnableEnhancedMonitoring", Family::Administer, false),
    ("kinesis:IncreaseStreamRetentionPeriod", Family::Administer, false),
    ("kinesis:MergeShards", Family::Administer, false),
    ("kinesis:RemoveTagsFromStream", Family::Administer, false),
    ("kinesis:SplitShard", Family::Administer, false),
    ("kinesis:StartStreamEncryption", Family::Administer, false),
    ("kinesis:TagResource", Family::Administer, false),
    ("kinesis:UntagResource", Family::Administer, false),
    ("kinesis:UpdateChannel", Family::Administer, false),
    ("kinesis:UpdateMaxRecordSize", Family::Administer, false),
    ("kinesis:UpdateQueue", Family::Administer, false),
    ("kinesis:UpdateShardCount", Family::Administer, false),
    ("kinesis:UpdateStreamMode", Family::Administer, false),
    ("kinesis:UpdateStreamRecordDistributionStrategy", Family::Administer, false),
    ("kinesis:UpdateStreamWarmThroughput", Family::Administer, false),
    ("kinesis:GetShardIterator", Family::Read, true),
    ("kinesis:ListShards", Family::Read, true),
    ("kinesis:DescribeStream", Family::Read, true),
    ("kinesis:DescribeStreamSummary", Family::Read, true),
    ("kinesis:DescribeStreamConsumer", Family::Read, true),
    ("kinesis:DescribeQueue", Family::Read, true),
    ("kinesis:DescribeChannel", Family::Read, true),
    ("kinesis:ListStreamConsumers", Family::Read, true),
    ("kinesis:GetResourcePolicy", Family::Read, false),
    ("kinesis:ListTagsForResource", Family::Read, false),
    ("kinesis:ListTagsForStream", Family::Read, false),
];

// `kafka-cluster` operations are those of Kafka clients with IAM authentication, `kafka` those of the MSK API on one
// cluster. AWS documents four of the latter in cluster policies, and rules out no other. With `AlterCluster` a client can
// change access control lists: it is Kafka's ALTER on the cluster.
//
// Source: service authorization reference for "Apache Kafka APIs for Amazon MSK clusters" and for MSK;
// https://docs.aws.amazon.com/msk/latest/developerguide/mvpc-cross-account-permissions.html;
// https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html
const MSK: &[Row] = &[
    ("kafka-cluster:ReadData", Family::SecretUse, true),
    ("kafka-cluster:WriteData", Family::WriteUse, true),
    ("kafka-cluster:WriteDataIdempotently", Family::WriteUse, true),
    ("kafka-cluster:Connect", Family::WriteUse, true),
    ("kafka-cluster:AlterGroup", Family::WriteUse, true),
    ("kafka-cluster:AlterTransactionalId", Family::WriteUse, true),
    ("kafka:CreateVpcConnection", Family::WriteUse, true),
    ("kafka-cluster:AlterCluster", Family::TakeOver, true),
    ("kafka:PutClusterPolicy", Family::TakeOver, false),
    ("kafka-cluster:DeleteTopic", Family::Destroy, true),
    ("kafka-cluster:DeleteGroup", Family::Destroy, true),
    ("kafka:DeleteCluster", Family::Destroy, false),
    ("kafka:DeleteTopic", Family::Destroy, false),
    ("kafka-cluster:AlterClusterDynamicConfiguration", Family::Administer, true),
    ("kafka-cluster:AlterTopic", Family::Administer, true),
    ("kafka-cluster:AlterTopicDynamicConfiguration", Family::Administer, true),
    ("kafka-cluster:CreateTopic", Family::Administer, true),
    ("kafka:BatchAssociateScramSecret", Family::Administer, false),
    ("kafka:BatchDisassociateScramSecret", Family::Administer, false),
    ("kafka:CreateTopic", Family::Administer, false),
    ("kafka:DeleteClusterPolicy", Family::Administer, false),
    ("kafka:RebootBroker", Family::Administer, false),
    ("kafka:RejectClientVpcConnection", Family::Administer, false),
    ("kafka:TagResource", Family::Administer, false),
    ("kafka:UntagResource", Family::Administer, false),
    ("kafka:UpdateBrokerCount", Family::Administer, false),
    ("kafka:UpdateBrokerStorage", Family::Administer, false),
    ("kafka:UpdateBrokerType", Family::Administer, false),
    ("kafka:UpdateClusterConfiguration", Family::Administer, false),
    ("kafka:UpdateClusterKafkaVersion", Family::Administer, false),
    ("kafka:UpdateConnectivity", Family::Administer, false),
    ("kafka:UpdateMonitoring", Family::Administer, false),
    ("kafka:UpdateRebalancing", Family::Administer, false),
    ("kafka:UpdateSecurity", Family::Administer, false),
    ("kafka:UpdateStorage", Family::Administer, false),
    ("kafka:UpdateTopic", Family::Administer, false),
    ("kafka-cluster:DescribeCluster", Family::Read, true),
    ("kafka-cluster:DescribeClusterDynamicConfiguration", Family::Read, true),
    ("kafka-cluster:DescribeGroup", Family::Read, true),
    ("kafka-cluster:DescribeTopic", Family::Read, true),
    ("kafka-cluster:DescribeTopicDynamicConfiguration", Family::Read, true),
    ("kafka-cluster:DescribeTransactionalId", Family::Read, true),
    ("kafka:GetBootstrapBrokers", Family::Read, true),
    ("kafka:DescribeCluster", Family::Read, true),
    ("kafka:DescribeClusterV2", Family::Read, true),
    ("kafka:DescribeTopic", Family::Read, false),
    ("kafka:DescribeTopicPartitions", Family::Read, false),
    ("kafka:GetClusterPolicy", Family::Read, false),
    ("kafka:ListClientVpcConnections", Family::Read, false),
    ("kafka:ListClusterOperations", Family::Read, false),
    ("kafka:ListClusterOperationsV2", Family::Read, false),
    ("kafka:ListNodes", Family::Read, false),
    ("kafka:ListScramSecrets", Family::Read, false),
    ("kafka:ListTagsForResource", Family::Read, false),
    ("kafka:ListTopics", Family::Read, false),
];
