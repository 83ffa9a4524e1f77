//! What a scan concludes about entries, over a table in memory.

use super::*;
use crate::ledger::confirm;
use crate::ledger::testing::FakeStore;
use crate::scan::problem::Problem;
use sealwatch_rules::Detector;
use sealwatch_rules::configuration::key::Scope;
use sealwatch_rules::rules::{DETECTORS, RULE_IDS};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const AT: &str = "2026-05-01T12:00:00Z";
const NOW: Seconds = 1_777_636_800;
const HOUR_AGO: Seconds = NOW - 3_600;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(future)
}

fn ledger<'a>(store: &'a FakeStore, settings: &'a Settings) -> Ledger<'a, FakeStore> {
    let teller = Teller { invocation: "scan", keep: 400 * 86_400, now: NOW };
    Ledger { store, teller, settings, account: ACCOUNT, region: REGION, at: AT, now: NOW }
}

fn settings(text: &str) -> Settings {
    Settings::parse(text, &RULE_IDS).unwrap()
}

/// A violation of a rule, as an event an hour ago said.
fn violation(rule: &str, resource: &str, severity: Severity) -> Observation {
    let has_rule = |detector: &&Detector| detector.rules.iter().any(|one| one.id == rule);
    let detector = DETECTORS.iter().copied().find(has_rule).unwrap().name;
    let subject = Subject {
        fingerprint: format!("{rule} {resource}"),
        rule: rule.to_owned(),
        detector: detector.to_owned(),
        resource: resource.to_owned(),
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
    };
    let moment = Moment { time: HOUR_AGO, rank: 1, wrong: true, event: "e-1".to_owned() };
    let answer = Answer::Wrong { severity, evidence: "e".to_owned(), finding: "{}".to_owned() };
    Observation { subject, moment, origin: Origin::Event, answer, by: By::default() }
}

/// Opens findings, and tells them.
fn open(store: &FakeStore, observations: &[Observation]) {
    let teller = Teller { invocation: "event", keep: 400 * 86_400, now: NOW };
    run(async {
        let mut claimed = take_in(store, teller, observations).await.unwrap();
        claimed.iter_mut().for_each(|one| one.is_published = true);
        assert_eq!(confirm(store, teller, claimed).await.unwrap(), []);
    });
}

/// The rules and resources that a scan closes which saw nothing at all.
fn closed(store: &FakeStore, incomplete: &BTreeSet<String>) -> Vec<String> {
    let settings = Settings::default();
    let ledger = ledger(store, &settings);
    run(async {
        let unseen = ledger.open().await.unwrap();
        let closed = ledger.close(&unseen, incomplete).await.unwrap();
        closed.into_iter().map(|one| one.entry.subject.fingerprint).collect()
    })
}

#[test]
fn only_what_a_scan_lists_is_gone_when_it_sees_none() {
    for (rule, resource, is_closed) in [
        ("kinesis-stream-unencrypted", "arn:aws:kinesis:eu-west-1:111122223333:stream/a", true),
        ("kinesis-stream-policy-public", "arn:aws:kinesis:eu-west-1:111122223333:stream/a/consumer/b:1", true),
        ("kinesis-stream-policy-public", "arn:aws:kinesis:eu-west-1:111122223333:queue/a", true),
        ("kinesis-stream-policy-public", "arn:aws:kinesis:eu-west-1:111122223333:channel/a", false),
        ("kinesis-channel-unencrypted", "arn:aws:kinesis:eu-west-1:111122223333:channel/a", true),
        (
            "cloudtrail-event-data-store-policy-public",
            "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/a",
            true,
        ),
        ("cloudtrail-event-data-store-policy-public", "arn:aws:cloudtrail:eu-west-1:111122223333:channel/a", false),
        ("cloudtrail-event-data-store-policy-public", "arn:aws:cloudtrail:eu-west-1:111122223333:dashboard/a", false),
        ("cloudtrail-trail-without-kms", "arn:aws:cloudtrail:eu-west-1:999988887777:trail/organization", false),
        ("kms-key-store-disconnected", "cks-1", true),
    ] {
        let store = FakeStore::default();
        let opened = violation(rule, resource, Severity::High);
        open(&store, std::slice::from_ref(&opened));
        let closed = closed(&store, &BTreeSet::new());
        assert_eq!(!closed.is_empty(), is_closed, "{rule} {resource}");
    }
}

#[test]
fn what_could_not_be_listed_is_not_gone() {
    let scope = Scope { partition: "aws", region: REGION, account: ACCOUNT };
    let gap = |action| {
        let mut gaps = Gaps::default();
        gaps.add(scope, action, &Problem::Denied, "");
        gaps
    };
    for (gaps, not_offered, is_closed) in [
        (Gaps::default(), BTreeSet::new(), true),
        (gap("kafka:ListClustersV2"), BTreeSet::new(), false),
        (gap("a call"), BTreeSet::new(), false),
        (gap("kinesis:ListStreams"), BTreeSet::new(), true),
        // no DNS, for example
        (Gaps::default(), BTreeSet::from(["kafka:ListClustersV2"]), false),
    ] {
        let store = FakeStore::default();
        let cluster = "arn:aws:kafka:eu-west-1:111122223333:cluster/a/1-2";
        open(&store, &[violation("msk-cluster-public-access", cluster, Severity::High)]);
        let closed = closed(&store, &incomplete(&gaps, &not_offered));
        assert_eq!(!closed.is_empty(), is_closed, "{gaps:?} {not_offered:?}");
    }
}

