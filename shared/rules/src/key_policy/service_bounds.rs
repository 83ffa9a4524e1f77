//! The condition that limits an AWS service to the owner's account, one row for each service.
//!
//! A condition on a key that the service does not send denies every call of the service. A row therefore needs a page of
//! AWS that shows the condition in a key policy. For services without a row the owner decides.

use super::owner::Owner;
use crate::aws::partition;

/// A condition that admits a service only for the owner's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) operator: &'static str,
    pub(super) key: &'static str,
    /// May contain `{partition}`, `{region}` and `{account}`.
    value: &'static str,
}

const SOURCE_ACCOUNT: Bound = Bound { operator: "StringEquals", key: "aws:SourceAccount", value: "{account}" };

const fn source_arn(value: &'static str) -> Bound {
    Bound { operator: "ArnLike", key: "aws:SourceArn", value }
}

const fn context(operator: &'static str, key: &'static str, value: &'static str) -> Bound {
    Bound { operator, key, value }
}

/// Name of the service principal without its domain, and its bounds. Several bounds are alternatives, each for a statement
/// of its own: conditions on several keys in one statement would all have to hold.
type Row = (&'static str, &'static [Bound]);

const SERVICES: [Row; 12] = [
    // https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
    ("budgets", &[SOURCE_ACCOUNT]),
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    ("cloudfront", &[source_arn("arn:{partition}:cloudfront::{account}:distribution/*")]),
    // Trails and event data stores. The page advises against aws:SourceAccount.
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    ("cloudtrail", &[source_arn("arn:{partition}:cloudtrail:*:{account}:*")]),
    // Alarms. https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    ("cloudwatch", &[SOURCE_ACCOUNT]),
    // https://docs.aws.amazon.com/config/latest/developerguide/s3-kms-key-policy.html
    ("config", &[SOURCE_ACCOUNT]),
    // Flow logs and other vended logs. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
    ("delivery.logs", &[SOURCE_ACCOUNT]),
    // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/access-control-managing-permissions.html
    ("dnssec-route53", &[SOURCE_ACCOUNT]),
    // Topics and queues as targets: EventBridge sends no `aws:Source…` key for them, so the encryption context of the
    // target is the only bound. https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    // Event buses: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html
    (
        "events",
        &[
            context("StringLike", "kms:EncryptionContext:aws:sns:topicArn", "arn:{partition}:sns:{region}:{account}:*"),
            context("StringLike", "kms:EncryptionContext:aws:sqs:arn", "arn:{partition}:sqs:{region}:{account}:*"),
            context(
                "StringLike",
                "kms:EncryptionContext:aws:events:event-bus:arn",
                "arn:{partition}:events:{region}:{account}:event-bus/*",
            ),
        ],
    ),
    // Exported findings. https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html
    ("guardduty", &[SOURCE_ACCOUNT]),
    // CloudWatch Logs sends no source account; its encryption context has the ARN of the log group.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    ("logs", &[context("ArnLike", "kms:EncryptionContext:aws:logs:arn", "arn:{partition}:logs:{region}:{account}:*")]),
    // Inventory and event notifications. https://docs.aws.amazon.com/AmazonS3/latest/userguide/configure-inventory.html
    ("s3", &[SOURCE_ACCOUNT]),
    // Topics with encrypted queues as subscribers: the CDK of AWS writes this condition into key policies.
    // https://github.com/aws/aws-cdk/pull/20521
    ("sns", &[source_arn("arn:{partition}:sns:*:{account}:*")]),
];

impl Bound {
    /// True if the encryption context decides: only requests of symmetric operations carry it.
    pub(super) fn is_context(self) -> bool {
        self.key.starts_with("kms:EncryptionContext:")
    }

    /// The value for this owner.
    pub(super) fn value(self, owner: &Owner) -> String {
        let region = if owner.region.is_empty() { "*" } else { &owner.region };
        let value = self.value.replace("{partition}", &owner.partition);
        value.replace("{region}", region).replace("{account}", owner.account_or_placeholder())
    }
}

/// The bounds of a service principal, regional or not; `None` if no page of AWS shows one.
pub(super) fn of(principal: &str) -> Option<&'static [Bound]> {
    let principal = principal.to_ascii_lowercase();
    let (name, _) = principal.split_once(".amazonaws.")?;
    let is_of = |row: &&Row| match name.strip_prefix(row.0) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('.').is_some_and(partition::is_region),
        None => false,
    };
    SERVICES.iter().find(is_of).map(|(_, bounds)| *bounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_found_in_every_region_and_partition() {
        let keys = |principal: &str| -> Vec<&str> {
            of(principal).unwrap_or_default().iter().map(|bound| bound.key).collect()
        };
        for principal in ["logs.amazonaws.com", "logs.eu-west-1.amazonaws.com", "logs.cn-north-1.amazonaws.com.cn"] {
            assert_eq!(keys(principal), ["kms:EncryptionContext:aws:logs:arn"], "{principal}");
        }
        assert_eq!(keys("Delivery.Logs.amazonaws.com"), ["aws:SourceAccount"]);
        for principal in ["logsx.amazonaws.com", "logs.evil.amazonaws.com", "sqs.amazonaws.com", "logs", "*", ""] {
            assert_eq!(of(principal), None, "{principal}");
        }
    }

    #[test]
    fn event_bridge_is_bound_by_its_encryption_context_alone() {
        let bounds = of("events.amazonaws.com").unwrap();
        assert!(bounds.len() > 1 && bounds.iter().all(|bound| bound.is_context()));
    }

    #[test]
    fn rows_are_sorted_and_their_values_name_the_account() {
        assert!(SERVICES.is_sorted_by_key(|(name, _)| *name));
        for bound in SERVICES.iter().flat_map(|(_, bounds)| *bounds) {
            assert!(bound.value.contains("{account}"), "{bound:?}");
        }
    }
}
