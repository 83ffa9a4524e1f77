//! A line of the ledger, as the command prints it.

use sealwatch_rules::engine::actor::{Actor, caller};
use sealwatch_rules::language::{Language, Text};
use sealwatch_rules::ledger::{By, Entry, Reason, State};
use sealwatch_rules::output::ledger::{how, lasted};
use sealwatch_rules::text;
use sealwatch_rules::util::time::{Seconds, time};
use serde::Deserialize;
use serde_json::Value;

use crate::report::words::translated;

/// An entry and the finding that it stores.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) entry: Entry,
    /// Null if the entry stores none, or one that cannot be read.
    pub(super) finding: Value,
}

impl Item {
    pub(super) fn new(entry: Entry) -> Item {
        let finding = serde_json::from_str(&entry.finding).unwrap_or_default();
        Item { entry, finding }
    }

    /// True unless nothing was ever wrong, or something was before anybody could be told: the ledger remembers that only to
    /// tell newer events from older ones.
    pub(super) fn is_finding(&self) -> bool {
        !self.entry.finding.is_empty()
    }

    pub(super) fn is_resolved(&self) -> bool {
        self.entry.state == State::Resolved
    }

    /// Since when it is open, or was when it was resolved.
    pub(super) fn since(&self) -> Option<&str> {
        self.entry.opened_at.as_deref().or(self.entry.first_seen.as_deref())
    }

    /// When it was opened, resolved or reported last: what has another severity or other evidence is reported again.
    pub(super) fn changed_at(&self) -> Option<Seconds> {
        let changed_at = if self.is_resolved() { self.entry.resolved_at.as_deref() } else { self.since() };
        let told_at = self.entry.told.as_ref().map(|told| told.at.as_str());
        changed_at.and_then(time).max(told_at.and_then(time))
    }

    /// `open for 3 d 4 h`.
    pub(super) fn age(&self, now: Seconds) -> Text {
        let end = match self.entry.state {
            State::Open | State::Unverified => Some(now),
            State::Resolved => self.entry.resolved_at.as_deref().and_then(time),
        };
        let time = self.since().and_then(time).zip(end).map(|(since, end)| lasted(end - since));
        match (self.entry.state, time) {
            (State::Open, Some(time)) => text!("open for {time}", time),
            (State::Open, None) => Text::literal("open"),
            (State::Unverified, Some(time)) => text!("unverified for {time}", time),
            (State::Unverified, None) => Text::literal("unverified"),
            (State::Resolved, _) if self.since().is_none() => Text::literal("was never open"),
            (State::Resolved, Some(time)) => text!("was open for {time}", time),
            (State::Resolved, None) => Text::literal("was open"),
        }
    }

    /// Who made it wrong, by which call and when; `None` if no finding is stored.
    pub(super) fn cause(&self) -> Option<Text> {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Event {
            name: String,
            time: String,
        }
        // each by itself, so that one strange member does not hide the other
        let read = |member: &str| self.finding.get(member).filter(|value| !value.is_null()).cloned();
        let event: Event = read("event").and_then(|event| serde_json::from_value(event).ok()).unwrap_or_default();
        let actor: Option<Actor> = read("actor").and_then(|actor| serde_json::from_value(actor).ok());
        match (self.stored("/seen"), event.name.as_str()) {
            ("scan", _) => Some(text!("seen by a scan at {time}", time = self.stored("/at"))),
            (_, "") => None,
            (_, call) => {
                let who = actor.map_or(Text::literal("an unknown caller"), |actor| actor.in_words());
                Some(text!("{call} by {who} at {time}", call, who, time = event.time))
            }
        }
    }

    /// How and by whom it was resolved; `None` if it is not.
    pub(super) fn end(&self) -> Option<Text> {
        let at = self.entry.resolved_at.as_deref().filter(|_| self.is_resolved())?;
        Some(text!("resolved at {at}. {how}", at, how = how(&self.entry)))
    }

    /// The headline of its rule.
    pub(super) fn title(&self, language: Language) -> &str {
        translated(&self.finding, "title", language)
    }

    /// What is wrong.
    pub(super) fn detail(&self, language: Language) -> &str {
        translated(&self.finding, "detail", language)
    }

    /// A text of the stored finding; empty if it is missing.
    pub(super) fn stored(&self, pointer: &str) -> &str {
        self.finding.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Why there is no violation, in one word.
pub(super) fn ending(reason: Option<Reason>) -> Text {
    match reason {
        Some(Reason::Fixed) => Text::literal("fixed"),
        Some(Reason::Deleted) => Text::literal("deleted"),
        Some(Reason::Excepted) => Text::literal("accepted"),
        None => Text::literal("resolved"),
    }
}

/// Who made a call, or what else made the entry what it is.
pub(super) fn source(by: &By) -> Text {
    match (by.call.as_str(), by.who.as_str()) {
        _ if by.reason == Some(Reason::Excepted) => match by.exception.as_str() {
            "" => Text::literal("the settings switch the rule off"),
            reason => text!("exception: {reason}", reason),
        },
        ("", _) => Text::literal("seen by a scan"),
        (call, "") => call.into(),
        (call, who) => text!("{call} by {who}", call, who = caller(who)),
    }
}
