//! The order of what a folder holds.
//!
//! S3 lists keys in the order of their bytes, with the slash after each folder, so `a-1/` comes before `a/`. Files are read by
//! the names of folders, `a` before `a-1`, as in a directory.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use crate::input::s3::page::{Object, Page};

/// Compares keys by their folders.
pub(super) fn by_folders(one: &str, other: &str) -> Ordering {
    one.split('/').cmp(other.split('/'))
}

/// What a folder holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Child {
    Object(Object),
    /// Its prefix.
    Folder(String),
}

/// Sorts the pages of a folder as they arrive. What may follow something that S3 lists later is held back.
#[derive(Debug)]
pub(super) struct Order {
    /// The prefix of all pages.
    prefix: String,
    /// By name. Of an object and a folder with the same name, the object comes first.
    held: BTreeMap<(String, bool), Child>,
    /// The last key or prefix that S3 listed; `None` after the last page.
    last: Option<String>,
    /// Names of folders that were asked for, whether they exist or not.
    asked: HashSet<String>,
}

impl Order {
    pub(super) fn new(prefix: String) -> Order {
        Order { last: Some(prefix.clone()), prefix, held: BTreeMap::new(), asked: HashSet::new() }
    }

    /// How many children are held back.
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    /// Adds a page.
    pub(super) fn add(&mut self, page: Page) {
        let last = [page.objects.last().map(|object| &object.key), page.folders.last()].into_iter().flatten().max();
        self.last = page.next.as_ref().map(|_| last.or(self.last.as_ref()).cloned().unwrap_or_default());
        for object in page.objects {
            let name = object.key.get(self.prefix.len()..).unwrap_or_default().to_owned();
            self.held.insert((name, false), Child::Object(object));
        }
        for folder in page.folders {
            let name = folder.get(self.prefix.len()..folder.len() - 1).unwrap_or_default().to_owned();
            if !self.asked.contains(&name) {
                self.held.insert((name, true), Child::Folder(folder));
            }
        }
    }

    /// The next child, if nothing that S3 lists later comes before it.
    pub(super) fn next(&mut self) -> Option<Child> {
        let first = self.held.first_entry()?;
        let (prefix, last, asked) = (&self.prefix, self.last.as_deref(), &self.asked);
        let is_next = earlier_folders(prefix, last, asked, &first.key().0).next().is_none();
        is_next.then(|| first.remove())
    }

    /// The folder that [`Order::next`] waits for. It may not exist.
    pub(super) fn waits_for(&self) -> Option<String> {
        let ((name, _), _) = self.held.first_key_value()?;
        let folder = earlier_folders(&self.prefix, self.last.as_deref(), &self.asked, name).next()?;
        Some(format!("{}{folder}/", self.prefix))
    }

    /// Adds the answer whether a folder exists.
    pub(super) fn answer(&mut self, folder: String, exists: bool) {
        let name = folder.get(self.prefix.len()..folder.len() - 1).unwrap_or_default().to_owned();
        self.asked.insert(name.clone());
        if exists {
            self.held.insert((name, true), Child::Folder(folder));
        }
    }
}

/// The names of folders that come before this name, although S3 lists them after it, and later than `last`.
fn earlier_folders<'a>(
    prefix: &str,
    last: Option<&str>,
    asked: &HashSet<String>,
    name: &'a str,
) -> impl Iterator<Item = &'a str> {
    let listed = last.map(|last| last.get(prefix.len()..).unwrap_or_default());
    let ends = name.bytes().enumerate().filter(|(_, byte)| *byte < b'/');
    let folders = ends.filter_map(|(end, _)| name.get(..end));
    folders.filter(move |folder| {
        listed.is_some_and(|listed| listed.bytes().lt(folder.bytes().chain([b'/']))) && !asked.contains(*folder)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// What S3 lists for a prefix, divided by folders, in pages of this size.
    fn pages(keys: &BTreeSet<String>, prefix: &str, size: usize) -> Vec<Page> {
        let mut entries: Vec<String> = Vec::new();
        for key in keys.iter().filter_map(|key| key.strip_prefix(prefix)) {
            let entry = key.split_inclusive('/').next().unwrap_or_default();
            entries.push(format!("{prefix}{entry}"));
        }
        entries.dedup();
        let parts: Vec<&[String]> = entries.chunks(size).collect();
        let page = |(index, part): (usize, &&[String])| {
            let (folders, keys): (Vec<String>, Vec<String>) =
                part.iter().cloned().partition(|entry| entry.ends_with('/'));
            let objects = keys.into_iter().map(|key| Object { key, bytes: 0 }).collect();
            Page { objects, folders, next: (index + 1 < parts.len()).then(String::new) }
        };
        parts.iter().enumerate().map(page).collect()
    }

    proptest! {
        #[test]
        fn children_come_in_the_order_of_folders(
            keys in prop::collection::btree_set("p[a-b.-]{0,3}(/[ab]){0,1}", 0..40), size in 1_usize..6, most in 0_usize..9
        ) {
            let keys: BTreeSet<String> = keys.into_iter().filter(|key| !key.ends_with('/')).collect();
            let mut order = Order::new("p".to_owned());
            let mut children = Vec::new();
            for page in pages(&keys, "p", size) {
                order.add(page);
                loop {
                    while let Some(child) = order.next() {
                        children.push(match child {
                            Child::Object(object) => object.key,
                            Child::Folder(folder) => folder,
                        });
                    }
                    if order.len() <= most {
                        break;
                    }
                    let folder = order.waits_for().unwrap();
                    let exists = keys.iter().any(|key| key.starts_with(&folder));
                    order.answer(folder, exists);
                }
                prop_assert!(order.len() <= most, "memory is bounded");
            }
            let mut wanted: Vec<String> = keys.iter().map(|key| key.split_inclusive('/').next().unwrap().to_owned()).collect();
            wanted.sort_by(|one, other| by_folders(one, other));
            wanted.dedup();
            prop_assert_eq!(children, wanted);
        }
    }

    #[test]
    fn files_of_a_trail_wait_for_one_folder_at_most() {
        let mut order = Order::new("logs/".to_owned());
        let object = |key: &str| Object { key: format!("logs/{key}"), bytes: 0 };
        let objects = vec![object("1_CloudTrail_eu-west-1_a.json.gz"), object("1_CloudTrail_eu-west-1_b.json.gz")];
        order.add(Page { objects, folders: Vec::new(), next: Some("more".to_owned()) });
        assert_eq!(order.next(), None);
        for folder in ["logs/1_CloudTrail_eu/", "logs/1_CloudTrail_eu-west/"] {
            assert_eq!(order.waits_for().as_deref(), Some(folder));
            order.answer(folder.to_owned(), false);
        }
        assert_eq!(order.next(), Some(Child::Object(object("1_CloudTrail_eu-west-1_a.json.gz"))));
        order.answer("logs/1_CloudTrail_eu-west-1_b/".to_owned(), false);
        order.answer("logs/1_CloudTrail_eu-west-1_b.json/".to_owned(), false);
        assert_eq!(order.next(), Some(Child::Object(object("1_CloudTrail_eu-west-1_b.json.gz"))));
    }
}
