//! Random calls on several streams, keys and aliases in two accounts and Regions, in any order and in several files.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::model::{Call, Model, Outcomes, RULES};
use crate::{Scope, replay};

const SCOPES: [Scope; 3] =
    [("eu-west-1", "111122223333"), ("us-east-1", "111122223333"), ("eu-west-1", "444455556666")];

/// The calls that AWS allows after each call. The empty name is the start.
type Transitions = &'static [(&'static str, &'static [&'static str])];

const STREAM: Transitions = &[
    ("", &["CreateStream", "StartStreamEncryption", "StopStreamEncryption"]),
    ("CreateStream", &["StartStreamEncryption", "DeleteStream"]),
    ("StartStreamEncryption", &["StartStreamEncryption", "StopStreamEncryption", "DeleteStream"]),
    ("StopStreamEncryption", &["StartStreamEncryption", "DeleteStream"]),
    ("DeleteStream", &["CreateStream"]),
];

const FIREHOSE: Transitions = &[
    ("", &["CreateDeliveryStream", "StartDeliveryStreamEncryption", "StopDeliveryStreamEncryption"]),
    ("CreateDeliveryStream", &["StartDeliveryStreamEncryption", "DeleteDeliveryStream"]),
    ("StartDeliveryStreamEncryption", &["StopDeliveryStreamEncryption", "DeleteDeliveryStream"]),
    ("StopDeliveryStreamEncryption", &["StartDeliveryStreamEncryption", "DeleteDeliveryStream"]),
    ("DeleteDeliveryStream", &["CreateDeliveryStream"]),
];

const KEY: Transitions = &[
    ("", &["CreateKey", "EnableKey", "DisableKey", "EnableKeyRotation", "ScheduleKeyDeletion"]),
    ("CreateKey", &["EnableKeyRotation", "DisableKey", "ScheduleKeyDeletion"]),
    ("EnableKey", &["EnableKeyRotation", "DisableKeyRotation", "DisableKey", "ScheduleKeyDeletion"]),
    ("EnableKeyRotation", &["DisableKeyRotation", "DisableKey", "ScheduleKeyDeletion"]),
    ("DisableKeyRotation", &["EnableKeyRotation", "DisableKey", "ScheduleKeyDeletion"]),
    ("DisableKey", &["EnableKey", "ScheduleKeyDeletion"]),
    ("ScheduleKeyDeletion", &["CancelKeyDeletion"]),
    ("CancelKeyDeletion", &["EnableKey", "ScheduleKeyDeletion"]),
];

const ALIAS: Transitions = &[
    ("", &["CreateAlias", "UpdateAlias"]),
    ("CreateAlias", &["UpdateAlias", "DeleteAlias"]),
    ("UpdateAlias", &["UpdateAlias", "DeleteAlias"]),
    ("DeleteAlias", &["CreateAlias"]),
];

const RESOURCES: [(&str, Transitions); 6] =
    [("orders", STREAM), ("clicks", STREAM), ("logs", FIREHOSE), ("k", KEY), ("l", KEY), ("alias/a", ALIAS)];

const KEYS: [&str; 4] = ["k", "l", "alias/a", "alias/aws/kinesis"];

/// The calls on one resource. Each step has the seconds since the last call, the choice among the allowed calls, the
/// key, and whether the call fails.
fn calls_on(scope: Scope, resource: &'static str, transitions: Transitions) -> impl Strategy<Value = Vec<Call>> {
    let step = (1..400_i64, any::<Index>(), any::<Index>(), prop::bool::weighted(0.15));
    prop::collection::vec(step, 0..6).prop_map(move |steps| {
        let (mut last, mut seconds) = ("", 0);
        let call = |(gap, next, key, failed): (i64, Index, Index, bool)| {
            seconds += gap;
            let (_, possible) = transitions.iter().find(|(name, _)| *name == last).unwrap();
            let name = *next.get(possible);
            let keys = if transitions == ALIAS { &KEYS[..2] } else { &KEYS[..] };
            last = if failed { last } else { name };
            Call { scope, seconds, name, resource, key: key.get::<&str>(keys), failed }
        };
        steps.into_iter().map(call).collect()
    })
}

fn all_calls() -> impl Strategy<Value = Vec<Call>> {
    let calls = SCOPES.iter().flat_map(|scope| {
        RESOURCES.iter().map(|(resource, transitions)| calls_on(*scope, resource, transitions).boxed())
    });
    calls.collect::<Vec<_>>().prop_map(|calls| calls.concat()).prop_shuffle()
}

/// The outcomes of a replay in the form that the model uses.
fn outcomes(findings: &[Value]) -> Outcomes {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let known = findings.iter().filter_map(|finding| {
        let rule = RULES.into_iter().find(|rule| finding["rule"] == *rule)?;
        let until = finding["until"].as_str().map_or(String::new(), |until| format!(" until {until}"));
        Some(((text(&finding["event"]["id"]), rule), text(&finding["outcome"]) + &until))
    });
    // the caller removes the `not-applicable` outcomes that the model does not have
    known.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_replay_has_the_outcomes_of_the_model(calls in all_calls(), files in 1..4_usize) {
        let folder = tempfile::tempdir().unwrap();
        for file in 0..files {
            let records: Vec<Value> = calls.iter().skip(file).step_by(files).map(Call::record).collect();
            let path = folder.path().join(format!("{file}.json"));
            std::fs::write(path, json!({ "Records": records }).to_string()).unwrap();
        }
        let expected = Model { calls: &calls }.outcomes();
        let mut actual: BTreeMap<_, _> = outcomes(&replay(&[], Some(folder.path()), &[]));
        actual.retain(|call, outcome| expected.contains_key(call) || outcome != "not-applicable");
        prop_assert_eq!(actual, expected);
    }
}
