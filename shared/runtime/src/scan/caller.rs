//! The calls of a scan: each within its rate, tried again if AWS throttles or does not respond.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::api::Api;
use crate::scan::problem::{Problem, Refused, SAME_TOKEN, refused};
use crate::scan::rate::Bucket;

/// The most calls at the same time.
const MAX_CONCURRENT_CALLS: usize = 32;

/// How often a throttled call is retried. The pauses between retries grow to several seconds, so the scan gives a call up after
/// about a minute.
const MAX_THROTTLED: u32 = 12;

/// How often a call without a response is retried.
const MAX_UNANSWERED: u32 = 3;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Makes calls in one account and Region.
#[derive(Debug)]
pub(super) struct Caller {
    api: Api,
    buckets: Mutex<HashMap<(&'static str, String), Arc<Bucket>>>,
    slots: Semaphore,
    calls: AtomicU64,
}

impl Caller {
    pub(super) fn new(api: Api) -> Caller {
        Caller { api, buckets: Mutex::default(), slots: Semaphore::new(MAX_CONCURRENT_CALLS), calls: AtomicU64::new(0) }
    }

    /// How many calls were made.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// How many calls were made since this was last asked.
    pub(super) fn take_calls(&self) -> u64 {
        self.calls.swap(0, Ordering::Relaxed)
    }

    /// The answer of a call in this Region: the caller's own one, if it is empty.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(super) async fn ask(&self, action: &'static str, parameters: &Value, region: &str) -> Result<Value, Problem> {
        let elsewhere = (!region.is_empty() && region != self.api.region()).then(|| self.api.in_region(region));
        let api = elsewhere.as_ref().unwrap_or(&self.api);
        let bucket = self.bucket(action, elsewhere.as_ref().map_or("", |_| region));
        let (mut throttled, mut unanswered, mut pause) = (0, 0, FIRST_PAUSE);
        loop {
            bucket.take().await?;
            let answer = {
                let _slot = self.slots.acquire().await;
                bucket.check()?; // many calls may have waited here while others had no response
                self.calls.fetch_add(1, Ordering::Relaxed);
                api.call(action, parameters).await
            };
            let error = match answer {
                Ok(answer) => {
                    bucket.answered();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            match refused(action, error) {
                Refused::Throttled => {
                    bucket.throttled();
                    throttled += 1;
                    if throttled > MAX_THROTTLED {
                        return Err(Problem::Throttled);
                    }
                }
                Refused::Unanswered(why) => {
                    bucket.unanswered(&why);
                    unanswered += 1;
                    if unanswered > MAX_UNANSWERED {
                        return Err(Problem::Failed(why));
                    }
                }
                Refused::For(problem) => {
                    bucket.answered();
                    return Err(problem);
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// All entries of a list of a few pages: accounts, Regions, schedules.
    ///
    /// # Errors
    /// Why there is no answer, or what is wrong with it.
    pub(super) async fn all(
        &self,
        action: &'static str,
        mut parameters: Value,
        entries: &str,
    ) -> Result<Vec<Value>, Problem> {
        let (mut all, mut tokens) = (Vec::new(), BTreeSet::new());
        loop {
            let mut page = self.ask(action, &parameters, "").await?;
            let Some(Value::Array(list)) = page.get_mut(entries).map(Value::take) else {
                return Err(Problem::Failed(format!("the answer has no list `{entries}`")));
            };
            all.extend(list);
            match page.get("NextToken").and_then(Value::as_str).filter(|token| !token.is_empty()) {
                Some(token) if tokens.insert(token.to_owned()) => parameters["NextToken"] = token.into(),
                Some(_) => return Err(Problem::Failed(SAME_TOKEN.to_owned())),
                None => return Ok(all),
            }
        }
    }

    /// Each Region has its own quotas. `region` is empty for that of the caller.
    fn bucket(&self, action: &'static str, region: &str) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry((action, region.to_owned()));
        Arc::clone(bucket.or_insert_with(|| Arc::new(Bucket::new(action))))
    }
}
