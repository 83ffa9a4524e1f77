//! The two phases of telling: what is to be told is claimed in the table, published, and confirmed.
//!
//! Each write names the version that it read. Whoever loses reads again and starts over, so concurrent invocations come to
//! the state that one alone would. An invocation that meets the claim of another one waits: it cannot know whether that one is
//! about to publish or has crashed. After [`TAKE_OVER`] it tells by itself. An invocation that Lambda tries again has its old id
//! and goes on with its own claim at once.

use std::time::Duration;

use futures_util::stream::{StreamExt, iter};
use sealwatch_rules::ledger::{Entry, Notice, Observation};
use sealwatch_rules::util::time::Seconds;
use tokio::time::{Instant, sleep};

use crate::ledger::table::{Store, is_due};

/// How long an invocation waits for another one that tells the same: publishing takes at most 8 seconds.
const TAKE_OVER: Duration = Duration::from_secs(10);

/// How often it looks meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// How long after the end of its window a message about a storm may take, with all its attempts, in seconds. Then whoever meets
/// an entry that waits for it tells it.
const OVERDUE: Seconds = 1_800;

/// The most entries that are written at the same time.
const AT_ONCE: usize = 16;

/// An entry, and what this invocation has to tell about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) notice: Notice,
    pub(crate) entry: Entry,
    /// True once a message about it went to the topic. What is below `notify.min_severity` is kept in the log instead.
    pub(crate) is_published: bool,
}

/// Who tells, and how long a resolved entry is kept, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Teller<'a> {
    /// The id of the invocation.
    pub(crate) invocation: &'a str,
    pub(crate) keep: Seconds,
    /// The time now: what waits for a message that should have been sent long ago is told without it.
    pub(crate) now: Seconds,
}

/// Takes observations in, and claims what is to be told about them.
///
/// # Errors
/// Says why the table does not answer.
pub(crate) async fn take_in(
    store: &impl Store,
    teller: Teller<'_>,
    observations: &[Observation],
) -> Result<Vec<Claimed>, String> {
    take(store, teller, observations, Tells::Now).await
}

/// Takes observations in that are not so bad that a scan tells them: the next event about them does. Claims what somebody got
/// a message about before, who may take it for resolved.
///
/// # Errors
/// Says why the table does not answer.
pub(crate) async fn remember(
    store: &impl Store,
    teller: Teller<'_>,
    observations: &[Observation],
) -> Result<Vec<Claimed>, String> {
    take(store, teller, observations, Tells::Known).await
}

/// Claims what is left to be told about entries: nothing, if another invocation told it meanwhile.
///
/// # Errors
/// Says why the table does not answer.
pub(crate) async fn claim_pending(
    store: &impl Store,
    teller: Teller<'_>,
    fingerprints: &[String],
) -> Result<Vec<Claimed>, String> {
    let mut entries = store.get(fingerprints).await?;
    let each = fingerprints
        .iter()
        .map(|fingerprint| claim(store, teller, fingerprint, entries.remove(fingerprint), None, Tells::Gathered));
    all(each.collect::<Vec<_>>()).await
}

/// Confirms that what was claimed is told. Returns what has to be told besides, because it happened meanwhile.
///
/// # Errors
/// Says why the table does not answer.
pub(crate) async fn confirm(
    store: &impl Store,
    teller: Teller<'_>,
    claimed: Vec<Claimed>,
) -> Result<Vec<Claimed>, String> {
    all(claimed.into_iter().map(|one| confirm_one(store, teller, one)).collect()).await
}

async fn all(each: Vec<impl Future<Output = Result<Option<Claimed>, String>>>) -> Result<Vec<Claimed>, String> {
    let results: Vec<_> = iter(each).buffered(AT_ONCE).collect().await;
    results.into_iter().filter_map(Result::transpose).collect()
}

/// What an invocation claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tells {
    /// What somebody got a message about before: it may be open again. The rest is only stored.
    Known,
    /// What does not wait for a message that gathers several.
    Now,
    /// What waits for it, too: this is that message.
    Gathered,
}

