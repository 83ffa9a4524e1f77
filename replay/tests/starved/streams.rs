//! Standard streams that are full, closed, or no longer read.

use crate::{Folder, skip};

const FULL: &str = "sealwatch: cannot write standard output: No space left on device (os error 28); free disk space, or name a \
                    file on another disk\n";

const COMMANDS: [&str; 15] = [
    "replay in",
    "replay --format json in",
    "replay --format ocsf in",
    "replay --format sns in",
    "replay --format sarif in",
    "replay --format html in",
    "rules",
    "rules --format json",
    "explain kms-key-deleted",
    "completions bash",
    "extract --dry-run in",
    "extract --dry-run --format json in",
    "--help",
    "--version",
    "replay --help",
];

#[test]
fn a_full_standard_output_is_an_error_of_every_command() {
    if !std::path::Path::new("/dev/full").exists() {
        return skip("a disk that is full: there is no /dev/full", "");
    }
    let folder = Folder::with_archive(2);
    for command in COMMANDS {
        let run = folder.shell(&format!("\"$0\" {command} >/dev/full"));
        assert_eq!((run.status, run.stderr.as_str()), (Some(2), FULL), "{command}");
    }
    let run = folder.shell("\"$0\" extract -o - in >/dev/full");
    assert_eq!((run.status, run.stderr.contains("standard output: No space")), (Some(2), true), "{run:?}");
}

#[test]
fn streams_that_are_closed_or_not_read_change_no_exit_status() {
    let folder = Folder::with_archive(2);
    for command in COMMANDS {
        let plain = folder.shell(&format!("\"$0\" {command} >/dev/null"));
        for script in ["\"$0\" COMMAND >&-", "{ \"$0\" COMMAND; echo $? >status; } | true; exit $(cat status)"] {
            let run = folder.shell(&script.replace("COMMAND", command));
            assert_eq!((run.status, &run.stderr), (plain.status, &plain.stderr), "{script}: {command}");
        }
        let run = folder.shell(&format!("\"$0\" {command} 2>&- >/dev/null <&-"));
        assert_eq!(run.status, plain.status, "{command}");
    }
    let run = folder.shell("{ \"$0\" extract -o - in; echo $? >status; } | true; exit $(cat status)");
    assert_eq!((run.status, run.stderr.contains("is not complete")), (Some(2), true), "{run:?}");
    let run = folder.shell("\"$0\" replay - <&-");
    assert_eq!((run.status, run.stderr.contains("standard input: is empty")), (Some(2), true), "{run:?}");
}
