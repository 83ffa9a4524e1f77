//! `ulimit`: open files, memory, size of files.

use std::fs::{self, File};

use crate::{Folder, gzip};

#[test]
fn few_open_files_are_enough() {
    let folder = Folder::with_archive(20);
    let whole = folder.run(&["replay", "--format", "json", "in"]);
    assert_eq!(whole.status, Some(1));
    for files in [8, 16, 40] {
        let run = folder.shell(&format!("ulimit -n {files}; exec \"$0\" replay --jobs 8 --format json in"));
        // a worker whose file cannot be opened says so; with fewer files than workers, this may be
        match run.status {
            Some(1) => assert_eq!(run, whole, "{files}"),
            status => {
                assert_eq!(status, Some(2), "{files}: {}", run.stderr);
                assert!(run.stderr.contains("Too many open files"), "{files}: {}", run.stderr);
            }
        }
    }
}

#[test]
fn a_file_that_is_too_large_for_the_memory_is_named() {
    let folder = Folder::new();
    File::create(folder.0.join("a.json")).unwrap().set_len(200 << 20).unwrap();
    fs::write(folder.0.join("b.json.gz"), gzip(vec![b' '; 1 << 20]).repeat(100)).unwrap();
    let run = folder.shell("ulimit -c 0; ulimit -v 65536 || exit 77; exec \"$0\" replay --jobs 1 a.json b.json.gz");
    if run.status == Some(77) {
        return println!("skipped: memory cannot be limited: {}", run.stderr);
    }
    let want = "out of memory; use fewer workers (--jobs 1), or allow the process more memory (ulimit -v)\n";
    for file in ["a.json", "b.json.gz: cannot be decompressed"] {
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
