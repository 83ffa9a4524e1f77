//! Policies: any text is refused with a place, or analyzed; and whoever a policy admits is named.

#[expect(clippy::unwrap_used, reason = "the generator and the evaluator are those of the tests")]
#[path = "../../../shared/rules/tests/key_policy/evaluator.rs"]
mod evaluator;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../../../shared/rules/tests/key_policy/generator.rs"]
mod generator;
#[expect(clippy::unwrap_used, reason = "it is one of the tests")]
#[path = "../../../shared/rules/tests/key_policy/named.rs"]
mod named;

use sealwatch_rules::key_policy::{Analysis, Owner, Policy, Service, Trust, analyze};
use sealwatch_rules::util::text::plain;
use serde_json::Value;

use crate::{Check, samples, words};

pub(crate) const CHECK: Check = Check { name: "key_policies", run: check, max_len: 1024, words, seeds };

/// Bytes that begin like a text are a policy. Others choose one.
pub fn check(bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.first().is_some_and(|first| *first >= b' ') => check_text(text),
        _ => check_choices(bytes),
    }
}

/// Every request that a generated policy allows is of somebody whom the analysis names.
fn check_choices(choices: &[u8]) {
    let mut dice = generator::Dice::with_choices(choices, 0);
    let policy = generator::policy(&mut dice);
    let analysis = named::analysis_of(&policy);
    for _ in 0..10 {
        let request = named::foreign_request(&mut dice);
        let is_named = named::names(&analysis, &request) || !evaluator::allows(&policy, &request);
        assert!(is_named, "{policy:#}\nadmits {request:#?}\n{analysis:#?}");
    }
    if choices.len().is_multiple_of(8) {
        check_text(&policy.to_string());
    }
}

/// Any text, as a policy of the service that its length chooses.
fn check_text(text: &str) {
    let service = [Service::Kms, Service::Kms, Service::CloudTrail, Service::Kinesis, Service::Msk][text.len() % 5];
    let owner = owner(if text.len().is_multiple_of(3) { "" } else { "111122223333" });
    let trust = Trust::default();
    let policy = match Policy::parse_for(service, text) {
        Ok(policy) => policy,
        Err(error) => {
            assert!((1..=text.split('\n').count()).contains(&error.line) && error.column > 0, "{text:?}: {error:?}");
            return assert_eq!(plain(&error.to_string()), error.to_string());
        }
    };
    let analysis = analyze(&policy, &owner, &trust);
    let new = analysis.newly_admitted(&analysis);
    assert!(new.public.is_empty() && new.foreign.is_empty() && new.unbound_services.is_empty(), "{text}");
    assert_printable(&analysis);
    for problem in policy.rejected_principals(&owner).take(50) {
        assert_eq!(plain(&problem), *problem);
    }
    // the same value, written in another way
    if let Ok(value) = serde_json::from_str::<Value>(text)
        && serde_json::to_string(&value).is_ok_and(|again| again == text)
    {
        let pretty = Policy::parse_for(service, &format!("{value:#}"));
        assert_eq!(pretty.ok().map(|policy| analyze(&policy, &owner, &trust)).as_ref(), Some(&analysis), "{text}");
    }
}

/// What people read of an analysis.
fn assert_printable(analysis: &Analysis) {
    for remark in &analysis.remarks {
        assert_eq!(plain(&remark.text), *remark.text);
    }
}

fn owner(account: &str) -> Owner {
    Owner { account: account.to_owned(), region: "eu-west-1".to_owned(), partition: "aws".to_owned(), resource: None }
}

fn words() -> Vec<String> {
    let code = [
        include_str!("../../../shared/rules/src/key_policy/keys.rs"),
        include_str!("../../../shared/rules/src/key_policy/operator.rs"),
        include_str!("../../../shared/rules/src/key_policy/reader.rs"),
        include_str!("../../../shared/rules/src/key_policy/operations.rs"),
        include_str!("../../../shared/rules/src/key_policy/principal.rs"),
    ];
    words::all(
        &code,
        &[
            "\"*\"",
            "${aws:",
            "arn:aws:iam::",
            ":root",
            "111122223333",
            "\\u001b",
            "ForAllValues:",
            "2012-10-17",
            "{\"AWS\":",
        ],
    )
}

fn seeds() -> Vec<Vec<u8>> {
    let policy = |event: &Vec<u8>| {
        let event = serde_json::from_slice::<Value>(event).ok()?;
        let record = event.get("detail").unwrap_or(&event);
        Some(record.pointer("/requestParameters/policy")?.as_str()?.as_bytes().to_vec())
    };
    let mut seeds: Vec<Vec<u8>> = samples::json("events/kms-key-policy").iter().filter_map(policy).collect();
    seeds.extend((0..24).map(|seed| (0..24).map(|index| (seed * 37 + index * 11) as u8 % 32).collect()));
    seeds
}
