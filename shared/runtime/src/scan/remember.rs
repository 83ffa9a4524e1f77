//! A scan with a ledger: what it sees goes into the ledger, and what differs from what was told is published.
//!
//! It also closes what no event closed. A finding that is open when the scan begins, and whose rule the scan evaluates for no
//! resource, is about something that is gone: a stream that was deleted while a rule of EventBridge was missing, a grant that
//! was revoked. That is concluded only if the scan lists such resources, and could list and look up everything of the detector.
//! Findings about a deletion stay open, because there nothing is left to be seen.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use sealwatch_rules::engine::existing::Existing;
use sealwatch_rules::ledger::{
    Answer, By, CONSISTENT_AFTER, Entry, Moment, Notice, Observation, Origin, Reason, State, Subject, observations,
};
use sealwatch_rules::output::ledger::{reminder, resolved};
use sealwatch_rules::output::scan::{self, id, is_reported, notification, severity};
use sealwatch_rules::output::sns::{Notification, Report};
use sealwatch_rules::rules::{EXISTING, find_rule, is_listed};
use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::util::time::{Seconds, record_time};
use sealwatch_rules::{Finding, Settings};
use serde_json::{Value, json};

use crate::ledger::{Claimed, Store, Teller, claim_pending, remember, take_in};
use crate::scan::gap::Gaps;
use crate::scan::report::Wanted;

/// The place of a call that deletes a resource in its life: see [`Moment::rank`].
const DELETION: u8 = 2;

/// What nobody told for this long is told by the scan, in seconds: no invocation is still about to do it.
const LEFT_OVER_AFTER: Seconds = 3600;

/// How much earlier than after `notify.remind` a reminder is sent, in seconds.
const SLACK: Seconds = 3600;

/// The bytes of a message that its findings may take: SNS accepts 256 KiB, of which the e-mail takes at most a quarter.
///
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
const MESSAGE_BYTES: usize = 150_000;

/// What a part of a scan saw, for the ledger.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// What is wrong, to be told.
    reported: Vec<Observation>,
    /// What is wrong, but not so bad that a scan tells it, unless somebody was told before.
    stored: Vec<Observation>,
    /// What is right.
    right: Vec<Observation>,
    /// The fingerprints of everything that was evaluated, whatever came out.
    evaluated: BTreeSet<String>,
}

impl Seen {
    /// Takes the findings about a resource in. What could not be verified says nothing: a gap of the scan is no news about it.
    pub(super) fn add(&mut self, findings: &[Finding<'_>], settings: &Settings, now: Seconds) {
        self.evaluated.extend(findings.iter().map(Finding::fingerprint));
        for finding in findings {
            for observation in observations(std::slice::from_ref(finding), settings.language, Origin::Scan, now) {
                match observation.answer {
                    Answer::Wrong { .. } if is_reported(finding, settings) => self.reported.push(observation),
                    Answer::Wrong { .. } => self.stored.push(observation),
                    Answer::Right(_) => self.right.push(observation),
                    Answer::Unknown { .. } => {}
                }
            }
        }
    }
}

/// A ledger, and who tells what it says about an account.
pub(super) struct Ledger<'a, S> {
    pub(super) store: &'a S,
    pub(super) teller: Teller<'a>,
    pub(super) settings: &'a Settings,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    /// When the scan began, RFC 3339.
    pub(super) at: &'a str,
    pub(super) now: Seconds,
}

