//! `ulimit`: open files, memory, size of files.

use std::fs::File;

use crate::{Folder, gzip, skip};

#[test]
fn few_open_files_are_enough() {
    let folder = Folder::with_archive(20);
    let whole = folder.run(&["replay", "--format", "json", "in"]);
    assert_eq!(whole.status, Some(1));
    for files in [8, 16, 40] {
        let run = folder.shell(&format!("ulimit -n {files}; exec \"$0\" replay --format json in"));
        assert_eq!(run, whole, "{files}");
    }
    let run = folder.shell("ulimit -n 16; exec \"$0\" replay --jobs 64 --format json in");
    assert_eq!(run, whole);
    // one worker is the least: if its file cannot be opened, it says so
    let run = folder.shell("ulimit -n 4; exec \"$0\" replay --format json in");
    if run.status != Some(1) {
        let want = "Too many open files (os error 24); use fewer workers (--jobs 1), or allow the process more open files \
                    (ulimit -n)\n";
        assert_eq!(run.status, Some(2), "{}", run.stderr);
        assert!(run.stderr.starts_with("sealwatch: in/") && run.stderr.contains(want), "{}", run.stderr);
    }
}

#[test]
fn with_little_memory_fewer_workers_read_than_wanted() {
    let folder = Folder::with_archive(100);
    let whole = folder.run(&["replay", "--format", "json", "in"]);
    for kibibytes in [300_000, 500_000, 1_000_000] {
        let run = folder.shell(&format!(
            "ulimit -c 0; ulimit -v {kibibytes} || exit 77; exec \"$0\" replay --jobs 64 --format json in"
        ));
        if run.status == Some(77) {
            return skip("any number of workers: memory cannot be limited", &run.stderr);
        }
        assert_eq!(run, whole, "{kibibytes}");
    }
}

/// Spaces, compressed with Zstandard: each block says how often one byte is repeated.
///
/// <https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.2>
fn zstd(size: u32) -> Vec<u8> {
    const BLOCK: u32 = 128 << 10;
    let blocks = (1..=size / BLOCK).flat_map(|number| {
        let is_last = u32::from(number == size / BLOCK);
        let [header @ .., _] = (BLOCK << 3 | 1 << 1 | is_last).to_le_bytes();
        header.into_iter().chain([b' '])
    });
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x38]; // the window is as large as a block
    frame.into_iter().chain(blocks).collect()
}

#[test]
fn a_file_that_is_too_large_for_the_memory_is_named() {
    let folder = Folder::new();
    File::create(folder.0.join("a.json")).unwrap().set_len(200 << 20).unwrap();
    folder.write("b.json.gz", gzip(vec![b' '; 1 << 20]).repeat(100)).write("d.json.zst", zstd(100 << 20));
    folder.shell("head -c 104857600 /dev/zero | gzip -1 >c.json.gz");
    let run = folder.shell(
        "ulimit -c 0; ulimit -v 65536 || exit 77; exec \"$0\" replay --jobs 1 a.json b.json.gz c.json.gz d.json.zst",
    );
    if run.status == Some(77) {
        return skip("too little memory: it cannot be limited", &run.stderr);
    }
    let want = "out of memory; use fewer workers (--jobs 1), or allow the process more memory (ulimit -v)\n";
    for file in [
        "a.json",
        "b.json.gz: cannot be decompressed",
        "c.json.gz: cannot be decompressed",
        "d.json.zst: cannot be decompressed",
    ] {
        assert!(run.stderr.contains(&format!("sealwatch: {file}: {want}")), "{file}: {}", run.stderr);
    }
    assert_eq!(run.status, Some(2));
}

/// The system ends the process then, as any other.
#[cfg(target_os = "linux")] // elsewhere a file needs a name while it is written
#[test]
fn a_file_above_the_limit_leaves_nothing() {
    let folder = Folder::with_archive(20);
    let run = folder.shell("ulimit -c 0; ulimit -f 1; \"$0\" extract -o out.gz in; exit $?");
    assert_eq!(run.status, Some(128 + 25), "{}", run.stderr); // SIGXFSZ
    assert!(folder.content().is_empty());
}
