//! A function that is deployed to the local AWS. It runs the real binary, and schedules can invoke it.

use std::fs;
use std::time::{Duration, Instant};

use aws_smithy_types::base64;
use flate2::Crc;
use serde_json::{Value, json};

use crate::binaries::{Scratch, binary};
use crate::events::{ACCOUNT, REGION};
use crate::http::post;
use crate::local_aws;

/// How late a schedule may be. The local AWS checks for due schedules every ten seconds.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A deployed function.
#[derive(Debug)]
pub(crate) struct LocalFunction {
    name: String,
    /// Contains the file `log` with the output.
    folder: Scratch,
}

impl LocalFunction {
    /// Deploys a binary. The name contains the process id, because the local AWS may outlive this process.
    pub(crate) fn deploy(package: &str, environment: &[(&str, &str)]) -> LocalFunction {
        let name = format!("{package}-{}", std::process::id());
        let folder = Scratch::new(&name);
        let (program, log) = (binary(package), folder.0.join("log"));
        // The binary itself is too large for a zip file in a request.
        let bootstrap = format!("#!/bin/sh\nexec '{}' >>'{}' 2>&1\n", program.display(), log.display());
        let mut variables = json!({"AWS_ENDPOINT_URL": local_aws::url()});
        for (name, value) in environment {
            variables[name] = json!(value);
        }
        let function = json!({
            "FunctionName": name,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Role": format!("arn:aws:iam::{ACCOUNT}:role/function"),
            "Timeout": 60,
            "Environment": {"Variables": variables},
            "Code": {"ZipFile": base64::encode(zip_file("bootstrap", bootstrap.as_bytes()))},
        });
        let response = call("/2015-03-31/functions", &function);
        assert!(response["FunctionArn"].is_string(), "the deployment failed: {response:#}");
        fs::write(&log, "").unwrap();
        LocalFunction { name, folder }
    }

    /// Invokes the function and waits for its response.
    #[track_caller]
    pub(crate) fn invoke(&self, event: &Value) {
        let response = call(&format!("/2015-03-31/functions/{}/invocations", self.name), event);
        assert_eq!(response, Value::Null, "the invocation failed: {:#?}", self.lines());
    }

    /// The lines that the function has written.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.0.join("log")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| json!(line))).collect()
    }

    /// Waits until the function has written the counts of this many re-checks.
    #[track_caller]
    pub(crate) fn wait_for_rechecks(&self, wanted: usize) -> Vec<Value> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let mut lines = self.lines();
            lines.retain(|line| line["Rechecked"] == 1);
            if lines.len() >= wanted {
                return lines;
            }
            assert!(Instant::now() < deadline, "{} re-checks, expected {wanted}: {:#?}", lines.len(), self.lines());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Calls the local Lambda. The local AWS reads the account and Region from the signature and does not verify it.
fn call(path: &str, body: &Value) -> Value {
    let scope = format!("{ACCOUNT}/20261122/{REGION}/lambda/aws4_request");
    let signature = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
    let host = local_aws::url().trim_start_matches("http://").to_owned();
    let response = post(&host, path, &[("authorization", &signature)], body.to_string().as_bytes());
    serde_json::from_slice(&response).unwrap_or(Value::Null)
}

/// A zip file with one uncompressed file.
///
/// <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>
fn zip_file(name: &str, contents: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(contents);
    let size = (contents.len() as u32).to_le_bytes();
    // version, flags, method, time, date; checksum and sizes; lengths of the name and the extra field
    let common = [
        &[10, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..],
        &crc.sum().to_le_bytes(),
        &size,
        &size,
        &(name.len() as u16).to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    let local = [b"PK\x03\x04", &common[..], name.as_bytes(), contents].concat();
    // length of the comment, disk number, attributes, offset of the file
    let central = [b"PK\x01\x02\x14\x03", &common[..], &[0; 14], name.as_bytes()].concat();
    let end = [
        b"PK\x05\x06\0\0\0\0\x01\0\x01\0",
        &(central.len() as u32).to_le_bytes()[..],
        &(local.len() as u32).to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    [local, central, end].concat()
}