impl<S: Store> Ledger<'_, S> {
    /// The fingerprints of what is open, as the scan begins.
    ///
    /// # Errors
    /// Says why the table does not answer.
    pub(super) async fn open(&self) -> Result<BTreeSet<String>, String> {
        let open = self.store.open(self.account, self.region, None).await?;
        Ok(open.into_iter().map(|entry| entry.subject.fingerprint).collect())
    }

    /// Takes in what a part saw. `open` is what was open when the scan began, and keeps what no part evaluated yet. Returns
    /// what is to be told.
    ///
    /// # Errors
    /// Says why the table does not answer.
    pub(super) async fn take(&self, seen: Seen, open: &mut BTreeSet<String>) -> Result<Vec<Claimed>, String> {
        let Seen { mut reported, stored, right, evaluated } = seen;
        reported.extend(right.into_iter().filter(|one| open.contains(&one.subject.fingerprint)));
        let mut claimed = remember(self.store, self.teller, &stored).await?;
        claimed.extend(take_in(self.store, self.teller, &reported).await?);
        open.retain(|fingerprint| !evaluated.contains(fingerprint));
        Ok(claimed)
    }

    /// Closes what an exception accepts, and what was open and is gone: the fingerprints that no part evaluated. Nothing is
    /// gone for a detector of which something could not be seen. Returns what is to be told.
    ///
    /// # Errors
    /// Says why the table does not answer.
    pub(super) async fn close(
        &self,
        unseen: &BTreeSet<String>,
        incomplete: &BTreeSet<String>,
    ) -> Result<Vec<Claimed>, String> {
        let open = self.store.open(self.account, self.region, None).await?;
        let closed = open.into_iter().filter_map(|entry| {
            let (reason, exception) = match self.exception(&entry) {
                Some(exception) => (Reason::Excepted, exception),
                None if is_gone(&entry, unseen, incomplete) => (Reason::Deleted, String::new()),
                None => return None,
            };
            let moment = Moment { time: self.moment(), rank: 1, wrong: false, event: String::new() };
            let by = By { exception, ..By::default() };
            Some(Observation {
                subject: entry.subject,
                moment,
                origin: Origin::Scan,
                answer: Answer::Right(reason),
                by,
            })
        });
        take_in(self.store, self.teller, &closed.collect::<Vec<_>>()).await
    }

    /// Why nobody has to know about an open entry any more: empty if its rule is not evaluated, because the settings switch it
    /// off or because this version has none of this id.
    fn exception(&self, entry: &Entry) -> Option<String> {
        let (rule, resource) = (&entry.subject.rule, &entry.subject.resource);
        if !self.settings.enabled(rule) || find_rule(rule).is_none() {
            return Some(String::new());
        }
        let mut exceptions = self.settings.exceptions.iter();
        let accepts = exceptions.find(|one| one.covers(rule, resource) && !one.expired(self.at, Some(self.now)));
        accepts.map(|one| one.reason.clone())
    }

    /// The time of what the scan concludes: as that of what it sees, before it began.
    fn moment(&self) -> Seconds {
        record_time(self.at).unwrap_or(self.now).saturating_sub(CONSISTENT_AFTER)
    }

    /// What invocations left behind: those that crashed and were not tried again, and storms whose message never came.
    ///
    /// # Errors
    /// Says why the table does not answer.
    pub(super) async fn left_over(&self) -> Result<Vec<Claimed>, String> {
        let left = self.store.left_over(self.now.saturating_sub(LEFT_OVER_AFTER)).await?;
        claim_pending(self.store, self.teller, &left).await
    }

    /// The messages about what was claimed: what is wrong in one, as a scan tells it, and what was resolved.
    pub(super) fn messages(&self, claimed: &[Claimed], gaps: scan::Gaps<'_>) -> Vec<Notification> {
        let (ended, wrong): (Vec<_>, Vec<_>) = claimed.iter().partition(|one| one.notice == Notice::Resolved);
        let mut documents: Vec<Value> =
            wrong.iter().map(|one| scan::stored_document(&one.entry, self.settings)).collect();
        documents.sort_by_cached_key(|one| (Reverse(severity(one)), id(one).to_owned()));
        let day = self.at.split('T').next().unwrap_or(self.at);
        // what has no room in a message would be taken for told, so there are as many messages as it takes
        let mut messages: Vec<Notification> = parts(&documents)
            .into_iter()
            .filter_map(|part| notification(self.account, day, part, 0, gaps, self.settings))
            .collect();
        let ended: Vec<Entry> = ended.iter().map(|one| one.entry.clone()).collect();
        messages.extend(published(resolved(&ended, self.settings)));
        messages
    }

    /// What is open or unverified at the end.
    ///
    /// # Errors
    /// Says why the table does not answer.
    pub(super) async fn still_open(&self) -> Result<Vec<Entry>, String> {
        self.store.open(self.account, self.region, None).await
    }

    /// The message that repeats what is open, if it is time for one.
    ///
    /// # Errors
    /// Says why the table does not answer.
    pub(super) async fn reminder(&self, open: &[Entry]) -> Result<Option<Notification>, String> {
        let Some(every) = self.settings.notify.remind.and_then(|every| Seconds::try_from(every).ok()) else {
            return Ok(None);
        };
        // the scan of the same hour is early or late by minutes
        let every = (every - SLACK).max(1);
        let is_old = |entry: &&Entry| {
            let opened = entry.opened_at.as_deref().and_then(record_time);
            opened.is_some_and(|opened| self.now - opened >= every) && entry.severity >= Severity::High
        };
        let open: Vec<Entry> = open.iter().filter(is_old).cloned().collect();
        let counter = format!("reminder-{}/{}#", self.account, self.region);
        if open.is_empty() || self.store.count(&counter, self.now, every).await?.number > 1 {
            return Ok(None);
        }
        let report = reminder(self.account, self.region, &open, self.now, self.settings);
        Ok(published(report.into_iter().collect()).pop())
    }

    /// How many findings are open by severity, and for how many hours the oldest one has been.
    pub(super) fn numbers(&self, open: &[Entry]) -> (BTreeMap<&'static str, u64>, u64) {
        let mut by_severity = BTreeMap::from(Severity::ALL.map(|severity| (severity.name(), 0)));
        let mut oldest = self.now;
        for entry in open.iter().filter(|entry| entry.state == State::Open) {
            *by_severity.entry(entry.severity.name()).or_default() += 1;
            oldest = oldest.min(entry.opened_at.as_deref().and_then(record_time).unwrap_or(oldest));
        }
        (by_severity, u64::try_from((self.now - oldest) / 3600).unwrap_or_default())
    }
}

