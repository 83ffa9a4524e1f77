//! Signals at any moment: no half-written file, no temporary file, and the exit status is the signal.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::{Folder, PROGRAM};

const SIGNALS: [(i32, &str); 4] = [(1, "HUP"), (2, "INT"), (3, "QUIT"), (15, "TERM")];

/// A number that looks random. `seed` becomes the next one.
fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

fn start(folder: &Folder, arguments: &[&str]) -> Child {
    let mut command = Command::new("sh"); // QUIT dumps no core
    command.args(["-c", "ulimit -c 0; exec \"$0\" \"$@\"", PROGRAM]).args(arguments).current_dir(&folder.0);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap().success());
}

/// Stops a command at `tries` moments of its run. Each time, `before` must be there, or what a whole run leaves.
fn stop_at_random(name: &str, tries: u32, arguments: &[&str], before: &[(&str, &str)]) {
    let folder = Folder::with_archive(20);
    let prepare = || {
        for path in folder.content().into_keys().rev() {
            let path = folder.0.join(path);
            if path.is_dir() { std::fs::remove_dir(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
        }
        before.iter().for_each(|(name, text)| std::fs::write(folder.0.join(name), text).unwrap());
    };
    prepare();
    let before: BTreeMap<String, Vec<u8>> = folder.content();
    let started = Instant::now();
    let whole_status = start(&folder, arguments).wait().unwrap();
    let took = started.elapsed();
    let after = folder.content();
    let mut seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    println!("{name}: seed {seed}, a whole run takes {took:?}");
    let mut stopped = 0;
    for number in 0..tries {
        prepare();
        let (signal, word) = SIGNALS[random(&mut seed) as usize % SIGNALS.len()];
        let micros = random(&mut seed) % took.as_micros() as u64;
        let mut child = start(&folder, arguments);
        sleep(Duration::from_micros(micros));
        send(word, &child);
        let status = child.wait().unwrap();
        let there = folder.content();
        let what = format!("{name}, try {number}: {word} after {micros} µs: {status}, {:?}", there.keys());
        match status.signal() {
            Some(by) => {
                assert_eq!(by, signal, "{what}");
                assert!(there == before || there == after, "{what}");
                stopped += 1;
            }
            None => {
                assert_eq!(status, whole_status, "{what}"); // it was faster
                assert!(there == after, "{what}");
            }
        }
    }
    println!("{name}: {stopped} of {tries} were stopped");
}

#[test]
fn an_extract_that_is_stopped_leaves_the_old_file() {
    stop_at_random("extract -o", 12, &["extract", "-o", "out.gz", "in"], &[("out.gz", "old")]);
}

#[test]
fn an_extract_that_is_stopped_leaves_no_file() {
    stop_at_random("extract -o, new", 6, &["extract", "-o", "out.gz", "in"], &[]);
}

#[test]
fn a_plan_that_is_stopped_leaves_no_folder() {
    stop_at_random("extract --plan", 10, &["extract", "--plan", "a/b", "--chunk-size", "1", "in"], &[]);
}

#[test]
fn a_replay_that_is_stopped_leaves_nothing() {
    stop_at_random("replay", 6, &["replay", "in"], &[]);
}

/// Waits until a file that is being written exists.
fn wait_for_part(folder: &Folder) -> String {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(part) = folder.content().into_keys().find(|name| name.ends_with(".part")) {
            return part;
        }
        assert!(Instant::now() < deadline, "no file is written");
        sleep(Duration::from_millis(1));
    }
}

/// An extract of a standard input that does not end.
fn endless(folder: &Folder, before: &str) -> Child {
    let script = format!("{before} exec \"$0\" extract -o out.gz -");
    let mut command = Command::new("sh");
    command.args(["-c", &script, PROGRAM]).current_dir(&folder.0).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_signal_while_a_file_is_written_removes_only_that_of_the_process() {
    for (signal, word) in SIGNALS {
        let folder = Folder::new();
        let mut child = endless(&folder, "ulimit -c 0;");
        wait_for_part(&folder);
        std::fs::write(folder.0.join(".sealwatch-other.part"), "of another process").unwrap();
        sleep(Duration::from_millis(20));
        send(word, &child);
        assert_eq!(child.wait().unwrap().signal(), Some(signal));
        assert_eq!(folder.content().into_keys().collect::<Vec<_>>(), [".sealwatch-other.part"], "{word}");
    }
}

#[test]
fn a_signal_that_the_process_was_started_to_ignore_is_ignored() {
    let folder = Folder::new();
    let mut child = endless(&folder, "trap '' HUP;"); // as nohup does
    wait_for_part(&folder);
    sleep(Duration::from_millis(20));
    send("HUP", &child);
    sleep(Duration::from_millis(50));
    drop(child.stdin.take());
    let status = child.wait().unwrap();
    assert_eq!(
        (status.signal(), status.code()),
        (None, Some(2)),
        "an empty input is an error, and the extract says so"
    );
    assert_eq!(folder.content().into_keys().collect::<Vec<_>>(), ["out.gz"]);
}

#[test]
fn a_kill_that_no_process_sees_leaves_a_file_that_no_replay_reads() {
    let folder = Folder::new();
    let mut child = endless(&folder, "");
    let part = wait_for_part(&folder);
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    assert_eq!(folder.content().into_keys().collect::<Vec<_>>(), [part]);
    assert_eq!(folder.run(&["replay", "."]).status, Some(2), "there is no input");
}
