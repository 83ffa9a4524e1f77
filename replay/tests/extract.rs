//! `sealwatch extract`: a replay of extracts answers as a replay of what was extracted.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use support::gzip;

/// A folder for one test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("extract-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> &Folder {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_sealwatch"))
            .args(arguments)
            .env_clear()
            .current_dir(&self.0)
            .output()
            .unwrap();
        Run::of(output)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // if this fails, the folder stays in the target folder
    }
}

#[derive(Debug, PartialEq)]
struct Run {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    fn of(output: Output) -> Run {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Run { status: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// All sample events, and what is broken.
fn samples() -> Folder {
    let folder = Folder::new();
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    for detector in fs::read_dir(events).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for event in fs::read_dir(&detector).unwrap().map(|entry| entry.unwrap().path()) {
            let name = Path::new("in").join(detector.file_name().unwrap()).join(event.file_name().unwrap());
            folder.write(name, fs::read(&event).unwrap());
        }
    }
    folder
}

#[test]
fn a_replay_of_an_extract_answers_as_a_replay_of_the_archive() {
    let folder = samples();
    folder
        .write("in/broken.json", "{\"eventName\": oops}\n")
        .write("in/cut.json.gz", &gzip("{\"Records\":[]}")[..20])
        .write("in/other.txt", "text")
        .write("in/other.json", "{\"name\": 1}");
    let extracted = folder.run(&["extract", "-o", "all.gz", "in"]);
    assert_eq!((extracted.status, &*extracted.stdout), (Some(2), ""));
    for format in ["text", "json", "ocsf", "sns", "sarif"] {
        let whole = folder.run(&["replay", "--format", format, "in"]);
        assert_eq!(folder.run(&["replay", "--format", format, "all.gz"]), whole, "{format}");
        assert!(whole.stdout.len() > 1000);
        assert_eq!(whole.stderr.lines().take(2).collect::<Vec<_>>(), extracted.stderr.lines().collect::<Vec<_>>());
    }
}

#[test]
fn the_chunks_of_a_plan_answer_as_the_whole() {
    let folder = samples();
    folder.write("in/broken.json", "{\"eventName\": oops}\n").write("in/other.txt", "text");
    let planned = folder.run(&["extract", "--plan", "parts", "--chunk-size", "100", "in"]);
    assert_eq!((planned.status, &*planned.stderr), (Some(0), ""), "{planned:?}");
    let plan: serde_json::Value = serde_json::from_slice(&fs::read(folder.0.join("parts/plan.json")).unwrap()).unwrap();
    assert_eq!((&plan["chunks"], &plan["list_calls"]), (&3.into(), &0.into()), "{plan}");
    assert!(plan["cost"]["total"].as_f64().is_some_and(|total| total > 0.0), "{plan}");
    let mut all = fs::read(folder.0.join("parts/search.gz")).unwrap();
    let mut arguments = vec!["replay".to_owned(), "parts/search.gz".to_owned()];
    for number in 1..=3 {
        let (keys, file) = (format!("parts/{number:06}.keys"), format!("{number}.gz"));
        let extracted = folder.run(&["extract", "-o", &file, "--keys", &keys]);
        assert!(matches!(extracted.status, Some(0 | 2)), "{extracted:?}");
        all.extend(fs::read(folder.0.join(&file)).unwrap());
        arguments.push(file);
    }
    let whole = folder.run(&["replay", "in"]);
    assert_eq!(whole.status, Some(2));
    folder.write("all.gz", all);
    assert_eq!(folder.run(&["replay", "all.gz"]), whole);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert_eq!(folder.run(&arguments), whole);
}
