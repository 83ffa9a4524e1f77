//! Tests that README and docs show the real output of the program.
//!
//! Each run is a code block between `<!-- run -->` and `<!-- /run -->` that begins with `$ sealwatch …`. To update the
//! output: `UPDATE_README=1 cargo test -p sealwatch-tests readme`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::binaries::{binary, root};

const START: &str = "<!-- run -->\n```console\n$ sealwatch ";
const END: &str = "```\n<!-- /run -->";

/// The page with the real output of its runs, and the number of runs.
fn with_real_output(page: &str) -> (String, usize) {
    let mut parts = page.split(START);
    let mut real = parts.next().unwrap().to_owned();
    let mut runs = 0;
    for part in parts {
        let (command, rest) = part.split_once('\n').unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let run = Command::new(binary("sealwatch")).args(command.split(' ')).current_dir(root()).output().unwrap();
        let printed = String::from_utf8([run.stderr, run.stdout].concat()).unwrap();
        real += &format!("{START}{command}\n{printed}{END}{after}");
        runs += 1;
    }
    (real, runs)
}

fn check(page: &Path) -> usize {
    let shown = fs::read_to_string(page).unwrap();
    let (real, runs) = with_real_output(&shown);
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(page, real).unwrap();
    } else {
        assert_eq!(shown, real, "{}: the head of this test says how to update it", page.display());
    }
    runs
}

#[test]
fn the_output_in_the_readme_is_real() {
    assert!(check(&root().join("README.md")) >= 2);
}

#[test]
fn the_output_in_the_docs_is_real() {
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "md") {
            check(&path);
        }
    }
}
