//! Every input of the corpus, as a test: whatever once made a reader do something new, or wrong, still passes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sealwatch_checks::{CHECKS, Check};

/// The longest time for one input, in a debug build on a busy machine.
const LONGEST: Duration = Duration::from_secs(1);

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// The names in a folder, without the ending.
fn names(folder: &Path, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    entries.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect()
}

/// Runs a check and returns what it says if it fails.
fn problem(check: &Check, input: &[u8]) -> Option<String> {
    let start = Instant::now();
    let result = std::panic::catch_unwind(|| (check.run)(input));
    let time = start.elapsed();
    match result {
        Err(_) => Some("panics: see above".to_owned()),
        // once more: the machine may have had something else to do
        Ok(()) if time > LONGEST && time_of(check, input) > LONGEST => Some(format!("takes {time:?}")),
        Ok(()) => None,
    }
}

fn time_of(check: &Check, input: &[u8]) -> Duration {
    let start = Instant::now();
    (check.run)(input);
    start.elapsed()
}

#[test]
fn every_input_of_the_corpus_passes() {
    let mut problems = Vec::new();
    for check in CHECKS {
        let corpus = folder("corpus").join(check.name);
        let mut inputs: Vec<PathBuf> = fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "{}: no input", corpus.display());
        for path in inputs {
            let input = fs::read(&path).unwrap();
            assert!(input.len() <= check.max_len, "{} has more than {} bytes", path.display(), check.max_len);
            problems.extend(problem(check, &input).map(|problem| format!("{}: {problem}", path.display())));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// With `UPDATE_SEEDS=1`, they are added to the corpus: fuzzing begins with them.
#[test]
fn every_seed_passes() {
    for check in CHECKS {
        let seeds: Vec<Vec<u8>> = (check.seeds)().into_iter().filter(|seed| seed.len() <= check.max_len).collect();
        assert!(!seeds.is_empty(), "{}", check.name);
        for (number, seed) in seeds.iter().enumerate() {
            assert_eq!(problem(check, seed), None, "{}: {:?}", check.name, String::from_utf8_lossy(seed));
            if std::env::var_os("UPDATE_SEEDS").is_some() {
                let corpus = folder("corpus").join(check.name);
                fs::create_dir_all(&corpus).unwrap();
                fs::write(corpus.join(format!("seed-{number:03}")), seed).unwrap();
            }
        }
    }
}

#[test]
fn every_check_has_a_target_a_corpus_and_a_dictionary() {
    let checks: BTreeSet<String> = CHECKS.iter().map(|check| check.name.to_owned()).collect();
    assert_eq!(checks.len(), CHECKS.len());
    for (name, ending) in [("fuzz_targets", ".rs"), ("corpus", ""), ("dictionaries", ".dict")] {
        assert_eq!(names(&folder(name), ending), checks, "fuzz/{name}");
    }
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
    for name in &checks {
        let target = fs::read_to_string(folder("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(target.contains(&format!("{name}::check(")), "fuzz/fuzz_targets/{name}.rs calls another check");
        assert!(
            manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")),
            "{name} is not in fuzz/Cargo.toml"
        );
    }
}

/// After a change of the tables: `UPDATE_DICTIONARIES=1 cargo test -p sealwatch-checks`.
#[test]
fn the_dictionaries_have_the_words_of_the_code() {
    for check in CHECKS {
        let file = folder("dictionaries").join(format!("{}.dict", check.name));
        let words: String = (check.words)().iter().map(|word| format!("\"{}\"\n", escaped(word))).collect();
        let text = format!("# -max_len={}\n{words}", check.max_len);
        if std::env::var_os("UPDATE_DICTIONARIES").is_some() {
            fs::write(&file, &text).unwrap();
        }
        let current = fs::read_to_string(&file).unwrap_or_default();
        assert!(current == text, "{} is old: UPDATE_DICTIONARIES=1 cargo test -p sealwatch-checks", file.display());
    }
}

/// A word as libFuzzer reads it from a dictionary.
fn escaped(word: &str) -> String {
    let escape = |byte: u8| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02X}"),
    };
    word.bytes().map(escape).collect()
}
