//! Tests of `sealwatch extract` with archives in S3.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::binaries::{Scratch, binary, wait_with_timeout};
use crate::events::{ACCOUNT, REGION, gzip, record};
use crate::fake_aws::FakeAws;
use crate::local_aws::{self, LocalAws};

/// The exit status, standard output and standard error of a command in a folder.
fn run(folder: &Scratch, endpoint: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let child = Command::new(binary("sealwatch"))
        .args(arguments)
        .current_dir(&folder.0)
        .env_clear()
        .envs([("AWS_ACCESS_KEY_ID", ACCOUNT), ("AWS_SECRET_ACCESS_KEY", "secret")])
        .envs([("AWS_ENDPOINT_URL", endpoint), ("AWS_REGION", REGION)])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let output = wait_with_timeout(child.unwrap());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A log file with a call that stops the encryption of a stream.
fn log(stream: &str) -> Vec<u8> {
    let stop = record("kinesis", "StopStreamEncryption", json!({"streamName": stream}), Value::Null);
    gzip(&json!({"Records": [stop]}).to_string())
}

fn key(day: u32, name: &str) -> String {
    format!("AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/11/{day:02}/{name}")
}

#[test]
fn the_chunks_of_a_bucket_answer_as_the_whole() {
    let mut objects: Vec<(String, Vec<u8>)> =
        (1..=23).map(|day| (key(day, "a b,ü.json.gz"), log(&format!("s-{day}")))).collect();
    objects.push((key(9, "broken.json.gz"), log("broken")[..40].to_vec()));
    objects.push((key(9, "notes.txt"), b"for people".to_vec()));
    let objects: Vec<(&str, Vec<u8>)> = objects.iter().map(|(key, bytes)| (key.as_str(), bytes.clone())).collect();
    LocalAws::connect().bucket("s3-extracts", &objects);
    let folder = Scratch::new("s3-extracts");
    let sealwatch = |arguments: &[&str]| run(&folder, &local_aws::url(), arguments);

    let (status, stdout, stderr) = sealwatch(&["extract", "--plan", "parts", "--chunk-size", "10", "s3://s3-extracts"]);
    assert_eq!((status, &*stderr), (Some(0), ""), "{stdout}");
    let plan: Value = serde_json::from_slice(&fs::read(folder.0.join("parts/plan.json")).unwrap()).unwrap();
    assert_eq!((&plan["objects"], &plan["days"], &plan["chunks"]), (&json!(24), &json!(23), &json!(3)), "{plan}");
    assert!(plan["bytes"].as_u64() > Some(1000) && plan["list_calls"].as_u64() >= Some(1), "{plan}");

    let mut replay = vec!["replay", "parts/search.gz"];
    let parts = ["1.gz", "2.gz", "3.gz"];
    for (part, unreadable) in parts.iter().zip([2, 0, 0]) {
        let keys = format!("parts/00000{}", part.replace("gz", "keys"));
        let (status, _, stderr) = sealwatch(&["extract", "-o", part, "--keys", &keys]);
        assert_eq!(status, Some(unreadable), "{stderr}");
        replay.push(part);
    }
    for format in ["text", "json", "sarif"] {
        let whole = sealwatch(&["replay", "--format", format, "s3://s3-extracts"]);
        assert_eq!((whole.0, whole.2.lines().count()), (Some(2), 1), "{whole:?}");
        assert_eq!(sealwatch(&[&replay[..], &["--format", format]].concat()), whole);
    }
}

#[test]
fn a_list_of_objects_needs_no_permission_to_list_the_bucket() {
    let s3 = FakeAws::s3_objects(vec![(key(1, "a.json.gz"), log("orders")), (key(2, "b.json.gz"), log("carts"))]);
    let folder = Scratch::new("s3-extract-keys");
    let keys = [key(2, "b.json.gz"), key(3, "missing.json.gz"), key(1, "a.json.gz")];
    fs::write(folder.0.join("list"), keys.map(|key| format!("s3://logs/{key}\n")).concat()).unwrap();
    let (status, stdout, stderr) = run(&folder, &s3.url, &["extract", "-o", "x.gz", "--keys", "list"]);
    // without permission to list the bucket, S3 denies access to what does not exist
    assert_eq!((status, &*stdout), (Some(3), ""));
    assert!(stderr.lines().count() == 1 && stderr.contains("missing.json.gz: "), "{stderr}");
    let paths: Vec<String> = s3.requests().into_iter().map(|request| request.path).collect();
    assert!(paths.iter().any(|path| path.contains("a.json.gz")), "{paths:?}");
    assert!(paths.iter().all(|path| !path.contains("list-type")), "{paths:?}");

    let (status, stdout, _) = run(&folder, &s3.url, &["replay", "--format", "json", "x.gz"]);
    let streams = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["resource"]["name"].clone());
    assert_eq!((status, streams.collect::<Vec<_>>()), (Some(2), vec![json!("carts"), json!("orders")]));
}

#[test]
fn status_3_says_that_s3_did_not_hand_over_what_it_has() {
    let refusing = |code| FakeAws::s3_refusing(code).url;
    let folder = Scratch::new("s3-extract-status");
    for (endpoint, url, listed, wanted) in [
        (refusing("AccessDenied"), "s3://logs/a.json", 3, "access denied"),
        (refusing("ExpiredToken"), "s3://logs/a.json", 3, "aws sso login"),
        (refusing("InvalidAccessKeyId"), "s3://logs/a.json", 3, "--profile"),
        (refusing("SignatureDoesNotMatch"), "s3://logs/a.json", 3, "AWS_ACCESS_KEY_ID"),
        (refusing("RequestTimeTooSkewed"), "s3://logs/a.json", 3, "clock"),
        ("http://127.0.0.1:1".to_owned(), "s3://logs/a.json", 3, "does not answer"),
        (refusing("NoSuchBucket"), "s3://logs/a.json", 2, "the bucket `logs` does not exist"),
        (refusing("InvalidBucketName"), "s3://logs/a.json", 2, "no bucket may have this name"),
        (refusing("AccessDenied"), "s3://", 2, "write `s3://bucket/"),
        (local_aws::url(), "s3://nobody-has-this-bucket/a.json", 2, "does not exist"),
    ] {
        fs::write(folder.0.join("list"), format!("{url}\n")).unwrap();
        for input in [&["--keys", "list"][..], &[url]] {
            let (status, _, stderr) = run(&folder, &endpoint, &[&["extract", "-o", "x.gz"], input].concat());
            assert_eq!(status, Some(listed), "{url} {input:?}: {stderr}");
            assert!(stderr.contains(url) && stderr.contains(wanted), "{wanted}: {stderr}");
        }
    }
}
