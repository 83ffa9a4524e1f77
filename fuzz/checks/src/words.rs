//! Words for dictionaries, taken from the code that reads them.

use std::collections::BTreeSet;

/// The literals in Rust code that may be words of an input: without blanks, and not of its tests.
pub(crate) fn of_code(code: &str) -> impl Iterator<Item = String> {
    let code = code.split("\n#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().map(str::trim_start).filter(|line| !line.starts_with("//") && !line.starts_with('#'));
    let literals = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    let is_word = |text: &&str| {
        (1..=48).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    literals.filter(is_word).map(str::to_owned).collect::<BTreeSet<_>>().into_iter()
}

/// Words of the code and others, each once.
pub(crate) fn all(code: &[&str], others: &[&str]) -> Vec<String> {
    let words = code.iter().flat_map(|code| of_code(code)).chain(others.iter().map(|word| (*word).to_owned()));
    words.collect::<BTreeSet<_>>().into_iter().collect()
}
