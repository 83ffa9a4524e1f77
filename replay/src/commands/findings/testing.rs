//! Entries for tests, made as functions make them. The end-to-end tests use them, too.

use sealwatch_rules::engine::finding::digest;
use sealwatch_rules::ledger::{Answer, By, Entry, Moment, Observation, Origin, Reason, Subject};
use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::util::time::{DAY, Seconds};
use serde_json::json;

/// 2026-11-20T03:04:05Z
pub(super) const START: Seconds = 1_795_143_845;

/// An open violation about a stream, from [`START`] on, told.
pub(super) fn stream(name: &str) -> Entry {
    let observation = observation(name, START, "StopStreamEncryption", violation(name));
    told(Entry::merge(None, &observation, DAY).unwrap())
}

/// The same, before anybody was told.
pub(super) fn untold(name: &str) -> Entry {
    let observation = observation(name, START, "StopStreamEncryption", violation(name));
    Entry::merge(None, &observation, DAY).unwrap()
}

/// The same, of another severity, and so much later.
pub(super) fn later(name: &str, severity: Severity, after: Seconds) -> Entry {
    let mut observation = observation(name, START + after, "StopStreamEncryption", violation(name));
    if let Answer::Wrong { severity: of_answer, .. } = &mut observation.answer {
        *of_answer = severity;
    }
    told(Entry::merge(None, &observation, DAY).unwrap())
}

/// One that cannot be verified.
pub(super) fn unverified(name: &str) -> Entry {
    let Answer::Wrong { severity, finding, .. } = violation(name) else { unreachable!() };
    let answer = Answer::Unknown { severity, finding };
    told(Entry::merge(None, &observation(name, START + 3600, "CreateStream", answer), DAY).unwrap())
}

/// A violation that ended a day later.
pub(super) fn ended(name: &str, reason: Reason, call: &str) -> Entry {
    let mut observation = observation(name, START + DAY, call, Answer::Right(reason));
    if reason == Reason::Excepted {
        observation.by.exception = "sandbox data only".to_owned();
    }
    if call.is_empty() {
        observation.by = By::default();
    }
    told(Entry::merge(Some(&stream(name)), &observation, DAY).unwrap())
}

/// One that was never wrong.
pub(super) fn right(name: &str) -> Entry {
    let observation = observation(name, START, "StartStreamEncryption", Answer::Right(Reason::Fixed));
    Entry::merge(None, &observation, DAY).unwrap()
}

fn told(mut entry: Entry) -> Entry {
    entry.claim("invocation");
    entry.confirm("invocation", DAY);
    entry
}

fn arn(name: &str) -> String {
    format!("arn:aws:kinesis:eu-west-1:111122223333:stream/{name}")
}

fn violation(name: &str) -> Answer {
    let finding = json!({
        "id": digest(&["id", name]), "fingerprint": digest(&[name]), "rule": "kinesis-stream-unencrypted",
        "outcome": "violation", "severity": "high",
        "resource": {"type": "AWS::Kinesis::Stream", "arn": arn(name), "name": name},
        "account": "111122223333", "region": "eu-west-1", "partition": "aws",
        "event": {"id": "e", "name": "StopStreamEncryption", "source": "kinesis.amazonaws.com", "time": "2026-11-20T03:04:05Z"},
        "actor": {"arn": "arn:aws:sts::111122223333:assumed-role/admin/ada", "type": "AssumedRole", "source_ip": "198.51.100.7"},
        "title": "A Kinesis data stream is not encrypted", "detail": format!("The stream {name} is not encrypted."),
        "evidence": {"requestParameters.encryptionType": "NONE"},
        "remediation": {"cli": "aws kinesis start-stream-encryption \\\n  --key-id alias/k", "terraform": "t", "console": "c"},
        "references": ["https://docs.aws.amazon.com/streams/latest/dev/server-side-encryption.html"], "controls": [],
    });
    Answer::Wrong { severity: Severity::High, evidence: "evidence".to_owned(), finding: finding.to_string() }
}

fn observation(name: &str, time: Seconds, call: &str, answer: Answer) -> Observation {
    Observation {
        subject: Subject {
            fingerprint: digest(&[name]),
            rule: "kinesis-stream-unencrypted".to_owned(),
            detector: "kinesis-stream".to_owned(),
            resource: arn(name),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        },
        moment: Moment { time, rank: 1, wrong: matches!(answer, Answer::Wrong { .. }), event: format!("e{time}") },
        origin: Origin::Event,
        answer,
        by: By {
            who: "arn:aws:sts::111122223333:assumed-role/ops/grace from 198.51.100.8".to_owned(),
            call: call.to_owned(),
            ..By::default()
        },
    }
}
