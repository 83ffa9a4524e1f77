//! Proves that the README shows what the program really prints.
//!
//! After a change: `UPDATE_README=1 cargo test -p sealwatch-tests readme`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::binaries::binary;

/// The README's text around the part that shows a run: before, the part, after.
const START: &str = "<!-- replay: kinesis-stream -->\n";
const END: &str = "<!-- /replay -->";

#[test]
fn the_output_in_the_readme_is_real() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let arguments = ["replay", "--exit-zero", "events/kinesis-stream", "events/facts"];
    let run = Command::new(binary("sealwatch")).args(arguments).current_dir(&root).output().unwrap();
    let printed = String::from_utf8(run.stdout).unwrap();
    let real = format!("```console\n$ sealwatch {}\n{printed}```\n", arguments.join(" "));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (before, rest) = readme.split_once(START).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(root.join("README.md"), format!("{before}{START}{real}{END}{after}")).unwrap();
    } else {
        assert_eq!(shown, real, "see the head of this test for how to update");
    }
}
