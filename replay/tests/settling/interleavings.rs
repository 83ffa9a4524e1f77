//! Calls on several streams, keys and aliases in two accounts and Regions, recorded in any order and in several files.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::model::{Answers, Happened, Model, RULES};
use crate::{Home, replay};

const HOMES: [Home; 3] = [("eu-west-1", "111122223333"), ("us-east-1", "111122223333"), ("eu-west-1", "444455556666")];

/// What may be called next, by what was called last; the empty name is the beginning. AWS refuses all else.
type Walk = &'static [(&'static str, &'static [&'static str])];

const STREAM: Walk = &[
    ("", &["CreateStream", "StartStreamEncryption", "StopStreamEncryption"]),
    ("CreateStream", &["StartStreamEncryption", "DeleteStream"]),
    ("StartStreamEncryption", &["StartStreamEncryption", "StopStreamEncryption", "DeleteStream"]),
    ("StopStreamEncryption", &["StartStreamEncryption", "DeleteStream"]),
    ("DeleteStream", &["CreateStream"]),
];

const FIREHOSE: Walk = &[
    ("", &["CreateDeliveryStream", "StartDeliveryStreamEncryption", "StopDeliveryStreamEncryption"]),
    ("CreateDeliveryStream", &["StartDeliveryStreamEncryption", "DeleteDeliveryStream"]),
    ("StartDeliveryStreamEncryption", &["StopDeliveryStreamEncryption", "DeleteDeliveryStream"]),
    ("StopDeliveryStreamEncryption", &["StartDeliveryStreamEncryption", "DeleteDeliveryStream"]),
    ("DeleteDeliveryStream", &["CreateDeliveryStream"]),
];

const KEY: Walk = &[
    ("", &["CreateKey", "EnableKey", "DisableKey", "EnableKeyRotation", "ScheduleKeyDeletion"]),
    ("CreateKey", &["EnableKeyRotation", "DisableKey", "ScheduleKeyDeletion"]),
    ("EnableKey", &["EnableKeyRotation", "DisableKeyRotation", "DisableKey", "ScheduleKeyDeletion"]),
    ("EnableKeyRotation", &["DisableKeyRotation", "DisableKey", "ScheduleKeyDeletion"]),
    ("DisableKeyRotation", &["EnableKeyRotation", "DisableKey", "ScheduleKeyDeletion"]),
    ("DisableKey", &["EnableKey", "ScheduleKeyDeletion"]),
    ("ScheduleKeyDeletion", &["CancelKeyDeletion"]),
    ("CancelKeyDeletion", &["EnableKey", "ScheduleKeyDeletion"]),
];

const ALIAS: Walk = &[
    ("", &["CreateAlias", "UpdateAlias"]),
    ("CreateAlias", &["UpdateAlias", "DeleteAlias"]),
    ("UpdateAlias", &["UpdateAlias", "DeleteAlias"]),
    ("DeleteAlias", &["CreateAlias"]),
];

const RESOURCES: [(&str, Walk); 6] =
    [("orders", STREAM), ("clicks", STREAM), ("logs", FIREHOSE), ("k", KEY), ("l", KEY), ("alias/a", ALIAS)];

const KEYS: [&str; 4] = ["k", "l", "alias/a", "alias/aws/kinesis"];

/// The calls on one resource: seconds since the one before, which of the calls that are possible, the key, and whether
/// it fails.
fn life(home: Home, resource: &'static str, walk: Walk) -> impl Strategy<Value = Vec<Happened>> {
    let step = (1..400_i64, any::<Index>(), any::<Index>(), prop::bool::weighted(0.15));
    prop::collection::vec(step, 0..6).prop_map(move |steps| {
        let (mut last, mut seconds) = ("", 0);
        let call = |(gap, next, key, failed): (i64, Index, Index, bool)| {
            seconds += gap;
            let (_, possible) = walk.iter().find(|(name, _)| *name == last).unwrap();
            let name = *next.get(possible);
            let keys = if walk == ALIAS { &KEYS[..2] } else { &KEYS[..] };
            last = if failed { last } else { name };
            Happened { home, seconds, name, resource, key: key.get::<&str>(keys), failed }
        };
        steps.into_iter().map(call).collect()
    })
}

fn happened() -> impl Strategy<Value = Vec<Happened>> {
    let lives =
        HOMES.iter().flat_map(|home| RESOURCES.iter().map(|(resource, walk)| life(*home, resource, walk).boxed()));
    lives.collect::<Vec<_>>().prop_map(|lives| lives.concat()).prop_shuffle()
}

/// The answers of a replay in the form of the model's.
fn answers(findings: &[Value]) -> Answers {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let known = findings.iter().filter_map(|finding| {
        let rule = RULES.into_iter().find(|rule| finding["rule"] == *rule)?;
        let until = finding["until"].as_str().map_or(String::new(), |until| format!(" until {until}"));
        Some(((text(&finding["event"]["id"]), rule), text(&finding["outcome"]) + &until))
    });
    // the model has no answer where a rule has nothing to do with a call
    known.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_replay_answers_as_the_model_does(calls in happened(), files in 1..4_usize) {
        let folder = tempfile::tempdir().unwrap();
        for file in 0..files {
            let records: Vec<Value> = calls.iter().skip(file).step_by(files).map(Happened::record).collect();
            let path = folder.path().join(format!("{file}.json"));
            std::fs::write(path, json!({ "Records": records }).to_string()).unwrap();
        }
        let wanted = Model { happened: &calls }.answers();
        let mut given: BTreeMap<_, _> = answers(&replay(&[], Some(folder.path()), &[]));
        given.retain(|call, outcome| wanted.contains_key(call) || outcome != "not-applicable");
        prop_assert_eq!(given, wanted);
    }
}
