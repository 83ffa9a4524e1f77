//! A custom key store is disconnected.
//!
//! ## What it detects
//! `DisconnectCustomKeyStore`, if the key store is not connected again when the settle time is over.
//! A connection that failed counts as none. In a scan, a key store that is disconnected, was never connected, or failed to
//! connect.
//!
//! ## Why it matters
//! No key of the store can be used while it is disconnected: data encrypted with them cannot be read
//! or written, and no key can be created in it.
//!
//! ## When it stays silent
//! A store that is connected again within the settle time is compliant: people disconnect a store to
//! change its cluster, password or proxy. A store that is still connecting is re-checked, and then
//! unverified. A store that is deleted within the settle time is not applicable: KMS deletes only
//! stores without keys. In a replay, `ConnectCustomKeyStore` within the settle time counts as a
//! connection, because no record shows whether it succeeded.
//!
//! ## How to fix
//! Connect the key store again. Nothing is lost. After a connection that failed, disconnect it, remove
//! the cause that `ConnectionErrorCode` names, and connect it.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/APIReference/API_DisconnectCustomKeyStore.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/disconnect-keystore.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/fix-keystore.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/xks-connect-disconnect.html>

use crate::configuration::kms_key_store::KmsKeyStore;
use crate::configuration::unresolved::Unresolved;
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::kms_key_store::remediation::{CONNECT, RECONNECT};
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-store-disconnected",
    title: "Custom key store disconnected",
    severity: Severity::High,
    controls: &[nist("SC-12")],
    phase: Phase::Settled,
    check: &On(check),
    comment: comment_of!("kms_key_store_disconnected.rs"),
};

