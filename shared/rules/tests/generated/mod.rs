//! Files in the repository that tests write: pages of `docs`, `infra/detectors.json`, `events/expected.toml`.

use std::fs;
use std::path::Path;

/// Fails if a generated file differs from what it should be. It shows the first difference and the command that rewrites
/// the file. If the variable that the command sets is set, writes the file instead.
#[track_caller]
pub(crate) fn assert_current(path: &Path, expected: &str, command: &str) {
    let variable = command.split('=').next().unwrap();
    let found = fs::read_to_string(path).unwrap_or_default();
    if found != expected && std::env::var_os(variable).is_some() {
        return fs::write(path, expected).unwrap();
    }
    let common = found.lines().zip(expected.lines()).take_while(|(found, expected)| found == expected).count();
    let line = |text: &str| text.lines().nth(common).unwrap_or("(the end)").to_owned();
    assert!(
        found == expected,
        "{} is out of date, from line {}:\n  it has:         {}\n  it should have: {}\nRewrite it, and read the difference: {command}",
        path.canonicalize().unwrap_or_else(|_| path.to_owned()).display(),
        common + 1,
        line(&found),
        line(expected),
    );
}