/// Splits documents so that each part fits into a message, in which they are the text of a text.
fn parts(mut documents: &[Value]) -> Vec<&[Value]> {
    let mut parts = Vec::new();
    while !documents.is_empty() {
        let mut room = MESSAGE_BYTES;
        let fitting = documents.iter().take_while(|document| {
            let bytes = json!(document.to_string()).to_string().len();
            let fits = bytes <= room;
            room = room.saturating_sub(bytes);
            fits
        });
        let (part, rest) = documents.split_at(fitting.count().max(1));
        parts.push(part);
        documents = rest;
    }
    parts
}

/// The notifications among reports. What is below `notify.min_severity` is in the ledger, and nowhere else.
fn published(reports: Vec<Report>) -> Vec<Notification> {
    let notification = |report| match report {
        Report::Publish(notification) => Some(notification),
        Report::Keep(_) => None,
    };
    reports.into_iter().filter_map(notification).collect()
}

/// True if a scan that saw everything of the detector evaluated the rule for no such resource.
fn is_gone(entry: &Entry, unseen: &BTreeSet<String>, incomplete: &BTreeSet<String>) -> bool {
    let Subject { rule, detector, .. } = &entry.subject;
    // a scan sees an event data store while it is pending deletion, and then the rule is named after that
    let is_named_so = rule.strip_prefix(&**detector).is_some_and(|rest| rest == "-deleted");
    let is_about_deletion = is_named_so || entry.verdict.as_ref().is_some_and(|look| look.moment.rank == DELETION);
    unseen.contains(&entry.subject.fingerprint)
        && !incomplete.contains(&entry.subject.detector)
        && !is_about_deletion
        && is_listed(&entry.subject.detector, &entry.subject.resource, &entry.subject.account)
}

/// The detectors of which a scan could not see everything. What is about no call of theirs is about all of them. A call that
/// the Region does not offer counts, too: a finding that is open there says otherwise, so it was the network.
pub(super) fn incomplete(gaps: &Gaps, not_offered: &BTreeSet<&'static str>) -> BTreeSet<String> {
    let asks = |row: &'static Existing, action: &str| Wanted::permissions(&[row]).any(|one| one.action == action);
    let is_of_none = |action: &str| !EXISTING.iter().any(|row| asks(row, action));
    let unseen = || gaps.iter().map(|gap| gap.action).chain(not_offered.iter().copied());
    let is_hit = |row: &&'static Existing| unseen().any(|action| asks(row, action) || is_of_none(action));
    EXISTING.iter().copied().filter(is_hit).map(|row| row.detector.name.to_owned()).collect()
}

#[cfg(test)]
mod tests;
