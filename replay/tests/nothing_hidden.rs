//! Nothing hides findings in silence: not a reader that goes away, not a full disk, not the settings.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn sealwatch(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealwatch"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A call that violates `kinesis-stream-unencrypted`.
fn stop_encryption(stream: &str) -> Value {
    json!({"eventSource": "kinesis.amazonaws.com", "eventName": "StopStreamEncryption", "eventID": stream,
        "eventTime": "2026-11-22T10:00:00Z", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
        "requestParameters": {"streamName": stream}})
}

/// A folder with more output than fits into a pipe.
fn folder_with_many_violations() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = (0..300).map(|number| format!("{}\n", stop_encryption(&format!("stream-{number}")))).collect();
    fs::write(folder.path().join("events.jsonl"), lines).unwrap();
    folder
}

#[test]
fn a_reader_that_goes_away_does_not_change_the_exit_status() {
    let folder = folder_with_many_violations();
    fs::write(folder.path().join("broken.json"), "{").unwrap();
    for (arguments, status) in [
        (&["replay", "--format", "json", "events.jsonl"][..], 1),
        (&["replay", "--format", "text", "events.jsonl"], 1),
        (&["replay", "--format", "sarif", "events.jsonl"], 1),
        (&["replay", "--format", "json", "broken.json", "events.jsonl"], 2),
        (&["rules"], 0),
        (&["explain", "kms-key-disabled"], 0),
    ] {
        let mut child =
            sealwatch(folder.path(), arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        let (text, expected) = (stderr(&output), if status == 2 { "sealwatch: broken.json: " } else { "" });
        assert!(text.lines().count() <= 1 && text.starts_with(expected), "{arguments:?}: {text}");
    }
}

#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    let folder = folder_with_many_violations();
    fs::write(folder.path().join("broken.json"), "{").unwrap();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for arguments in [&["replay", "events.jsonl"][..], &["replay", "--format", "sarif", "events.jsonl"], &["rules"]] {
        let output = sealwatch(folder.path(), arguments).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(
            stderr(&output),
            "sealwatch: cannot write standard output: No space left on device (os error 28); free disk space, or name a file on another disk\n"
        );
    }
    for (arguments, status) in [
        (&["replay", "broken.json", "events.jsonl"][..], 2),
        (&["replay", "missing.json"], 2),
        (&["policy", "broken.json"], 2),
        (&["replay", "--settings", "broken.json", "events.jsonl"], 2),
        (&["replay", "--no-such-option"], 2),
    ] {
        let output = sealwatch(folder.path(), arguments).stderr(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
    }
}

#[test]
fn an_exception_ends_for_input_without_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let everybody = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]});
    fs::write(folder.path().join("policy.json"), everybody.to_string()).unwrap();
    let mut call = stop_encryption("orders");
    call.as_object_mut().unwrap().remove("eventTime");
    fs::write(folder.path().join("call.json"), call.to_string()).unwrap();
    for (until, status) in [("2020-01-31", 1), ("2999-12-31", 0)] {
        let exceptions: String =
            ["kms-key-policy-public", "kms-key-policy-unbounded-grants", "kms-key-policy-mixed-duties"]
                .into_iter()
                .chain(["kinesis-stream-unencrypted"])
                .map(|rule| {
                    format!(
                        "[[exceptions]]\nrule = \"{rule}\"\nresource = \"*\"\nuntil = {until}\nreason = \"a test\"\n"
                    )
                })
                .collect();
        fs::write(folder.path().join("sealwatch.toml"), exceptions).unwrap();
        let policy = ["policy", "--account", "111122223333", "policy.json"];
        for arguments in [&policy[..], &["replay", "call.json"]] {
            let output = sealwatch(folder.path(), arguments).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(status), "{until} {arguments:?}: {text}");
            assert_eq!(text.contains("An exception for it ended on 2020-01-31 (a test)."), status == 1, "{text}");
        }
    }
}

