//! A process that is killed leaves nothing behind: no part of a file, no temporary file, and a status that says so.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::Folder;
use crate::support::gzip;

const SIGNALS: [(&str, i32); 4] = [("HUP", 1), ("INT", 2), ("KILL", 9), ("TERM", 15)];

/// An archive that takes some tenths of a second to read in a debug build, with more monitored calls than wait in memory.
fn archive() -> Folder {
    let folder = Folder::new();
    fs::create_dir_all(folder.0.join("tmp")).unwrap();
    let record = r#"{"eventVersion":"1.11","eventTime":"2026-11-20T10:00:00Z","eventSource":"kinesis.amazonaws.com","eventName":"CreateStream","awsRegion":"eu-west-1","recipientAccountId":"111122223333","eventID":"NUMBER","requestParameters":{"streamName":"s-NUMBER","shardCount":1},"responseElements":null,"userAgent":"AGENT"}"#;
    let record = record.replace("AGENT", &"agent ".repeat(100));
    for file in 0..40 {
        let records = (0..60).map(|number| record.replace("NUMBER", &format!("{file}-{number}")));
        folder.write(
            format!("in/{file}.json.gz"),
            gzip(format!(r#"{{"Records":[{}]}}"#, records.collect::<Vec<_>>().join(","))),
        );
    }
    folder
}

fn start(folder: &Folder, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_sealwatch"))
        .args(arguments)
        .env_clear()
        .env("TMPDIR", folder.0.join("tmp"))
        .current_dir(&folder.0)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// All files below a folder, with their content.
fn files(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.0.clone()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&folder.0).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Runs a command to its end, then kills it at random moments. Tells `check` what was there before and after, and how it
/// ended: as if nothing had happened, or by the signal. Some of the processes must have died by it.
fn kill_at_random_moments(
    folder: &Folder,
    arguments: &[&str],
    check: impl Fn(&BTreeMap<String, Vec<u8>>, BTreeMap<String, Vec<u8>>, ExitStatus),
) {
    let run = || {
        let (before, begun) = (files(folder), Instant::now());
        let status = start(folder, arguments).wait().unwrap();
        let time = begun.elapsed();
        assert!(status.success(), "{status}");
        check(&before, files(folder), status);
        u64::try_from(time.as_micros()).unwrap()
    };
    run(); // the first one reads the program from disk
    let whole = run();

    let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut killed = 0;
    for (name, number) in SIGNALS.iter().cycle().take(60) {
        if killed == 12 {
            break;
        }
        let before = files(folder);
        let mut child = start(folder, arguments);
        let moment = random.next_u64() % whole;
        thread::sleep(Duration::from_micros(moment));
        let id = child.id().to_string();
        let _ = Command::new("kill").args([&format!("-{name}"), &id]).stderr(Stdio::null()).status(); // it may have ended
        let status = child.wait().unwrap();
        assert!(status.success() || status.signal() == Some(*number), "{name} after {moment} us: {status}");
        killed += usize::from(!status.success());
        check(&before, files(folder), status);
    }
    assert!(killed >= 3, "only {killed} of 60 processes were killed before their end");
}

// On Linux: elsewhere a file needs a name while it is written, and a killed process leaves it.

#[cfg(target_os = "linux")]
#[test]
fn a_killed_extract_leaves_the_file_of_before_or_the_complete_one() {
    const BEFORE: &str = "what was there before";
    let folder = archive();
    assert_eq!(folder.run(&["extract", "-o", "complete.gz", "in"]).status, Some(0));
    folder.write("out.gz", BEFORE);
    let arguments = ["extract", "-o", "out.gz", "--no-progress", "in"];
    kill_at_random_moments(&folder, &arguments, |before, mut after, status| {
        // in the instant in which it replaces the other
        let complete = after["complete.gz"].clone();
        after.retain(|name, content| !(name.ends_with(".part") && *content == complete));
        assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
        let complete = after["out.gz"] == after["complete.gz"];
        assert!(complete || (after["out.gz"] == BEFORE.as_bytes() && !status.success()), "{status}");
        folder.write("out.gz", BEFORE);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_plan_leaves_only_complete_lists() {
    let folder = archive();
    assert_eq!(folder.run(&["extract", "--plan", "complete", "--chunk-size", "1", "in"]).status, Some(0));
    let arguments = ["extract", "--plan", "parts", "--chunk-size", "1", "--no-progress", "in"];
    kill_at_random_moments(&folder, &arguments, |before, after, status| {
        for (name, content) in &after {
            let complete = name.replace("parts/", "complete/");
            assert!(before.get(&complete) == Some(content), "{name} is not complete");
        }
        let lists = after.keys().filter(|name| name.starts_with("parts/")).count();
        assert!(!status.success() || lists == 42, "{lists} lists"); // one for each file, search.gz and plan.json
        let _ = fs::remove_dir_all(folder.0.join("parts")); // it may not have been there yet
    });
}

#[test]
fn a_killed_replay_leaves_no_temporary_file() {
    let arguments = ["replay", "--exit-zero", "--no-progress", "in"];
    kill_at_random_moments(&archive(), &arguments, |before, after, _| assert_eq!(after, *before));
}
