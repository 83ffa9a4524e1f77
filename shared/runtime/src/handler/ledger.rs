//! A function with a ledger tells what differs from what it told last.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use sealwatch_rules::Finding;
use sealwatch_rules::engine::finding::digest;
use sealwatch_rules::ledger::{Answer, Entry, Moment, Notice, Observation, Origin, Reason, State, observations};
use sealwatch_rules::output::ledger::{gathered, resolved};
use sealwatch_rules::output::sns::{Report, report_with};
use sealwatch_rules::util::text::plain;
use sealwatch_rules::util::time::record_time;

use crate::clock::lag;
use crate::edges::Edges;
use crate::handler::{Failure, Function, GATHER, Invocation, PUBLISH, REMEMBER, Task, keep};
use crate::ledger::{Claimed, Store, Teller, WINDOW, claim_pending, confirm, take_in};
use crate::metrics::Counts;
use crate::schedule::asking_for;

/// How long after its window a message about a storm is sent, in seconds: an invocation that counted its finding at the end of
/// the window has stored it by then.
const MARGIN: i64 = 15;

/// An invocation that takes so long that it stores its finding less than this before that message is sent does not leave it
/// to it, in seconds: the index of the table takes a moment.
const NEARLY: i64 = 5;

/// What is told in one message, and what it says.
struct Message {
    about: Vec<Claimed>,
    reports: Vec<Report>,
}