fn check(store: &KmsKeyStore, context: &RuleContext<'_>) -> Outcome {
    let name = context.name();
    match store {
        KmsKeyStore::Updated(_) => Outcome::not_applicable("the call does not disconnect the key store"),
        KmsKeyStore::Connected => Outcome::Compliant,
        KmsKeyStore::Connecting(_) => {
            Outcome::not_applicable("the attempt to connect the key store has not succeeded yet")
        }
        KmsKeyStore::Unresolved(Unresolved::InProgress(status)) => Outcome::unverified(text!(
            "the key store is still {status}: whether it can be connected is not known yet",
            status
        )),
        KmsKeyStore::Unresolved(unresolved) => Outcome::unresolved(unresolved),
        KmsKeyStore::Existing => Outcome::unverified(Text::literal("the key store was not described")),
        KmsKeyStore::Disconnected if context.seen == Seen::Scan => {
            // it may never have been connected
            let detail = text!(
                "The custom key store `{name}` is disconnected: no key in it can be used until it is connected.",
                name
            );
            Violation::new(detail).evidence("ConnectionState", "DISCONNECTED").remediation(CONNECT.fill(context, &[]))
        }
        KmsKeyStore::Disconnected => {
            let detail = text!(
                "The custom key store `{name}` was disconnected: no key in it can be used until it is connected again.",
                name
            );
            Violation::new(detail)
                .evidence("eventName", context.event.name.as_str())
                .remediated_at(context.remediated_at())
                .remediation(CONNECT.fill(context, &[]))
        }
        KmsKeyStore::Failed(code) => {
            let code = plain(code.as_deref().unwrap_or("no ConnectionErrorCode"));
            if context.seen == Seen::Scan {
                let detail = text!(
                    "The custom key store `{name}` is not connected, because that failed ({code}): no key in it can be used until it is connected.",
                    name,
                    code = &code
                );
                return Violation::new(detail)
                    .evidence("ConnectionState", "FAILED")
                    .evidence("connectionErrorCode", code)
                    .remediation(RECONNECT.fill(context, &[]));
            }
            let detail = text!(
                "The custom key store `{name}` was disconnected, and connecting it again failed ({code}): no key in it can be used until it is connected again.",
                name,
                code = &code
            );
            Violation::new(detail)
                .evidence("eventName", context.event.name.as_str())
                .evidence("connectionErrorCode", code)
                .remediated_at(context.remediated_at())
                .remediation(RECONNECT.fill(context, &[]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::engine::evaluate::{evaluate, in_progress};
    use crate::engine::facts::Facts;
    use crate::engine::outcome::Outcome;
    use crate::rules::kms_key_store::DETECTOR;
    use crate::rules::testing::{answer, name, table, violation};
    use crate::settings::Settings;
    use crate::timeline::Timeline;
    use serde_json::{Value, json};

    const STORE: &str = "cks-1234567890abcdef0";

    fn described(entry: &Value) -> Outcome {
        described_after("DisconnectCustomKeyStore", entry)
    }

    fn described_after(call: &str, entry: &Value) -> Outcome {
        let mut store = json!({"CustomKeyStoreId": STORE, "CustomKeyStoreType": "AWS_CLOUDHSM"});
        store.as_object_mut().unwrap().extend(entry.as_object().unwrap().clone());
        let facts =
            [json!({"CustomKeyStores": [{"CustomKeyStoreId": "cks-other", "ConnectionState": "CONNECTED"}, store]})];
        answer(&RULE, "", &facts, call, &json!({"customKeyStoreId": STORE}), &Value::Null)
    }

    #[test]
    fn only_disconnecting_counts() {
        table(
            &RULE,
            &[
                ("DisconnectCustomKeyStore", json!({"customKeyStoreId": STORE}), "violation"),
                ("DisconnectCustomKeyStore", json!({"CustomKeyStoreId": STORE}), "violation"),
                ("UpdateCustomKeyStore", json!({"customKeyStoreId": STORE}), "not-applicable"),
                ("UpdateCustomKeyStore", json!({"omitted": true}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_described_connection_decides() {
        for (entry, want) in [
            (json!({"ConnectionState": "CONNECTED"}), "compliant"),
            (json!({"ConnectionState": "CONNECTING"}), "unverified"),
            (json!({"ConnectionState": "DISCONNECTED"}), "violation"),
            (json!({"ConnectionState": "DISCONNECTING"}), "violation"),
            (json!({"ConnectionState": "FAILED", "ConnectionErrorCode": "NETWORK_ERRORS"}), "violation"),
            (json!({"ConnectionState": "FAILED"}), "violation"),
            (json!({}), "unverified"),
        ] {
            let outcome = described(&entry);
            assert_eq!(name(&outcome), want, "{entry}: {outcome:?}");
        }
    }

    #[test]
    fn an_attempt_to_connect_the_store_counts_only_if_it_succeeds() {
        for (entry, want) in [
            (json!({"ConnectionState": "CONNECTED"}), "compliant"),
            (json!({"ConnectionState": "CONNECTING"}), "not-applicable"),
            (json!({"ConnectionState": "DISCONNECTED"}), "not-applicable"),
            (json!({"ConnectionState": "FAILED"}), "not-applicable"),
            (json!({}), "not-applicable"),
        ] {
            let outcome = described_after("ConnectCustomKeyStore", &entry);
            assert_eq!(name(&outcome), want, "{entry}: {outcome:?}");
        }
        let record = json!({"eventName": "ConnectCustomKeyStore", "eventSource": "kms.amazonaws.com",
            "requestParameters": {"customKeyStoreId": STORE}})
        .to_string();
        let event = Event::parse(&record).unwrap();
        let change = event.change(&DETECTOR, DETECTOR.closing_call(event.record()).unwrap());
        let (mut facts, settings) = (Facts::default(), Settings::default());
        let fact = json!({"CustomKeyStores": [{"CustomKeyStoreId": STORE, "ConnectionState": "CONNECTING"}]});
        facts.insert_cli_output(&fact).unwrap();
        assert!(change.settles());
        assert_eq!(in_progress(&change, &facts, &settings).as_deref(), Some("CONNECTING"), "it is re-checked");
    }

    /// The outcome of the first of these calls in a replay, with its time of remediation.
    fn replayed(calls: &[(&str, &str, &str)]) -> (&'static str, Option<String>) {
        let record = |(name, id, time): &(&str, &str, &str)| {
            json!({"eventName": name, "eventSource": "kms.amazonaws.com", "awsRegion": "eu-west-1",
                "eventTime": format!("2026-11-20T{time}Z"), "recipientAccountId": "111122223333",
                "requestParameters": {"customKeyStoreId": id}, "responseElements": null})
            .to_string()
        };
        let records: Vec<String> = calls.iter().map(record).collect();
        let events: Vec<Event<'_>> = records.iter().map(|text| Event::parse(text).unwrap()).collect();
        let mut facts = Facts::default();
        facts.timeline = Timeline::of(events.iter().flat_map(Event::observe).collect());
        let change = events[0].change_for(&DETECTOR).unwrap();
        let settings = Settings::default();
        let findings = evaluate(&change, &facts, &settings);
        match &findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap().outcome {
            Outcome::Violation(violation) => ("violation", violation.remediated_at.clone()),
            other => (name(other), None),
        }
    }

    #[test]
    fn a_replay_reads_later_records() {
        let disconnect = ("DisconnectCustomKeyStore", STORE, "10:00:00");
        for (later, want, remediated_at) in [
            (vec![], "violation", None),
            (vec![("ConnectCustomKeyStore", STORE, "10:04:59")], "compliant", None),
            (vec![("ConnectCustomKeyStore", "cks-other", "10:04:59")], "violation", None),
            (vec![("ConnectCustomKeyStore", STORE, "11:00:00")], "violation", Some("2026-11-20T11:00:00Z")),
            (vec![("DeleteCustomKeyStore", STORE, "10:03:00")], "not-applicable", None),
            (vec![("DeleteCustomKeyStore", STORE, "11:00:00")], "violation", None),
        ] {
            let calls = [vec![disconnect], later].concat();
            assert_eq!(replayed(&calls), (want, remediated_at.map(str::to_owned)), "{calls:?}");
        }
    }

    #[test]
    fn what_people_read() {
        insta::assert_snapshot!(violation(&RULE, "DisconnectCustomKeyStore", &json!({"customKeyStoreId": STORE})), @r#"
        The custom key store `cks-1234567890abcdef0` was disconnected: no key in it can be used until it is connected again.
        {"eventName":"DisconnectCustomKeyStore"}
        aws kms connect-custom-key-store --custom-key-store-id cks-1234567890abcdef0 --region eu-west-1
        # the AWS provider does not connect key stores: use the AWS CLI or the console
        Key Management Service > Custom key stores > cks-1234567890abcdef0 > Key store actions > Connect
        "#);
        let Outcome::Violation(failed) =
            described(&json!({"ConnectionState": "FAILED", "ConnectionErrorCode": "USER_LOCKED_OUT"}))
        else {
            panic!("no violation")
        };
        insta::assert_snapshot!(failed.detail, @"The custom key store `cks-1234567890abcdef0` was disconnected, and connecting it again failed (USER_LOCKED_OUT): no key in it can be used until it is connected again.");
        insta::assert_snapshot!(failed.remediation.cli, @"
        aws kms disconnect-custom-key-store --custom-key-store-id cks-1234567890abcdef0 --region eu-west-1
        # remove the cause: https://docs.aws.amazon.com/kms/latest/developerguide/fix-keystore.html
        aws kms connect-custom-key-store --custom-key-store-id cks-1234567890abcdef0 --region eu-west-1
        ");
    }
}
