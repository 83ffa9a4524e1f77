//! The sample events of the project, as seeds.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files in a folder of the project and below it, in the order of their names.
pub(crate) fn files(folder: &str) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    paths.sort();
    paths.iter().filter_map(|path| fs::read(path).ok()).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { collect(&path, paths) } else { paths.push(path) }
    }
}

/// A file of the project.
pub(crate) fn file(name: &str) -> Vec<u8> {
    fs::read(root().join(name)).unwrap_or_default()
}

/// The JSON in a folder, each without the blanks between its values: smaller, and as AWS delivers it.
pub(crate) fn json(folder: &str) -> Vec<Vec<u8>> {
    let json = |text: Vec<u8>| serde_json::from_slice::<serde_json::Value>(&text).ok();
    files(folder).into_iter().filter_map(json).map(|value| value.to_string().into_bytes()).collect()
}

/// The sample events.
pub(crate) fn events() -> Vec<Vec<u8>> {
    json("events")
}
