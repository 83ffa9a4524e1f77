//! A run and the keys of its objects. The table in docs/backfill.md says what each is for.

use std::collections::BTreeSet;

use sealwatch_runtime::tasks::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bucket::Bucket;
use crate::input::Selection;

/// A run by its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run<'a>(pub(crate) &'a str);

impl Run<'_> {
    /// True for what may be the name of a run: it is part of keys.
    pub(crate) fn is_name(name: &str) -> bool {
        (1..=60).contains(&name.len()) && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
    }

    /// A key of this run.
    pub(crate) fn key(self, rest: &str) -> String {
        format!("runs/{}/{rest}", self.0)
    }

    /// The list of the objects of a chunk.
    pub(crate) fn keys(self, chunk: &str) -> String {
        self.key(&format!("keys/{chunk}.keys"))
    }

    /// The extract of a chunk.
    pub(crate) fn extract(self, chunk: &str) -> String {
        self.key(&format!("extracts/{chunk}.extract.gz"))
    }

    /// Why the extract of a chunk is missing.
    pub(crate) fn failure(self, chunk: &str) -> String {
        self.key(&format!("failures/{chunk}.txt"))
    }

    /// The chunks of a plan that have no extract.
    pub(crate) async fn missing(self, plan: &Plan, bucket: &Bucket) -> Result<Vec<Chunk>, Failure> {
        let extracts: BTreeSet<String> = bucket.list(&self.key("extracts/")).await?.into_iter().collect();
        let is_missing = |chunk: &Chunk| !extracts.contains(&format!("{}.extract.gz", chunk.chunk));
        Ok(plan.chunks(self.0).filter(is_missing).collect())
    }
}

/// The plan of a run, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) selection: Selection,
    /// The number of objects in each chunk, in their order.
    pub(crate) chunks: Vec<usize>,
    /// What `sealwatch extract --plan` says: objects, bytes, cost.
    pub(crate) plan: Value,
}

/// A chunk: an item of the map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) run: String,
    /// Its number, six digits or more.
    pub(crate) chunk: String,
    /// How many objects it has.
    pub(crate) objects: usize,
}

/// The number of a chunk as it stands in keys: they sort as numbers.
pub(crate) fn number(index: usize) -> String {
    format!("{:06}", index + 1)
}

impl Plan {
    /// All chunks.
    pub(crate) fn chunks(&self, run: &str) -> impl Iterator<Item = Chunk> {
        let chunks = self.chunks.iter().enumerate();
        chunks.map(move |(index, objects)| Chunk { run: run.to_owned(), chunk: number(index), objects: *objects })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parts_of_keys() {
        for (name, want) in
            [("all-2026", true), ("", false), ("a/b", false), ("..", false), ("é", false), ("a b", false)]
        {
            assert_eq!(Run::is_name(name), want, "{name}");
        }
        assert!(Run::is_name(&"a".repeat(60)) && !Run::is_name(&"a".repeat(61)));
        assert_eq!(Run("all").extract(&number(0)), "runs/all/extracts/000001.extract.gz");
    }

    #[test]
    fn chunks_are_numbered_from_one() {
        let plan = Plan { selection: Selection::default(), chunks: vec![1000, 7], plan: Value::Null };
        let chunks: Vec<Chunk> = plan.chunks("r").collect();
        assert_eq!(
            serde_json::to_string(&chunks).unwrap(),
            r#"[{"run":"r","chunk":"000001","objects":1000},{"run":"r","chunk":"000002","objects":7}]"#
        );
    }
}