/// Takes observations in, and claims of them what `tells` says.
async fn take(
    store: &impl Store,
    teller: Teller<'_>,
    observations: &[Observation],
    tells: Tells,
) -> Result<Vec<Claimed>, String> {
    let fingerprints: Vec<String> = observations.iter().map(|one| one.subject.fingerprint.clone()).collect();
    let mut entries = store.get(&fingerprints).await?;
    let each = observations.iter().map(|observation| {
        let entry = entries.remove(&observation.subject.fingerprint);
        claim(store, teller, &observation.subject.fingerprint, entry, Some(observation), tells)
    });
    all(each.collect::<Vec<_>>()).await
}

/// Takes an observation in, if there is one, and claims what is to be told, if that is wanted.
async fn claim(
    store: &impl Store,
    teller: Teller<'_>,
    fingerprint: &str,
    mut entry: Option<Entry>,
    observation: Option<&Observation>,
    tells: Tells,
) -> Result<Option<Claimed>, String> {
    let mut waiting: Option<(String, Instant)> = None;
    loop {
        let merged = observation.and_then(|one| Entry::merge(entry.as_ref(), one, teller.keep));
        let mut changes = merged.is_some();
        let Some(mut next) = merged.or_else(|| entry.clone()) else { return Ok(None) };
        if next.is_done() {
            next.pending = None;
            changes = true;
        }
        let is_overdue = next.pending.as_ref().is_some_and(|message| is_due(message, teller.now - OVERDUE));
        let is_own = next.claim.as_ref().is_some_and(|claim| claim.invocation == teller.invocation);
        let notice = next.notice().filter(|_| match tells {
            Tells::Known => next.history.iter().any(|told| told.published) && (is_overdue || !next.is_gathered()),
            Tells::Now => is_overdue || is_own || !next.is_gathered(),
            Tells::Gathered => true,
        });
        let other = next.claim.as_ref().map(|claim| &claim.invocation).filter(|id| *id != teller.invocation);
        let may_claim = match (other, &waiting) {
            (None, _) => true,
            (Some(id), Some((waited_for, since))) if id == waited_for => since.elapsed() >= TAKE_OVER,
            (Some(id), _) => {
                waiting = Some((id.clone(), Instant::now()));
                false
            }
        };
        let claims = notice.is_some() && may_claim;
        if claims {
            if tells == Tells::Now {
                next.pending = None; // of a message that never came; the message itself finds it again if it crashes
            }
            next.claim(teller.invocation);
        }
        let is_stored = if changes || claims { store.put(&mut next).await? } else { true };
        match notice {
            None if is_stored => return Ok(None),
            Some(notice) if is_stored && claims => {
                return Ok(Some(Claimed { notice, entry: next, is_published: false }));
            }
            Some(_) if is_stored => sleep(LOOK_AGAIN).await,
            _ => {}
        }
        entry = read(store, fingerprint).await?;
    }
}

async fn confirm_one(store: &impl Store, teller: Teller<'_>, claimed: Claimed) -> Result<Option<Claimed>, String> {
    let Claimed { mut entry, is_published, .. } = claimed;
    let told = entry.claim.clone();
    loop {
        if !entry.confirm(teller.invocation, teller.keep) {
            return Ok(None); // another invocation took it over
        }
        if is_published {
            entry.note_published();
        }
        let notice = entry.notice();
        if notice.is_some() {
            entry.claim(teller.invocation);
        }
        if store.put(&mut entry).await? {
            return Ok(notice.map(|notice| Claimed { notice, entry, is_published: false }));
        }
        match read(store, &entry.subject.fingerprint).await? {
            Some(now) if now.claim == told => entry = now,
            Some(now) => {
                // a write may succeed although its answer is lost: then the claim is the next one, which nobody has told yet
                let is_own = now.claim.as_ref().is_some_and(|claim| claim.invocation == teller.invocation);
                let notice = now.notice().filter(|_| is_own);
                return Ok(notice.map(|notice| Claimed { notice, entry: now, is_published: false }));
            }
            None => return Ok(None),
        }
    }
}

async fn read(store: &impl Store, fingerprint: &str) -> Result<Option<Entry>, String> {
    Ok(store.get(&[fingerprint.to_owned()]).await?.remove(fingerprint))
}
