//! A table in memory: it stores items as DynamoDB does, lets other invocations in at every step, and can crash there.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use sealwatch_rules::ledger::Entry;
use sealwatch_rules::util::time::Seconds;
use serde_json::Value;

use crate::ledger::item::{from_item, to_item};
use crate::ledger::table::{Count, Store, belongs_to, is_due};

/// Before or after a step, a crash never comes back: whoever waits for the step is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    Before,
    After,
}

/// Called at each step; true to crash.
type Crashes = Box<dyn FnMut(&'static str, Point) -> bool>;

#[derive(Default)]
pub(crate) struct FakeStore {
    pub(crate) items: RefCell<BTreeMap<String, Value>>,
    pub(crate) counters: RefCell<BTreeMap<String, Count>>,
    /// How many writes there were.
    pub(crate) writes: Cell<u64>,
    pub(crate) fails: Cell<bool>,
    /// True to lose the answer of the next write: it is tried again, and meets itself.
    pub(crate) loses_answer: Cell<bool>,
    pub(crate) crashes: RefCell<Option<Crashes>>,
    /// The seed of how often others go first.
    pub(crate) seed: Cell<u64>,
}

impl FakeStore {
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.items.borrow().values().map(|item| from_item(item).unwrap()).collect()
    }

    pub(crate) fn random(&self, below: u64) -> u64 {
        // https://prng.di.unimi.it/splitmix64.c
        let seed = self.seed.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.seed.set(seed);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    /// One step: others may go first, and it may crash before or after.
    pub(crate) async fn step<T>(&self, name: &'static str, act: impl FnOnce() -> T) -> Result<T, String> {
        for _ in 0..self.random(4) {
            tokio::task::yield_now().await;
        }
        if self.fails.get() {
            return Err("the ledger does not answer".to_owned());
        }
        self.crash(name, Point::Before).await;
        let done = act();
        self.crash(name, Point::After).await;
        Ok(done)
    }

    async fn crash(&self, name: &'static str, point: Point) {
        let crashes = self.crashes.borrow_mut().as_mut().is_some_and(|crashes| crashes(name, point));
        if crashes {
            std::future::pending::<()>().await;
        }
    }
}

impl Store for FakeStore {
    async fn get(&self, fingerprints: &[String]) -> Result<BTreeMap<String, Entry>, String> {
        let items = || {
            let items = self.items.borrow();
            let found = fingerprints.iter().filter_map(|one| Some((one.clone(), from_item(items.get(one)?).unwrap())));
            found.collect()
        };
        self.step("get", items).await
    }

    async fn put(&self, entry: &mut Entry) -> Result<bool, String> {
        let write = || {
            let mut items = self.items.borrow_mut();
            let key = entry.subject.fingerprint.clone();
            let version = items.get(&key).map_or(0, |item| from_item(item).unwrap().version);
            if version != entry.version {
                return false;
            }
            entry.version += 1;
            items.insert(key, to_item(entry).unwrap());
            self.writes.set(self.writes.get() + 1);
            !self.loses_answer.take()
        };
        self.step("put", write).await
    }

    async fn count(&self, counter: &str, now: Seconds, window: Seconds) -> Result<Count, String> {
        let count = || {
            let mut counters = self.counters.borrow_mut();
            let counted = counters.entry(counter.to_owned()).or_insert(Count { number: 0, ends: now + window });
            if counted.ends <= now {
                *counted = Count { number: 0, ends: now + window };
            }
            counted.number += 1;
            *counted
        };
        self.step("count", count).await
    }

    async fn pending(&self, message: &str) -> Result<Vec<String>, String> {
        let waiting = self.entries().into_iter().filter(|entry| entry.pending.as_deref() == Some(message));
        let fingerprints = waiting.map(|entry| entry.subject.fingerprint).collect();
        self.step("pending", || fingerprints).await
    }

    async fn left_over(&self, due: Seconds) -> Result<Vec<String>, String> {
        let mut left = self.entries();
        left.retain(|entry| entry.pending.as_ref().is_some_and(|message| is_due(message, due)));
        self.step("left over", || left.into_iter().map(|entry| entry.subject.fingerprint).collect()).await
    }

    async fn open(&self, account: &str, region: &str, resource: Option<&str>) -> Result<Vec<Entry>, String> {
        let place = format!("{account}/{region}");
        let mut open = self.entries();
        open.retain(|entry| {
            entry.open_in.as_deref() == Some(&place)
                && resource.is_none_or(|arn| belongs_to(&entry.subject.resource, arn))
        });
        self.step("open", || open).await
    }
}
