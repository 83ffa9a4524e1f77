//! A disk that is full or cannot be written, and folders that are none.

use std::fs;

use crate::{Folder, skip};

#[test]
fn a_disk_that_is_full_or_read_only_keeps_what_was_there() {
    let folder = Folder::with_archive(20);
    fs::create_dir(folder.0.join("disk")).unwrap();
    let run = folder.shell("unshare -m sh -c 'mount -t tmpfs -o size=64k none disk'");
    if run.status != Some(0) {
        return skip("a disk that is full: no tmpfs can be mounted", &run.stderr);
    }
    // twice: on a full disk, and on one that can only be read
    for (remount, cause) in [("true", "No space left"), ("mount -o remount,ro disk", "Read-only file system")] {
        let on_disk = |command: &str| {
            let fill =
                "mount -t tmpfs -o size=64k none disk; echo old >disk/x.gz; dd if=/dev/zero of=disk/fill 2>/dev/null";
            let check = "cat disk/x.gz; ls -A disk | grep -v ^p$"; // an empty folder of a plan may stay
            let script = format!("{fill}; {remount}; {command} >/dev/null; echo $?; {check}");
            folder.shell(&format!("program=$0 exec unshare -m sh -c '{script}'"))
        };
        for (command, named) in [
            ("TMPDIR=$PWD/disk \"$program\" replay in", "temporary file for records in "),
            ("\"$program\" extract -o disk/x.gz in", "disk/x.gz: "),
            ("\"$program\" extract --plan disk/p in", "disk/p"),
        ] {
            let run = on_disk(command);
            assert_eq!(run.stdout, "2\nold\nfill\nx.gz\n", "{cause}: {command}: {}", run.stderr);
            assert!(run.stderr.contains(cause) && run.stderr.contains(named), "{cause}: {command}: {}", run.stderr);
            assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        }
    }
}

#[test]
fn folders_that_are_none_are_named() {
    let folder = Folder::with_archive(20);
    folder.write("file", "");
    for (command, want) in [
        (
            "TMPDIR=/none \"$0\" replay in",
            "records in /none: No such file or directory (os error 2); set TMPDIR to a folder",
        ),
        ("TMPDIR=file \"$0\" replay in", "records in file: Not a directory (os error 20); set TMPDIR to a folder"),
        (
            "\"$0\" extract -o none/x.gz in",
            "none/x.gz: No such file or directory (os error 2); name a folder that exists",
        ),
        ("\"$0\" extract -o file/x.gz in", "file/x.gz: Not a directory (os error 20); name a folder that exists"),
        ("\"$0\" extract --plan file/p in", "file/p: Not a directory (os error 20); name a folder that exists"),
        ("\"$0\" man none", "into none: No such file or directory (os error 2); name a folder that exists"),
    ] {
        let run = folder.shell(command);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{command}");
        assert!(run.stderr.contains(want), "{command}: {}", run.stderr);
    }
    assert_eq!(folder.content().into_keys().collect::<Vec<_>>(), ["file"]);
}
