//! Parses and evaluates one event, like a function but without look-ups.
//!
//! Run with `cargo bench -p sealwatch-rules`.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark")]

use divan::Bencher;
use divan::counter::BytesCount;
use sealwatch_rules::cloudtrail::record::Record;
use sealwatch_rules::rules::{firehose_stream, kinesis_stream, kms_key_lifecycle, msk_cluster};
use sealwatch_rules::{Detector, Event, Facts, Settings, evaluate};

fn main() {
    divan::main();
}

fn sample(path: &str) -> String {
    let text = std::fs::read_to_string(format!("{}/../../events/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    serde_json::from_str::<serde_json::Value>(&text).unwrap().to_string() // compact, as EventBridge delivers
}

/// Evaluates an event and counts the violations.
fn violations(text: &str, detector: &'static Detector, facts: &Facts, settings: &Settings) -> usize {
    let record = Record::parse(text).unwrap();
    let Ok(call) = detector.api_call(&record) else { return 0 };
    let event = Event::read(record).unwrap();
    let change = event.change(detector, call);
    evaluate(&change, facts, settings).iter().filter(|finding| finding.is_violation()).count()
}

fn bench(bencher: Bencher<'_, '_>, text: &str, detector: &'static Detector) {
    let (facts, settings) = (Facts::default(), Settings::default());
    bencher.counter(BytesCount::of_str(text)).bench(|| violations(divan::black_box(text), detector, &facts, &settings));
}

#[divan::bench]
fn ordinary_event_violating(bencher: Bencher<'_, '_>) {
    bench(bencher, &sample("kinesis-stream/create-without-encryption.json"), &kinesis_stream::DETECTOR);
}

#[divan::bench]
fn ordinary_event_compliant(bencher: Bencher<'_, '_>) {
    bench(bencher, &sample("kms-key-lifecycle/enable-rotation-every-half-year.json"), &kms_key_lifecycle::DETECTOR);
}

#[divan::bench]
fn msk_cluster(bencher: Bencher<'_, '_>) {
    bench(bencher, &sample("msk-cluster/create-open.json"), &msk_cluster::DETECTOR);
}

#[divan::bench]
fn not_monitored(bencher: Bencher<'_, '_>) {
    bench(bencher, &sample("msk-cluster/create-open.json"), &kinesis_stream::DETECTOR);
}

/// A `CreateDeliveryStream` with every kind of destination: no real call has more to evaluate.
#[divan::bench]
fn firehose_with_every_destination(bencher: Bencher<'_, '_>) {
    let s3 = r#"{"bucketARN":"arn:aws:s3:::b","encryptionConfiguration":{"noEncryptionConfig":"NoEncryption"}}"#;
    let inner: String = ["redshift", "elasticsearch", "amazonopensearchservice", "amazonOpenSearchServerless", "splunk",
        "httpEndpoint", "snowflake", "iceberg"]
        .map(|name| format!(r#""{name}DestinationConfiguration":{{"password":"","hECToken":"t","hECEndpoint":"http://h","s3Configuration":{s3},"s3BackupConfiguration":{s3}}},"#))
        .concat();
    let text = sample("firehose-stream/create-with-open-backup.json").replace(
        r#""requestParameters":{"#,
        &format!(r#""requestParameters":{{"s3DestinationConfiguration":{s3},{inner}"#),
    );
    bench(bencher, &text, &firehose_stream::DETECTOR);
}
