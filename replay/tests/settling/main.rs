//! How `sealwatch replay` evaluates related records: later calls within the settle time complete earlier ones, and keys
//! are evaluated in the state that they had at the time of the call.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod cases;
mod interleavings;
mod model;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// A Region and an account.
type Scope = (&'static str, &'static str);

const HERE: Scope = ("eu-west-1", "111122223333");

/// The record of a call, `seconds` after ten o'clock.
fn record(scope: Scope, seconds: i64, name: &str, request: &Value) -> Value {
    let (region, account) = scope;
    let source = match name {
        _ if name.contains("DeliveryStream") => "firehose",
        _ if name.contains("Stream") => "kinesis",
        _ => "kms",
    };
    let mut record = json!({"eventVersion": "1.11", "eventSource": format!("{source}.amazonaws.com"), "eventName": name,
        "awsRegion": region, "recipientAccountId": account, "eventTime": time(seconds),
        "eventID": format!("{region}-{account}-{seconds}-{name}"), "requestParameters": request, "responseElements": null});
    if name == "CreateKey" {
        let arn = key_arn(scope, request["described"].as_str().unwrap());
        record["responseElements"] = json!({"keyMetadata": {"arn": arn, "keyManager": "CUSTOMER", "keyState": "Enabled",
            "keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS"}});
    }
    record
}

fn failed(mut record: Value) -> Value {
    record["errorCode"] = json!("ResourceInUseException");
    record
}

fn key_arn((region, account): Scope, id: &str) -> String {
    format!("arn:aws:kms:{region}:{account}:key/{id}")
}

/// The time `seconds` after ten o'clock, as in records.
fn time(seconds: i64) -> String {
    let seconds = 10 * 3600 + seconds;
    format!("2026-11-22T{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// All findings of a replay of these lines, or of the files in a folder.
fn replay(lines: &[Value], folder: Option<&Path>, options: &[&str]) -> Vec<Value> {
    let path = folder.map_or("-".as_ref(), Path::as_os_str);
    let mut child = Command::new(env!("CARGO_BIN_EXE_sealwatch"))
        .args(["replay", "--format", "json", "--all", "--exit-zero"])
        .args(options)
        .arg(path)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
