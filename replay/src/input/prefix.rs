//! A prefix in S3, and which of its objects are read.

use std::path::PathBuf;
use std::sync::Arc;

use crate::input::filter::Filter;
use crate::input::input_file::{InputFile, has_input_extension};
use crate::input::places::Places;

/// A prefix in S3, and which of its objects are read.
#[derive(Debug)]
pub(crate) struct Prefix {
    pub(crate) path: PathBuf,
    pub(crate) filter: Filter,
    /// The position of its path among the places.
    pub(crate) index: usize,
    /// All given paths.
    pub(crate) places: Arc<Places>,
    /// The paths of another search, and its filter.
    pub(crate) elsewhere: Option<(Arc<Places>, Filter)>,
}

/// What is done with an object.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Read(InputFile),
    /// It is read by another path.
    Elsewhere,
    OtherExtension,
    SkippedByPath,
}

impl Prefix {
    /// Decides about an object of this size.
    pub(crate) fn choose(&self, path: PathBuf, bytes: u64) -> Choice {
        let named = !self.places.is_single() && self.places.names(&path);
        let named = named || path.as_os_str() == self.path.as_os_str();
        let is_elsewhere = |(places, filter): &(Arc<Places>, Filter)| {
            places.lead_to_object(usize::MAX, &path) && !filter.skips_object(&path)
        };
        match () {
            () if self.filter.skips_object(&path) => Choice::SkippedByPath,
            () if !named && !has_input_extension(&path) => Choice::OtherExtension,
            () if self.places.lead_to_object(self.index, &path) => Choice::Elsewhere,
            () if self.elsewhere.as_ref().is_some_and(is_elsewhere) => Choice::Elsewhere,
            () => Choice::Read(InputFile { path, named, bytes }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_if_its_name_or_its_path_says_so() {
        let [logs, named, elsewhere] = ["s3://b/logs/", "s3://b/logs/named.txt", "s3://other/"].map(PathBuf::from);
        let prefix = |paths: &[&PathBuf], index: usize| {
            let paths: Vec<PathBuf> = paths.iter().copied().cloned().collect();
            let path = paths[index].clone();
            let others = Some((Arc::new(Places::new(std::slice::from_ref(&elsewhere))), Filter::default()));
            Prefix { path, filter: Filter::default(), index, places: Arc::new(Places::new(&paths)), elsewhere: others }
        };
        let read = |path: &str, named| Choice::Read(InputFile { path: path.into(), named, bytes: 7 });
        for (prefix, object, want) in [
            (prefix(&[&logs], 0), "s3://b/logs/a.json", read("s3://b/logs/a.json", false)),
            (prefix(&[&logs], 0), "s3://b/logs/a.txt", Choice::OtherExtension),
            (prefix(&[&named], 0), "s3://b/logs/named.txt", read("s3://b/logs/named.txt", true)),
            (prefix(&[&named, &logs], 1), "s3://b/logs/named.txt", Choice::Elsewhere),
            (prefix(&[&logs], 0), "s3://other/a.json", Choice::Elsewhere),
        ] {
            assert_eq!(prefix.choose(object.into(), 7), want, "{object}");
        }
    }
}
