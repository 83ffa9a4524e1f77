//! An event data store is encrypted with a key below the required level.
//!
//! ## What it detects
//! `CreateEventDataStore` or `UpdateEventDataStore` that leaves the store without a KMS key, or with
//! a key below the level of `keys.required`. Without a key, CloudTrail encrypts the events with a
//! key of its own. In a scan, a store without a key, or with a key below that level.
//!
//! ## Why it matters
//! An event data store holds the history of the account for up to ten years. Only a key with a
//! policy of its own can keep people with broad IAM permissions from querying it. The severity is
//! medium, as for trails: the events are encrypted, but nobody in the account controls the key.
//!
//! ## When it stays silent
//! Calls that stop ingestion or delete the store name no key, and are not applicable. Neither is an
//! update that names no key, if neither the response nor a look-up shows the resulting key. A key
//! about which there is no data is unverified, and so is a call whose request and response the
//! record leaves out.
//!
//! ## How to fix
//! Set a customer managed key on the store. Its policy must allow CloudTrail to use it. Choose it
//! well: the key of an event data store cannot be removed or changed, so that a store with the
//! wrong key has to be replaced by a new one.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateEventDataStore.html>
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html>
//! - <https://docs.aws.amazon.com/config/latest/developerguide/event-data-store-cmk-encryption-enabled.html>

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_event_data_store::CloudTrailEventDataStore;
use crate::configuration::key::Protection;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::cloudtrail_event_data_store::remediation::{CUSTOMER_KEY, OTHER_KEY};
use crate::rules::keys::{require_level, required};
use crate::rules::remediation::Template;
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-event-data-store-without-customer-key",
    title: "Event data store encrypted below the required key level",
    severity: Severity::Medium,
    controls: &[nist("AU-9"), nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_event_data_store_without_customer_key.rs"),
};

fn check(store: &CloudTrailEventDataStore, context: &RuleContext<'_>) -> Outcome {
    match &store.key {
        Field::Present(Some(key)) => {
            require_level(key, context, |found| violation(found, &plain(&key.given), OTHER_KEY, context))
        }
        // no setting accepts an AWS owned key
        Field::Present(None) => violation(Protection::AwsOwned, "none", CUSTOMER_KEY, context),
        Field::Absent if store.unresolved.is_none() => Outcome::not_applicable("the call names no key"),
        missing => Outcome::missing(store.unresolved.as_ref(), missing, "kmsKeyId"),
    }
}

fn violation(found: Protection, given: &str, fix: Template, context: &RuleContext<'_>) -> Outcome {
    let detail = text!(
        "The events in the event data store `{name}` are encrypted with {found}; {required} is required.",
        name = context.name(),
        found = found.in_words(),
        required = required(context)
    );
    Violation::new(detail).evidence("kmsKeyId", given).remediation(fix.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{CUSTOMER_KEY, MANAGED_KEY, UNKNOWN_KEY, answer, keys, name, table, violation};
    use serde_json::{Value, json};

    const STORE: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5";

    #[test]
    fn the_level_of_the_key_decides() {
        let create = |key: &str| json!({"name": "audit", "kmsKeyId": key});
        let update = |key: Value| json!({"eventDataStore": STORE, "retentionPeriod": 90, "kmsKeyId": key});
        table(
            &RULE,
            &[
                ("CreateEventDataStore", json!({"name": "audit"}), "violation"),
                ("CreateEventDataStore", create(""), "violation"),
                ("CreateEventDataStore", create(MANAGED_KEY), "violation"),
                ("CreateEventDataStore", create(CUSTOMER_KEY), "compliant"),
                ("CreateEventDataStore", json!({"name": "audit", "kMSKeyId": CUSTOMER_KEY}), "compliant"),
                ("CreateEventDataStore", create(UNKNOWN_KEY), "unverified"),
                ("CreateEventDataStore", create("HIDDEN_DUE_TO_SECURITY_REASONS"), "unverified"),
                ("CreateEventDataStore", json!({"name": "audit", "kmsKeyId": {"id": 1}}), "unverified"),
                ("CreateEventDataStore", json!({"omitted": true}), "unverified"),
                ("UpdateEventDataStore", update(json!(CUSTOMER_KEY)), "compliant"),
                ("UpdateEventDataStore", update(json!("alias/aws/s3")), "violation"),
                ("UpdateEventDataStore", update(Value::Null), "not-applicable"),
                ("UpdateEventDataStore", update(json!("")), "not-applicable"),
                ("UpdateEventDataStore", json!({"omitted": true}), "unverified"),
                ("StopEventDataStoreIngestion", json!({"eventDataStore": STORE}), "not-applicable"),
                ("DeleteEventDataStore", json!({"eventDataStore": STORE}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_response_decides_if_it_was_recorded_and_else_a_look_up() {
        let request = json!({"eventDataStore": STORE, "retentionPeriod": 90});
        for (key, want) in [(Value::Null, "violation"), (json!(CUSTOMER_KEY), "compliant")] {
            let response = json!({"eventDataStoreArn": STORE, "name": "audit", "kmsKeyId": key});
            let outcome = answer(&RULE, "", &keys(), "UpdateEventDataStore", &request, &response);
            assert_eq!(name(&outcome), want, "{key}");
            let described = json!({"EventDataStoreArn": STORE, "Name": "audit", "KmsKeyId": key});
            let facts = [keys(), vec![described]].concat();
            let outcome = answer(&RULE, "", &facts, "UpdateEventDataStore", &request, &json!({"omitted": true}));
            assert_eq!(name(&outcome), want, "looked up: {key}");
        }
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "UpdateEventDataStore", &json!({"eventDataStore": STORE, "kmsKeyId": "alias/aws/s3"})), @r#"
        The events in the event data store `1f0c7b52-0000-4000-8000-00000000e0d5` are encrypted with an AWS managed key; a customer managed key is required.
        {"kmsKeyId":"alias/aws/s3"}
        aws cloudtrail create-event-data-store --name 1f0c7b52-0000-4000-8000-00000000e0d5-encrypted --kms-key-id alias/your-key --region eu-west-1
        # the key of an event data store cannot be changed: create a new one
        resource "aws_cloudtrail_event_data_store" "encrypted" {
          name       = "your-event-data-store"
          kms_key_id = aws_kms_key.this.arn
        }
        CloudTrail > Lake > Event data stores > Create event data store > Use my own AWS KMS key
        "#);
    }

    #[test]
    fn a_store_without_a_key_can_be_given_one() {
        let response = json!({"eventDataStoreArn": STORE, "name": "audit"});
        let outcome = answer(&RULE, "", &[], "CreateEventDataStore", &json!({"name": "audit"}), &response);
        let crate::engine::outcome::Outcome::Violation(violation) = outcome else { panic!("{outcome:?}") };
        insta::assert_snapshot!(format!("{}\n{}", violation.detail, violation.remediation.cli), @"
        The events in the event data store `audit` are encrypted with an AWS owned key; a customer managed key is required.
        aws cloudtrail update-event-data-store --event-data-store arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5 --kms-key-id alias/your-key --region eu-west-1
        ");
    }
}
