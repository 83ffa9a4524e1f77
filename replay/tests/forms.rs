//! `sealwatch replay` of records in the forms that people have: what is read, what is rejected by name.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod support;
#[path = "support/zip.rs"]
mod zip;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use support::gzip;
use zip::zip;

/// The result of a run.
#[derive(Debug)]
struct Run {
    status: Option<i32>,
    findings: Vec<Value>,
    stderr: String,
}

impl Run {
    /// The names of the streams with an unencrypted-stream violation, in the order of the output.
    fn streams(&self) -> Vec<&str> {
        let violations = self.findings.iter().filter(|finding| finding["rule"] == "kinesis-stream-unencrypted");
        violations.map(|finding| finding["resource"]["name"].as_str().unwrap()).collect()
    }
}

/// Replays a folder that holds these files, or each file by its name.
fn replay(files: &[(&str, &[u8])], named: bool) -> Run {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("forms-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
    let paths: Vec<&str> = if named { files.iter().map(|(name, _)| *name).collect() } else { vec!["."] };
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealwatch"));
    let output = command.args(["replay", "--format", "json"]).args(paths).env_clear().current_dir(&folder).output();
    let output = output.unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    Run {
        status: output.status.code(),
        findings: stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Replays one file in a folder.
fn replay_file(name: &str, bytes: impl AsRef<[u8]>) -> Run {
    replay(&[(name, bytes.as_ref())], false)
}

/// A record of a call that stops the encryption of a stream.
fn stop(stream: &str, id: &str) -> Value {
    json!({
        "eventVersion": "1.11", "userIdentity": {"type": "IAMUser", "accountId": "444455556666", "userName": "lea"},
        "eventTime": "2026-10-03T07:15:09Z", "eventSource": "kinesis.amazonaws.com",
        "eventName": "StopStreamEncryption", "awsRegion": "eu-central-1", "sourceIPAddress": "198.51.100.20",
        "requestParameters": {"streamName": stream, "encryptionType": "KMS", "keyId": "alias/aws/kinesis"},
        "responseElements": null, "requestID": format!("request {stream}"), "eventID": id,
        "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "444455556666",
        "eventCategory": "Management"
    })
}

fn base64(bytes: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(bytes)
}

fn log(records: &[Value]) -> String {
    json!({"Records": records}).to_string()
}

#[test]
fn records_with_the_same_masked_id_are_different_and_copies_are_one() {
    for masked in ["REDACTED", "00000000-0000-0000-0000-000000000000", "xxxxxxxx", "****", ""] {
        let mut same_request = stop("carts", masked);
        same_request["requestID"] = json!("request orders");
        let records = [stop("orders", masked), same_request, stop("orders", masked)];
        let run = replay_file("masked.json", log(&records));
        assert_eq!((run.status, run.streams()), (Some(1), vec!["orders", "carts"]), "{masked}: {run:#?}");
    }
    let mut later = stop("orders", "MASKED");
    later["eventTime"] = json!("2026-10-03T08:00:00Z");
    let run = replay_file("masked.json", log(&[stop("orders", "MASKED"), later]));
    assert_eq!(run.findings.len(), 2);
    assert_ne!(run.findings[0]["id"], run.findings[1]["id"]);
    assert_eq!(run.findings[0]["fingerprint"], run.findings[1]["fingerprint"]);
}

#[test]
fn the_same_record_in_two_forms_is_evaluated_once() {
    let record = stop("orders", "6f3c1f0e-51fa-4c0b-9a53-0e6b1f2f4a11");
    let mut lake = record.clone();
    lake["eventTime"] = json!("2026-10-03 07:15:09.000");
    let event = json!({"detail-type": "AWS API Call via CloudTrail", "detail": record});
    let files = [log(std::slice::from_ref(&record)), event.to_string(), format!("{record:#}"), lake.to_string()];
    let files: Vec<(String, &String)> =
        files.iter().enumerate().map(|(at, text)| (format!("{at}.json"), text)).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let run = replay(&files, false);
    assert_eq!((run.status, run.streams()), (Some(1), vec!["orders"]), "{run:#?}");
}

#[test]
fn an_update_replaces_the_record_that_it_names() {
    let first = stop("orders", "0b0f4c52-0d4e-4a67-8d5c-9a8de11e3d01");
    let mut second = stop("orders", "0b0f4c52-0d4e-4a67-8d5c-9a8de11e3d02");
    let addendum = |reason: &str| {
        json!({"reason": reason, "updatedFields": "responseElements",
            "originalEventID": first["eventID"], "originalRequestID": first["requestID"]})
    };
    second["addendum"] = addendum("UPDATED_DATA");
    for records in [[&first, &second], [&second, &first]] {
        let run = replay_file("log.json", log(&records.map(Value::clone)));
        let ids: Vec<&Value> = run.findings.iter().map(|finding| &finding["event"]["id"]).collect();
        assert_eq!((run.status, ids), (Some(1), vec![&second["eventID"]]));
    }
    assert_eq!(replay_file("log.json", second.to_string()).streams(), ["orders"], "the original is not in the input");
    let mut failed = second.clone();
    failed["errorCode"] = json!("AccessDenied");
    let run = replay_file("log.json", log(&[first.clone(), failed]));
    assert_eq!(run.status, Some(0), "the update says that the call failed: {run:#?}");
    for reason in ["DELIVERY_DELAY", "SERVICE_OUTAGE"] {
        second["addendum"] = addendum(reason);
        assert_eq!(replay_file("log.json", log(&[first.clone(), second.clone()])).findings.len(), 2, "{reason}");
    }
}

#[test]
fn compressed_records_in_documents_are_read() {
    let message = json!({"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": stop("orders", "e-1").to_string()}]});
    let data = base64(&gzip(message.to_string().as_bytes()));
    for document in [
        json!({"awslogs": {"data": data}}),
        json!({"Records": [{"eventSource": "aws:kinesis", "eventName": "aws:kinesis:record", "kinesis": {"data": data}}]}),
        json!({"Records": [{"Data": data, "SequenceNumber": "1"}], "MillisBehindLatest": 0}),
    ] {
        assert_eq!(replay_file("a.json", document.to_string()).streams(), ["orders"], "{document}");
    }
    let run = replay_file("a.json", json!({"awslogs": {"data": base64(&gzip(b"x")[..12])}}).to_string());
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("a.json: line 1: `awslogs.data` cannot be decompressed"), "{run:#?}");
}