impl<E: Edges> Function<E> {
    fn teller<'a>(&self, invocation: &Invocation<'a>) -> Teller<'a> {
        let keep = i64::try_from(self.settings.ledger.keep_resolved).unwrap_or(i64::MAX);
        Teller { invocation: invocation.request_id, keep, now: self.now(invocation) }
    }

    /// Takes the findings of an event into the ledger, and publishes what differs from what was told. Returns the number of
    /// violations.
    pub(super) async fn report_what_differs(
        &self,
        ledger: &E::Ledger,
        task: &Task<'_>,
        findings: &[Finding<'_>],
        is_recheck: bool,
        counts: &mut Counts,
    ) -> Result<u64, Failure> {
        let teller = self.teller(task.invocation);
        let claimed = async {
            let seen = self.observations(ledger, task, findings, is_recheck).await?;
            take_in(ledger, teller, &seen).await
        };
        let mut claimed = task.make(&REMEMBER, claimed, counts).await?;
        let (published, kept) = (counts.published, counts.kept);
        while !claimed.is_empty() {
            let alone = self.tell_alone(ledger, task, claimed, counts).await?;
            claimed = Vec::new();
            for mut message in self.messages(&task.change.event.id, findings, alone) {
                if self.publish(task.invocation, &task.change.event.id, &mut message, counts).await? && !is_recheck {
                    counts.detection_lag = lag(&task.change.event.time, SystemTime::now());
                }
                self.count_told(&message, counts);
                let rest = confirm(ledger, teller, message.about);
                claimed.extend(task.make(&REMEMBER, rest, counts).await?);
            }
        }
        let count = findings.iter().filter(|finding| finding.is_violation()).count() as u64;
        let told = (counts.published - published) + (counts.kept - kept);
        counts.known += count.saturating_sub(told);
        Ok(count)
    }

    /// What the findings say, and if the resource is gone, what that says about everything else that is open about it.
    async fn observations(
        &self,
        ledger: &E::Ledger,
        task: &Task<'_>,
        findings: &[Finding<'_>],
        is_recheck: bool,
    ) -> Result<Vec<Observation>, String> {
        let now = self.now(task.invocation);
        let origin = if is_recheck { Origin::Recheck } else { Origin::Event };
        let mut seen = observations(findings, self.settings.language, origin, now);
        let change = task.change;
        // the end of a grant says nothing about its key
        let is_whole = change.deletes() && !change.resource.is_part();
        if let (true, Some(arn)) = (is_whole, &change.resource.arn) {
            let own: BTreeSet<String> = findings.iter().map(Finding::fingerprint).collect();
            let open = ledger.open(change.account(), change.scope.region, Some(arn)).await?;
            let by = seen.first().map(|one| one.by.clone()).unwrap_or_default();
            let others = open.into_iter().filter(|entry| !own.contains(&entry.subject.fingerprint));
            seen.extend(others.map(|entry| Observation {
                subject: entry.subject,
                moment: Moment {
                    time: record_time(&change.event.time).unwrap_or(now),
                    rank: change.rank(),
                    wrong: false,
                    event: change.event.id.clone(),
                },
                origin,
                answer: Answer::Right(Reason::Deleted),
                by: by.clone(),
            }));
        }
        // of two looks the later one decides: a record whose clock is ahead would hide what happens until that time comes
        let latest = task.invocation.time_limit.unwrap_or(now);
        seen.iter_mut().for_each(|one| one.moment.time = one.moment.time.min(latest));
        Ok(seen)
    }

    /// Leaves what belongs to a storm to one message at its end, and returns the rest. If that message cannot be scheduled,
    /// nothing is left to it.
    async fn tell_alone(
        &self,
        ledger: &E::Ledger,
        task: &Task<'_>,
        claimed: Vec<Claimed>,
        counts: &mut Counts,
    ) -> Result<Vec<Claimed>, Failure> {
        let mut alone = Vec::new();
        for mut one in claimed {
            let kind = kind(&one);
            let counter = format!("{kind}#");
            let count = ledger.count(&counter, self.now(task.invocation), WINDOW);
            let count = task.make(&REMEMBER, count, counts).await?;
            if !count.is_storm() {
                alone.push(one);
                continue;
            }
            let message = format!("{kind}-{}", count.ends);
            let function = task.invocation.function_arn;
            let scheduled = self.edges.send(&message, count.ends + MARGIN, function, asking_for(&message));
            if let Err(failure) = task.make(&GATHER, scheduled, counts).await {
                tracing::warn!("{}; the finding is published by itself", failure.message());
                alone.push(one);
                continue;
            }
            one.entry.leave_to(&message);
            let left = async {
                // whoever stored it meanwhile saw the claim and waits for it, so it has to be told or left now
                let is_stored = ledger.put(&mut one.entry).await?;
                // the message may have looked for what it has to tell already
                let is_late = self.now(task.invocation) >= count.ends + MARGIN - NEARLY;
                if is_stored && !is_late { Ok(None) } else { Ok(Some(one)) }
            };
            if let Some(one) = task.make(&REMEMBER, left, counts).await? {
                let fingerprint = [one.entry.subject.fingerprint];
                let again = claim_pending(ledger, self.teller(task.invocation), &fingerprint);
                alone.extend(task.make(&REMEMBER, again, counts).await?);
            }
        }
        Ok(alone)
    }

    /// The messages of an event: what is wrong, what another event left untold, and what was resolved.
    fn messages(&self, event_id: &str, findings: &[Finding<'_>], claimed: Vec<Claimed>) -> Vec<Message> {
        let (ended, wrong): (Vec<_>, Vec<_>) = claimed.into_iter().partition(|one| one.notice == Notice::Resolved);
        // an earlier attempt may have come to another result, and what holds is what has to be told
        let says = |finding: &Finding<'_>, entry: &Entry| match entry.state {
            State::Open => finding.is_violation(),
            State::Unverified => finding.is_unverified(),
            State::Resolved => false,
        };
        let is_own = |one: &Claimed| {
            one.entry.look().is_some_and(|look| look.moment.event == event_id)
                && (findings.iter())
                    .any(|finding| finding.fingerprint() == one.entry.subject.fingerprint && says(finding, &one.entry))
        };
        let (own, left): (Vec<_>, Vec<_>) = wrong.into_iter().partition(is_own);
        let mut messages = Vec::new();
        if !own.is_empty() {
            let entries: BTreeMap<String, (Notice, &Entry)> =
                own.iter().map(|one| (one.entry.subject.fingerprint.clone(), (one.notice, &one.entry))).collect();
            let told = findings.iter().filter(|finding| entries.contains_key(&finding.fingerprint()));
            let told: Vec<Finding<'_>> = told.cloned().collect();
            let reports = report_with(self.detector.name, &told, &entries, &self.settings).into_iter().collect();
            messages.push(Message { about: own, reports });
        }
        if !left.is_empty() {
            let entries: Vec<(Notice, &Entry)> = left.iter().map(|one| (one.notice, &one.entry)).collect();
            let reports = gathered(&entries, &self.settings);
            messages.push(Message { about: left, reports });
        }
        if !ended.is_empty() {
            let entries: Vec<Entry> = ended.iter().map(|one| one.entry.clone()).collect();
            let reports = resolved(&entries, &self.settings);
            messages.push(Message { about: ended, reports });
        }
        messages
    }

    /// Publishes or keeps a message. Returns true if something was published.
    async fn publish(
        &self,
        invocation: &Invocation<'_>,
        event_id: &str,
        message: &mut Message,
        counts: &mut Counts,
    ) -> Result<bool, Failure> {
        let about = format!("event `{}`", plain(event_id));
        let violations = message.about.iter().filter(|one| one.entry.state == State::Open).count() as u64;
        let mut is_published = false;
        for report in &message.reports {
            match report {
                Report::Publish(notification) => {
                    let published = self.edges.publish(notification.clone());
                    invocation.make(&PUBLISH, &about, published, counts).await?;
                    is_published = true;
                }
                Report::Keep(findings) => {
                    let kept = async { keep(invocation, event_id, findings) };
                    invocation.make(&PUBLISH, &about, kept, counts).await?;
                }
            }
        }
        message.about.iter_mut().for_each(|one| one.is_published = is_published);
        match (is_published, message.reports.is_empty()) {
            (true, _) => counts.published += violations,
            (false, false) => counts.kept += violations,
            (false, true) => {}
        }
        Ok(is_published)
    }

    /// Counts what was told.
    fn count_told(&self, message: &Message, counts: &mut Counts) {
        for Claimed { entry, .. } in &message.about {
            let rule = self.detector.rules.iter().find(|rule| rule.id == entry.subject.rule);
            match entry.state {
                State::Open => counts.by_rule.extend(rule.map(|rule| (rule.id, entry.severity.name()))),
                State::Unverified => {}
                State::Resolved => {
                    counts.resolved += 1;
                    counts.times_to_fix.extend(entry.seconds_open());
                }
            }
        }
    }

    /// Tells what a storm left to this message.
    pub(super) async fn tell_gathered(
        &self,
        message: &str,
        invocation: &Invocation<'_>,
        counts: &mut Counts,
    ) -> Result<(), Failure> {
        let Some(ledger) = self.edges.ledger() else { return Ok(()) };
        let (teller, about) = (self.teller(invocation), format!("message `{}`", plain(message)));
        counts.events += 1;
        let claimed = async {
            let waiting = ledger.pending(message).await?;
            claim_pending(ledger, teller, &waiting).await
        };
        let mut claimed = invocation.make(&REMEMBER, &about, claimed, counts).await?;
        while !claimed.is_empty() {
            let entries: Vec<(Notice, &Entry)> = claimed.iter().map(|one| (one.notice, &one.entry)).collect();
            let reports = gathered(&entries, &self.settings);
            let mut message = Message { about: claimed, reports };
            self.publish(invocation, "", &mut message, counts).await?;
            self.count_told(&message, counts);
            let rest = confirm(ledger, teller, message.about);
            claimed = invocation.make(&REMEMBER, &about, rest, counts).await?;
        }
        counts.evaluated += 1;
        tracing::info!(requestId = invocation.request_id, "told what {} gathered", plain(message));
        Ok(())
    }
}

/// Findings that are told together in a storm have the same name: that of rule, actor and account, and whether they were
/// resolved.
fn kind(claimed: &Claimed) -> String {
    let Claimed { notice, entry, .. } = claimed;
    let who = entry.claim.as_ref().map_or("", |claim| claim.told.by.who.as_str());
    let ends = if *notice == Notice::Resolved { "resolved" } else { "open" };
    format!("storm-{}", digest(&[&entry.subject.rule, who, &entry.subject.account, ends]))
}