#[test]
fn what_is_not_evaluated_any_more_is_closed() {
    let stream = "arn:aws:kinesis:eu-west-1:111122223333:stream/a";
    let rule = "kinesis-stream-unencrypted";
    let removed = |mut one: Observation| {
        "rule-of-an-older-version".clone_into(&mut one.subject.rule);
        one
    };
    for (text, opened, how) in [
        ("", violation(rule, stream, Severity::High), None),
        ("rules.kinesis-stream-unencrypted.enabled = false", violation(rule, stream, Severity::High), Some("")),
        ("", removed(violation(rule, stream, Severity::High)), Some("")),
        (
            "[[exceptions]]\nrule = 'kinesis-stream-unencrypted'\nresource = '*'\nreason = 'sandbox'",
            violation(rule, stream, Severity::High),
            Some("sandbox"),
        ),
        (
            "[[exceptions]]\nrule = 'kinesis-stream-unencrypted'\nresource = '*'\nreason = 'sandbox'\nuntil = 2026-04-30",
            violation(rule, stream, Severity::High),
            None,
        ),
    ] {
        let (store, settings) = (FakeStore::default(), settings(text));
        open(&store, std::slice::from_ref(&opened));
        let closed = run(ledger(&store, &settings).close(&BTreeSet::new(), &BTreeSet::new())).unwrap();
        let by = closed.first().and_then(|one| one.entry.resolved_by.clone());
        assert_eq!(by.as_ref().map(|by| &*by.exception), how, "{text} {}", opened.subject.rule);
        assert!(by.is_none_or(|by| by.reason == Some(Reason::Excepted)));
    }
}

#[test]
fn no_finding_is_left_out_of_the_messages_of_a_scan() {
    let (store, settings) = (FakeStore::default(), Settings::default());
    let opened: Vec<Observation> = (0..300)
        .map(|number| {
            let arn = format!("arn:aws:kinesis:eu-west-1:111122223333:stream/{number}");
            let mut one = violation("kinesis-stream-unencrypted", &arn, Severity::High);
            if let Answer::Wrong { finding, .. } = &mut one.answer {
                *finding = json!({"id": arn, "detail": "\"".repeat(2_000)}).to_string();
            }
            one
        })
        .collect();
    let ledger = ledger(&store, &settings);
    let seen = Seen { reported: opened, ..Seen::default() };
    let claimed = run(ledger.take(seen, &mut BTreeSet::new())).unwrap();
    let messages = ledger.messages(&claimed, scan::Gaps::default());
    let mut told = 0;
    for message in &messages {
        let texts: Value = serde_json::from_str(&message.message).unwrap();
        let machine: Value = serde_json::from_str(texts["default"].as_str().unwrap()).unwrap();
        told += machine["findings"].as_array().unwrap().len();
        assert_eq!(machine["left_out"], 0, "of {} messages", messages.len());
    }
    assert_eq!(told, 300);
    assert!(messages.len() < 20, "{}", messages.len());
}

#[test]
fn a_finding_about_a_deletion_is_not_over_when_nothing_is_left() {
    for (rule, rank, is_closed) in [
        ("cloudtrail-event-data-store-deleted", 2, false),
        // a scan has seen the store while it was pending deletion
        ("cloudtrail-event-data-store-deleted", 1, false),
        ("kms-key-deleted", 2, false),
        ("kms-key-deletion-scheduled", 1, true),
    ] {
        let store = FakeStore::default();
        let mut opened = violation(rule, "resource", Severity::High);
        opened.moment.rank = rank;
        open(&store, std::slice::from_ref(&opened));
        assert_eq!(!closed(&store, &BTreeSet::new()).is_empty(), is_closed, "{rule} {rank}");
    }
}

#[test]
fn a_scan_tells_what_is_open_again_to_those_who_were_told_of_it_whatever_its_severity_is() {
    let stream = "arn:aws:kinesis:eu-west-1:111122223333:stream/a";
    let rule = "kinesis-stream-without-customer-key";
    let seen = || {
        let mut one = violation(rule, stream, Severity::Medium);
        (one.origin, one.moment.time) = (Origin::Scan, NOW - CONSISTENT_AFTER);
        Seen { stored: vec![one], ..Seen::default() }
    };
    let settings = Settings::default();
    let told = |store: &FakeStore| {
        let claimed = run(ledger(store, &settings).take(seen(), &mut BTreeSet::new())).unwrap();
        claimed.into_iter().map(|one| one.notice).collect::<Vec<_>>()
    };
    let store = FakeStore::default();
    assert_eq!(told(&store), [], "nobody was told before");
    let store = FakeStore::default();
    let opened = violation(rule, stream, Severity::Medium);
    open(&store, std::slice::from_ref(&opened));
    // an exception accepts it, and then expires
    let mut excepted = opened;
    excepted.answer = Answer::Right(Reason::Excepted);
    (excepted.moment.time, excepted.moment.wrong) = (HOUR_AGO + 1, false);
    open(&store, &[excepted]);
    assert_eq!(told(&store), [Notice::Reopened]);
}
