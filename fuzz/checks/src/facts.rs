//! What AWS answers, and what its command line prints: any JSON is taken, or refused, and evaluated.

use std::sync::LazyLock;

use sealwatch_rules::engine::lookup::MAX_ROUNDS;
use sealwatch_rules::engine::rule::Phase;
use sealwatch_rules::rules::answered;
use sealwatch_rules::util::text::plain;
use sealwatch_rules::{Change, Event, Facts, Settings, evaluate, pending_lookups};
use serde_json::Value;

use crate::records::check_findings;
use crate::{Check, samples, words};

pub(crate) const CHECK: Check = Check { name: "facts", run: check, max_len: 1024, words, seeds };

/// Records of calls that are looked up.
static EVENTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    samples::events()
        .into_iter()
        .filter_map(|event| String::from_utf8(event).ok())
        .filter(|event| Event::parse(event).is_ok())
        .collect()
});

/// The first byte chooses a record, the others are what AWS says about it.
pub fn check(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else { return };
    let Ok(answer) = serde_json::from_slice::<Value>(text) else { return };
    let Some(event) = EVENTS.get(usize::from(*first) % EVENTS.len()) else { return };
    let Ok(event) = Event::parse(event) else { return };
    let settings = Settings::parse("[keys]\ntrusted_accounts = [\"organization\"]\n", &[]).unwrap_or_default();
    let mut printed = Facts::default();
    match printed.insert_cli_output(&answer) {
        Ok(()) => assert!(Facts::default().insert_cli_output(&answer).is_ok()),
        Err(problem) => assert_eq!(plain(&problem), problem),
    }
    for change in event.changes() {
        check_findings(&evaluate(&change, &printed, &settings), &settings, *first / 2);
        let facts = looked_up(&change, &answer, &settings);
        check_findings(&evaluate(&change, &facts, &settings), &settings, *first / 2);
    }
}

/// What a function knows when AWS gives each look-up the same answer. It looks up until nothing is pending: each answer settles
/// its question, whatever it is.
pub(crate) fn looked_up(change: &Change<'_>, answer: &Value, settings: &Settings) -> Facts {
    let mut facts = Facts::default();
    for _ in 0..MAX_ROUNDS {
        let lookups = pending_lookups(change, &facts, settings, Phase::All);
        if lookups.is_empty() {
            break;
        }
        for lookup in &lookups {
            facts.insert(lookup.clone(), answered(lookup.call, answer.clone()));
        }
        let pending = pending_lookups(change, &facts, settings, Phase::All);
        assert!(!lookups.iter().any(|lookup| pending.contains(lookup)), "{lookups:?}: still pending after {answer}");
    }
    facts
}

fn words() -> Vec<String> {
    let code = [
        include_str!("../../../shared/rules/src/configuration/key.rs"),
        include_str!("../../../shared/rules/src/configuration/kinesis_stream.rs"),
        include_str!("../../../shared/rules/src/configuration/firehose_stream.rs"),
        include_str!("../../../shared/rules/src/configuration/firehose_destination.rs"),
        include_str!("../../../shared/rules/src/configuration/msk_cluster.rs"),
        include_str!("../../../shared/rules/src/configuration/msk_connector.rs"),
        include_str!("../../../shared/rules/src/configuration/cloudtrail_event_data_store.rs"),
        include_str!("../../../shared/rules/src/configuration/cloudtrail_trail.rs"),
        include_str!("../../../shared/rules/src/engine/facts.rs"),
    ];
    words::all(&code, &["\u{1b}", "\\u001b", "null", "{\"", "\":", "1e999"])
}

fn seeds() -> Vec<Vec<u8>> {
    let answers: Vec<Vec<u8>> = samples::json("events/facts");
    let seed = |number: usize| {
        let answer = answers.get(number % answers.len()).cloned().unwrap_or_default();
        [&[u8::try_from(number).unwrap_or_default()][..], &answer].concat()
    };
    (0..EVENTS.len().min(256)).step_by(5).map(seed).collect()
}