#[test]
fn a_form_that_is_not_read_is_rejected_if_it_mentions_a_monitored_call() {
    let record = stop("orders", "e-1").to_string();
    for (document, named) in [
        (json!({"envelope": {"line": record}, "host": "h"}), "an object with `envelope`, `host`"),
        (json!({"event": {"action": "StopStreamEncryption", "provider": "kinesis.amazonaws.com"}}), "`event`"),
        (
            json!({"results": [[{"field": "eventSource", "value": "kinesis.amazonaws.com"},
            {"field": "eventName", "value": "StopStreamEncryption"}]]}),
            "`eventName` cells",
        ),
        (json!({"result": {"_raw": &record[..record.len() - 20]}}), "`result`"),
        (json!({"Events": [], "more": record}), "`Events`, `more`"),
    ] {
        for by_name in [false, true] {
            let run = replay(&[("a.json", document.to_string().as_bytes())], by_name);
            assert_eq!((run.status, run.findings.len()), (Some(2), 0), "{document}: {run:#?}");
            let says = if named.ends_with("cells") { "`kinesis.amazonaws.com`" } else { named };
            assert!(run.stderr.contains("a.json: line 1") && run.stderr.contains(says), "{named}: {run:#?}");
            assert!(run.stderr.contains("the call `StopStreamEncryption`"), "{run:#?}");
        }
    }
}

#[test]
fn descriptions_of_calls_and_empty_answers_are_no_errors() {
    let pattern = json!({"source": ["aws.kinesis"], "detail": {
        "eventSource": ["kinesis.amazonaws.com"], "eventName": ["StopStreamEncryption", "CreateStream"]}});
    let rule = json!({"Name": "r", "EventPattern": pattern.to_string(), "State": "ENABLED"});
    let policy = json!({"Statement": [{"Action": "kinesis:StopStreamEncryption", "Principal": {"Service": "kafka.amazonaws.com"}}]});
    for document in [pattern, rule, policy, json!({"configurationItems": [{"resourceType": "AWS::KMS::Key"}]})] {
        let run = replay_file("a.json", document.to_string());
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{document}");
    }
    for empty in ["{\"Events\":[]}", "{\"events\":[],\"searchedLogStreams\":[]}", "{\"Records\":[]}", "[]"] {
        for named in [false, true] {
            let run = replay(&[("a.json", empty.as_bytes())], named);
            assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{empty}");
        }
    }
}

#[test]
fn a_file_without_records_that_is_named_is_an_error_and_a_policy_has_its_own() {
    let policy = json!({"Statement": [{"Action": "kms:*"}]}).to_string();
    let policies = format!("{policy}\n{}", json!({"a": 1}));
    let no_record = "no CloudTrail record and no facts";
    let evaluate = "this is a policy, not a record: evaluate it with `sealwatch policy`";
    for (content, says) in [(policy.as_str(), evaluate), (&policies, evaluate), ("{\"a\": 1}", no_record)] {
        let run = replay(&[("a.json", content.as_bytes())], true);
        assert_eq!(run.status, Some(2), "{content}");
        assert!(run.stderr.ends_with(&format!("a.json: {says}\n")), "{content}: {}", run.stderr);
        assert_eq!(replay(&[("a.json", content.as_bytes())], false).status, Some(0));
    }
}