#[test]
fn settings_that_cannot_be_read_are_not_missing_settings() {
    let folder = folder_with_many_violations();
    let file = folder.path().join("sealwatch.toml");
    let message = |arguments: &[&str]| {
        let output = sealwatch(folder.path(), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        stderr(&output)
    };
    let mut messages = Vec::new();
    symlink("nowhere.toml", &file).unwrap();
    messages.push(message(&["replay", "events.jsonl"]));
    fs::remove_file(&file).unwrap();
    symlink("sealwatch.toml", &file).unwrap();
    messages.push(message(&["rules"]));
    fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    messages.push(message(&["replay", "events.jsonl"]));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    messages.push(message(&["replay", "events.jsonl"]));
    messages.push(message(&["replay", "--settings", "/dev/zero", "events.jsonl"]));
    insta::assert_snapshot!(messages.concat(), @"
    sealwatch: settings sealwatch.toml: the link leads to no file: No such file or directory (os error 2); remove it, or name other settings with `--settings`
    sealwatch: settings sealwatch.toml: the link leads to no file: Too many levels of symbolic links (os error 40); remove it, or name other settings with `--settings`
    sealwatch: settings sealwatch.toml: this is not a file; remove it, or name other settings with `--settings`
    sealwatch: settings sealwatch.toml: this is not a file; remove it, or name other settings with `--settings`
    sealwatch: settings /dev/zero: larger than 1 MiB: this is not a settings file
    ");
}

#[test]
fn rules_that_are_switched_off_are_named() {
    let folder = folder_with_many_violations();
    let off = |rule: &str| format!("[rules.{rule}]\nenabled = false\n");
    let rules = sealwatch(folder.path(), &["rules", "--format", "json"]).output().unwrap().stdout;
    let rules = String::from_utf8(rules).unwrap();
    let ids = rules.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned());
    let settings: String = ids.map(|id| off(&id)).collect();
    fs::write(folder.path().join("all-off.toml"), settings).unwrap();
    fs::write(
        folder.path().join("some-off.toml"),
        off("kinesis-stream-unencrypted") + &off("kms-key-policy-public") + &off("kms-key-disabled"),
    )
    .unwrap();
    let run = |arguments: &[&str]| {
        let output = sealwatch(folder.path(), arguments).output().unwrap();
        let text = String::from_utf8(output.stdout.clone()).unwrap() + &stderr(&output);
        (output.status.code(), text.lines().filter(|line| line.contains("switch")).collect::<Vec<_>>().join("\n"))
    };
    fs::write(folder.path().join("policy.json"), r#"{"Version": "2012-10-17", "Statement": []}"#).unwrap();
    let everything = run(&["replay", "--settings", "all-off.toml", "events.jsonl"]);
    let the_only_one = run(&["replay", "--settings", "some-off.toml", "--rule", "kms-key-disabled", "events.jsonl"]);
    assert_eq!(everything, the_only_one);
    insta::assert_debug_snapshot!(everything, @r#"
    (
        Some(
            2,
        ),
        "sealwatch: the settings switch off every rule that would be evaluated: remove `enabled = false` from one, or name other settings with `--settings`",
    )
    "#);
    insta::assert_debug_snapshot!(run(&["replay", "--settings", "some-off.toml", "events.jsonl"]), @r#"
    (
        Some(
            0,
        ),
        "3 rules switched off by the settings: kinesis-stream-unencrypted, kms-key-disabled, kms-key-policy-public",
    )
    "#);
    let policy = ["policy", "--settings", "some-off.toml", "--account", "111122223333", "policy.json"];
    insta::assert_debug_snapshot!(run(&policy), @r#"
    (
        Some(
            1,
        ),
        "1 rule switched off by the settings: kms-key-policy-public",
    )
    "#);
}

#[test]
fn no_output_moves_or_hides_text() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "x\u{1b}[2J\u{9b}\u{7f}\u{202e}\u{2066}\u{200b}\u{61c}\u{ad}\u{e0041}y";
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Sid": hostile, "Effect": "Allow",
        "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": hostile}}}]});
    let mut call = stop_encryption(hostile);
    call["userIdentity"] = json!({"arn": hostile, "type": hostile});
    call["recipientAccountId"] = json!(hostile);
    fs::write(folder.path().join(format!("{hostile}.json")), policy.to_string()).unwrap();
    fs::write(folder.path().join("call.json"), call.to_string()).unwrap();
    fs::write(folder.path().join(format!("broken{hostile}.json")), "{\"Records\":[{\"eventVersion\":\"1\u{202e}\"")
        .unwrap();
    let text = hostile.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect::<String>();
    let exception =
        format!("[[exceptions]]\nrule = \"kms-key-disabled\"\nresource = \"{text}\"\nreason = \"{text}\"\n");
    fs::write(folder.path().join("good.toml"), exception).unwrap();
    fs::write(folder.path().join("bad.toml"), format!("[\"{text}\"]\n\"{text}\" = 1\n")).unwrap();
    fs::write(folder.path().join("worse.toml"), format!("# {hostile}\n[{hostile}\n")).unwrap();
    let policy = format!("{hostile}.json");
    let broken = format!("broken{hostile}.json");
    let mut runs = vec![
        vec!["rules", "--exceptions", "--settings", "good.toml"],
        vec!["rules", "--exceptions", "--format", "json", "--settings", "good.toml"],
        vec!["rules", "--settings", "bad.toml"],
        vec!["rules", "--settings", "worse.toml"],
        vec!["rules", "--settings", &policy],
        vec!["replay", &broken],
        vec!["replay", hostile],
        vec!["explain", hostile],
    ];
    for format in ["text", "json", "sarif"] {
        runs.push(vec!["policy", "--account", "111122223333", "--format", format, &policy]);
        runs.push(vec!["policy", "--format", format, &broken]);
    }
    for format in ["text", "json", "sarif", "ocsf", "sns"] {
        runs.push(vec!["replay", "--all", "--format", format, "call.json"]);
    }
    for arguments in runs {
        let output = sealwatch(folder.path(), &arguments).output().unwrap();
        for bytes in [output.stdout, output.stderr] {
            let text = String::from_utf8(bytes).unwrap();
            let unsafe_character = text.chars().find(|c| *c != '\n' && hostile.contains(*c) && !c.is_ascii_graphic());
            assert_eq!(unsafe_character, None, "{arguments:?}: {text:?}");
        }
    }
}
