//! What a scan lists: any entry is left out, or a resource that is looked up and evaluated.

use sealwatch_rules::configuration::key::Scope;
use sealwatch_rules::engine::existing::Entry;
use sealwatch_rules::rules::EXISTING;
use sealwatch_rules::{Facts, Settings, evaluate};
use serde_json::{Value, json};

use crate::facts::looked_up;
use crate::records::check_findings;
use crate::{Check, samples, words};

pub(crate) const CHECK: Check = Check { name: "listings", run: check, max_len: 1024, words, seeds };

const SCOPE: Scope<'static> = Scope { partition: "aws", region: "eu-west-1", account: "111122223333" };

/// The first byte chooses a list, the others are an entry of it and what AWS answers about that.
pub fn check(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else { return };
    let Ok((value, answer)) = serde_json::from_slice::<(Value, Value)>(text) else { return };
    let Some(row) = EXISTING.get(usize::from(*first) % EXISTING.len()) else { return };
    let (known, settings) = (Facts::default(), Settings::default());
    let entry = Entry { value: &value, scope: SCOPE, facts: &known };
    let Some(change) = row.change(&entry, SCOPE, "2026-11-22T10:00:00Z") else { return };
    if let Some(of) = &row.listing.of {
        let _ = (of.asks)(&entry);
    }
    let facts = looked_up(&change, &answer, &settings);
    let findings = evaluate(&change, &facts, &settings);
    assert_eq!(findings.len(), change.detector.rules.len(), "{value} {answer}");
    check_findings(&findings, &settings, *first);
}

fn words() -> Vec<String> {
    let code = [
        include_str!("../../../shared/rules/src/configuration/key.rs"),
        include_str!("../../../shared/rules/src/configuration/kms_key.rs"),
        include_str!("../../../shared/rules/src/configuration/kms_key_store.rs"),
        include_str!("../../../shared/rules/src/configuration/firehose_stream.rs"),
        include_str!("../../../shared/rules/src/configuration/msk_cluster.rs"),
        include_str!("../../../shared/rules/src/configuration/msk_replicator.rs"),
        include_str!("../../../shared/rules/src/configuration/cloudtrail_event_data_store.rs"),
        include_str!("../../../shared/rules/src/configuration/cloudtrail_trail.rs"),
    ];
    words::all(&code, &["\\u001b", "null", "{\"", "\":", "arn:aws:kinesis:eu-west-1:111122223333:stream/s"])
}

fn seeds() -> Vec<Vec<u8>> {
    let answers: Vec<Value> =
        samples::json("events/facts").iter().filter_map(|text| serde_json::from_slice(text).ok()).collect();
    let entry = |name: &str| {
        let arn = format!("arn:aws:{}:eu-west-1:111122223333:{name}", name.split('-').next().unwrap_or_default());
        json!({"Name": name, "Arn": arn, "KeyArn": arn, "KeyId": "k", "StreamARN": arn, "StreamName": name, "ClusterArn": arn,
            "ClusterName": name, "TrailARN": arn, "HomeRegion": "eu-west-1", "EventDataStoreArn": arn, "GrantId": "g",
            "GranteePrincipal": "arn:aws:iam::444455556666:root", "CustomKeyStoreId": "cks", "ReplicatorArn": arn})
    };
    let rows = EXISTING
        .iter()
        .enumerate()
        .flat_map(|(number, row)| [entry(row.detector.name), json!("orders")].map(|entry| (number, entry)));
    let seed = |(at, (number, entry)): (usize, (usize, Value))| {
        let answer = answers.get(at % answers.len()).cloned().unwrap_or_default();
        [&[u8::try_from(number).unwrap_or_default()][..], json!([entry, answer]).to_string().as_bytes()].concat()
    };
    rows.enumerate().map(seed).collect()
}
