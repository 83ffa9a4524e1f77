//! A line of the ledger, as the command prints it.

use sealwatch_rules::engine::actor::Actor;
use sealwatch_rules::ledger::{By, Entry, Reason, State};
use sealwatch_rules::util::time::{DAY, Seconds, time};
use serde::Deserialize;
use serde_json::Value;

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

    /// When it was opened or resolved last.
    pub(super) fn changed_at(&self) -> Option<Seconds> {
        let changed_at = if self.is_resolved() { self.entry.resolved_at.as_deref() } else { self.since() };
        changed_at.and_then(time)
    }

    /// `open for 3 d 4 h`.
    pub(super) fn age(&self, now: Seconds) -> String {
        let (verb, end) = match self.entry.state {
            State::Open => ("open", Some(now)),
            State::Unverified => ("unverified", Some(now)),
            State::Resolved => ("was open", self.entry.resolved_at.as_deref().and_then(time)),
        };
        match (self.since().and_then(time), end) {
            (Some(since), Some(end)) => format!("{verb} for {}", span(end - since)),
            _ => verb.to_owned(),
        }
    }

    /// Who made it what it is, by which call and when.
    pub(super) fn cause(&self) -> String {
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
        match (self.text("/seen"), event.name.as_str()) {
            ("scan", _) => format!("seen by a scan at {}", self.text("/at")),
            (_, "") => "by an unknown call".to_owned(),
            (_, call) => {
                let who = actor.map_or_else(|| "an unknown caller".to_owned(), |actor| actor.in_words());
                format!("{call} by {who} at {}", event.time)
            }
        }
    }

    /// How and by whom it was resolved; `None` if it is not.
    pub(super) fn end(&self) -> Option<String> {
        let by = self.entry.resolved_by.as_ref().filter(|_| self.is_resolved())?;
        let at = self.entry.resolved_at.as_deref().unwrap_or("an unknown time");
        Some(format!("{} at {at}: {}", ending(by.reason), source(by)))
    }

    /// A text of the stored finding; empty if it is missing.
    pub(super) fn text(&self, pointer: &str) -> &str {
        self.finding.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Why there is no violation, in one word.
pub(super) fn ending(reason: Option<Reason>) -> &'static str {
    match reason {
        Some(Reason::Fixed) => "fixed",
        Some(Reason::Deleted) => "deleted",
        Some(Reason::Excepted) => "accepted",
        None => "resolved",
    }
}

/// Who made a call, or what else made the entry what it is.
pub(super) fn source(by: &By) -> String {
    match (by.call.as_str(), by.who.as_str()) {
        _ if by.reason == Some(Reason::Excepted) => match by.exception.as_str() {
            "" => "the settings switch the rule off".to_owned(),
            reason => format!("exception: {reason}"),
        },
        ("", _) => "seen by a scan".to_owned(),
        (call, "") => call.to_owned(),
        (call, who) => format!("{call} by {who}"),
    }
}

/// A time span in its two largest units.
pub(super) fn span(seconds: Seconds) -> String {
    let (days, hours, minutes) = (seconds / DAY, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (..=0, ..=0, ..=0) => "less than a minute".to_owned(),
        (..=0, ..=0, minutes) => format!("{minutes} min"),
        (..=0, hours, 0) => format!("{hours} h"),
        (..=0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units() {
        for (seconds, want) in [
            (-5, "less than a minute"),
            (-DAY, "less than a minute"),
            (59, "less than a minute"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h"),
            (3 * 3600 + 240, "3 h 4 min"),
            (DAY, "1 d"),
            (3 * DAY + 4 * 3600 + 59, "3 d 4 h"),
            (400 * DAY + 59, "400 d"),
        ] {
            assert_eq!(span(seconds), want, "{seconds}");
        }
    }
}