#[test]
fn logs_that_cloudwatch_exports_are_read() {
    let line = |stream: &str| format!("2026-10-03T07:15:10.000Z {}\n", stop(stream, stream));
    let text = format!("{}2026-10-03T07:15:11.000Z START RequestId: 1\n{}", line("orders"), line("carts"));
    assert_eq!(replay_file("000000.gz", gzip(text.as_bytes())).streams(), ["orders", "carts"]);
    let other = gzip(b"2026-10-03T07:15:11.000Z START RequestId: 1\n");
    assert_eq!(replay_file("000000.gz", other).status, Some(0));
}

fn utf_16(text: &str) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn text_of_windows_is_read() {
    let text = log(&[stop("orders", "e-1")]);
    for bytes in
        [utf_16(&text), utf_16(&text)[2..].to_vec(), format!("\u{feff}{text}").into_bytes(), gzip(utf_16(&text))]
    {
        let run = replay(&[("a.json", &bytes)], true);
        assert_eq!((run.status, run.streams()), (Some(1), vec!["orders"]), "{run:#?}");
    }
}

#[test]
fn zip_zstandard_and_gzip_within_gzip_are_read() {
    let text = |stream: &str| log(&[stop(stream, stream)]).into_bytes();
    let compressed = ruzstd::encoding::compress_to_vec(&text("b")[..], ruzstd::encoding::CompressionLevel::Fastest);
    let twice = gzip(gzip(text("c")));
    let inner = gzip(text("e"));
    let archive = zip(
        &[
            ("logs/d.json", &text("d")),
            ("e.json.gz", &inner),
            ("trail.log", &text("f")),
            ("__MACOSX/._d.json", b"\0"),
            ("a.md", b"x"),
        ],
        0,
    );
    let files: [(&str, &[u8]); 4] =
        [("a.json", &text("a")), ("b.json.zst", &compressed), ("c.json.gz", &twice), ("d.zip", &archive)];
    for named in [false, true] {
        let run = replay(&files, named);
        assert_eq!((run.status, run.streams()), (Some(1), vec!["a", "b", "c", "d", "e", "f"]), "{run:#?}");
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let csv = b"eventTime,eventSource,eventName\n2026,kinesis.amazonaws.com,StopStreamEncryption\n";
    let secret = zip(&[("s.json", b"{}")], 1);
    for (name, bytes, says) in [
        ("a.csv", &csv[..], "a.csv: CSV with CloudTrail events"),
        ("a.zip", &secret, "a.zip/s.json: encrypted"),
        ("a.zip", &zip(&[("b.zip", &secret)], 0), "a.zip/b.zip: a ZIP archive in a ZIP archive"),
        ("a.zip", &zip(&[("b.json", b"{\"a\":"), ("c.log", b"{\"oops\"\n")], 0), "a.zip/b.json: line 1: is not JSON"),
        ("a.zip", &secret[..40], "a.zip: a damaged ZIP archive"),
        ("a.json.zst", b"\x28\xb5\x2f\xfd\0", "a.json.zst: cannot be decompressed"),
        ("a.json", b"\xff\xfe{", "a.json: damaged UTF-16"),
    ] {
        let run = replay_file(name, bytes);
        assert_eq!((run.status, run.stderr.lines().count()), (Some(2), 1), "{says}: {run:#?}");
        assert!(run.stderr.contains(says), "{says}: {run:#?}");
    }
    assert_eq!(replay_file("a.csv", "name,size\n").status, Some(0), "other CSV");
    assert_eq!(replay_file("a.zip", zip(&[("a.md", b"x")], 0)).status, Some(0), "other ZIP");
    assert_eq!(replay(&[("a.zip", &zip(&[("a.md", b"x")], 0))], true).status, Some(2));
}

#[test]
fn the_problems_of_an_archive_are_in_the_order_of_its_files() {
    let incomplete_fact: &[u8] = br#"{"KeyRotationEnabled":true}"#;
    let archive = zip(&[("a.json", incomplete_fact), ("b.json", b"{\"eventName\":"), ("c.json", incomplete_fact)], 0);
    let run = replay_file("x.zip", archive);
    let at = |file: &str| run.stderr.find(&format!("x.zip/{file}: ")).unwrap_or_else(|| panic!("{file}: {run:?}"));
    assert!(at("a.json") < at("b.json") && at("b.json") < at("c.json"), "{}", run.stderr);
}
