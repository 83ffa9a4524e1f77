//! What is to be told: the difference between what holds and what was told.

use crate::ledger::entry::{By, Claim, Entry, Holds, State, Told};
use crate::util::time::{Seconds, record_time, written};

/// What is to be told about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notice {
    /// There is a violation.
    Opened,
    /// The violation has another severity or other evidence.
    Changed,
    /// There is a violation again.
    Reopened,
    /// It cannot be verified.
    Unverified,
    /// There is no violation any more.
    Resolved,
}

impl Entry {
    /// What is to be told; `None` if everything was told. While a claim stands, what it tells may have been told or not: it is
    /// to be told again, and so is whatever differs from it.
    pub fn notice(&self) -> Option<Notice> {
        let holds = self.holds();
        let claimed = self.claim.iter().flat_map(|claim| [Some(&claim.told.holds), claim.replaced.as_ref()]).flatten();
        let mut differences = claimed.filter_map(|claimed| difference(Some(claimed), &holds));
        differences.next().or_else(|| difference(self.told.as_ref().map(|told| &told.holds), &holds))
    }

    /// Begins to tell what holds, for an invocation. Store it before the message is published.
    pub fn claim(&mut self, invocation: &str) {
        let at = self.look().map(|look| written(look.moment.time)).unwrap_or_default();
        let by = match self.state {
            State::Resolved => self.resolved_by.clone().unwrap_or_default(),
            State::Open | State::Unverified => self.by_of_finding(),
        };
        let told = Told { holds: self.holds(), at, by, published: false };
        let replaced = self.claim.take().and_then(|claim| match claim.told.holds == told.holds {
            true => claim.replaced,
            false => Some(claim.told.holds),
        });
        self.claim = Some(Claim { invocation: invocation.to_owned(), told, replaced });
        self.pending.get_or_insert_with(|| Entry::CLAIMED.to_owned());
    }

    /// What was claimed is told: the message is published. Returns false if the claim is not of this invocation any more,
    /// because another one took it over.
    pub fn confirm(&mut self, invocation: &str, keep: Seconds) -> bool {
        match self.claim.take_if(|claim| claim.invocation == invocation) {
            None => false,
            Some(Claim { told, .. }) => {
                self.history.push(told.clone());
                let old = self.history.len().saturating_sub(Entry::HISTORY);
                self.history.drain(..old);
                self.told = Some(told);
                self.pending = None;
                self.set_expiry(keep);
                true
            }
        }
    }

    /// Notes that what was confirmed last went to the topic.
    pub fn note_published(&mut self) {
        self.told.iter_mut().chain(self.history.last_mut()).for_each(|told| told.published = true);
    }

    /// True if a message about what is open, or was until now, went to the topic.
    pub fn was_published(&self) -> bool {
        let opened = self.opened_at.as_deref().unwrap_or_default();
        let is_about = |told: &&Told| told.holds.state != State::Resolved && *told.at >= *opened;
        self.told.iter().chain(&self.history).filter(is_about).any(|told| told.published)
    }

    /// Leaves what is claimed to a message that gathers several. Nothing was published yet.
    pub fn leave_to(&mut self, message: &str) {
        self.claim = None;
        self.pending = Some(message.to_owned());
    }

    /// How long it was open, in seconds; `None` while it is open, and if a time cannot be read.
    pub fn seconds_open(&self) -> Option<u64> {
        let resolved = self.resolved_at.as_deref().filter(|_| self.state == State::Resolved).and_then(record_time)?;
        let opened = self.opened_at.as_deref().and_then(record_time)?;
        u64::try_from(resolved - opened).ok()
    }

    /// Who made the call of the stored finding, and which.
    fn by_of_finding(&self) -> By {
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Finding {
            event: Option<Event>,
            actor: Option<crate::engine::actor::Actor>,
        }
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Event {
            id: String,
            name: String,
        }
        let Ok(Finding { event: Some(event), actor }) = serde_json::from_str(&self.finding) else {
            return By::default();
        };
        let who = actor.map(|actor| actor.in_words()).unwrap_or_default();
        By { who: who.to_string(), call: event.name, event: event.id, ..By::default() }
    }
}

fn difference(told: Option<&Holds>, holds: &Holds) -> Option<Notice> {
    let Some(told) = told else {
        return match holds.state {
            State::Open => Some(Notice::Opened),
            State::Unverified => Some(Notice::Unverified),
            // it opened and closed before anyone was told
            State::Resolved => None,
        };
    };
    match (told.state, holds.state) {
        (State::Open, State::Open) => (told != holds).then_some(Notice::Changed),
        (State::Resolved, State::Open) => Some(Notice::Reopened),
        (State::Unverified, State::Open) => Some(Notice::Opened),
        (State::Open | State::Resolved, State::Unverified) => Some(Notice::Unverified),
        (State::Open | State::Unverified, State::Resolved) => Some(Notice::Resolved),
        (State::Unverified, State::Unverified) | (State::Resolved, State::Resolved) => None,
    }
}
