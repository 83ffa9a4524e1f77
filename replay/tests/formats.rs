//! The formats of `sealwatch replay` for other tools.

use std::process::Command;

use serde_json::{Value, json};

#[test]
fn sarif_has_the_line_and_the_resource_of_each_result() {
    let folder = tempfile::tempdir().unwrap();
    let stop = |name: &str| {
        json!({"eventSource": "kinesis.amazonaws.com", "eventName": "StopStreamEncryption", "eventID": name,
            "eventTime": "2026-11-22T10:00:00Z", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "requestParameters": {"streamName": name}})
    };
    let lines = format!("{}\n{}\n", stop("orders"), stop("clicks"));
    std::fs::write(folder.path().join("events.jsonl"), lines).unwrap();
    std::fs::write(folder.path().join("log.json"), json!({"Records": [stop("a"), stop("b")]}).to_string()).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_sealwatch"))
        .args(["replay", "--format", "sarif", "events.jsonl", "log.json"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1));
    let log: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    assert_eq!(rules[0]["id"], "kinesis-stream-unencrypted");
    let results = log["runs"][0]["results"].as_array().unwrap().iter();
    let locations = results.map(|result| {
        let location = &result["locations"][0];
        let file = &location["physicalLocation"];
        let uri = file["artifactLocation"]["uri"].as_str().unwrap();
        let arn = location["logicalLocations"][0]["fullyQualifiedName"].as_str().unwrap();
        format!("{} {uri}:{} {arn}", result["level"].as_str().unwrap(), file["region"]["startLine"])
    });
    let arn = |name: &str| format!("arn:aws:kinesis:eu-west-1:111122223333:stream/{name}");
    let expected = ["events.jsonl:1 orders", "events.jsonl:2 clicks", "log.json:1 a", "log.json:1 b"].map(|location| {
        let (location, name) = location.split_once(' ').unwrap();
        format!("error {location} {}", arn(name))
    });
    assert_eq!(locations.collect::<Vec<_>>(), expected);
}

#[test]
fn sarif_names_files_by_uri_references() {
    let folder = tempfile::tempdir().unwrap();
    let stop = json!({"eventSource": "kinesis.amazonaws.com", "eventName": "StopStreamEncryption",
        "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "requestParameters": {"streamName": "a\u{7f}"}});
    let policy = json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}});
    let uris = |command: &str, content: &Value, file: &std::path::Path| {
        std::fs::write(folder.path().join(file), content.to_string()).unwrap();
        let run = Command::new(env!("CARGO_BIN_EXE_sealwatch"))
            .args([command, "--format", "sarif"])
            .arg(file)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(!run.stdout.contains(&0x7f));
        let log: Value = serde_json::from_slice(&run.stdout).unwrap();
        let uri = |result: &Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
        log["runs"][0]["results"].as_array().unwrap().iter().map(uri).collect::<Vec<_>>()
    };
    for (file, want) in
        [("a b#1.json", "a%20b%231.json"), ("%41.json", "%2541.json"), ("c:\"é.json", "c%3A%22%C3%A9.json")]
    {
        for (command, content) in [("replay", &stop), ("policy", &policy)] {
            let uris = uris(command, content, file.as_ref());
            assert!(!uris.is_empty() && uris.iter().all(|uri| uri == want), "{command} {file}: {uris:?}");
        }
    }
    let absolute = folder.path().join("a b.json");
    let uris = uris("replay", &stop, &absolute);
    assert_eq!(uris, [format!("file://{}", absolute.to_str().unwrap().replace(' ', "%20"))]);
}

#[test]
fn text_has_one_heading_for_the_findings_of_a_resource() {
    let folder = tempfile::tempdir().unwrap();
    let stop = |stream: &str, hour: u8| {
        json!({"eventSource": "kinesis.amazonaws.com", "eventName": "StopStreamEncryption", "eventID": format!("{stream}-{hour}"),
            "eventTime": format!("2026-11-22T{hour}:00:00Z"), "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "requestParameters": {"streamName": stream}})
    };
    let records = json!({"Records": [stop("orders", 10), stop("clicks", 11), stop("orders", 12)]});
    std::fs::write(folder.path().join("log.json"), records.to_string()).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_sealwatch"))
        .args(["replay", "log.json"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    for stream in ["orders", "clicks"] {
        assert_eq!(text.matches(&format!("stream/{stream}\n")).count(), 1, "{text}");
    }
    assert_eq!(text.matches("kinesis-stream-unencrypted").count(), 3 + 1, "{text}"); // and once in the summary
}
