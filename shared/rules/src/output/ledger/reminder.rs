//! What is still open, repeated after a while.

use std::cmp::Reverse;

use serde::Serialize;
use serde_json::Value;

use crate::engine::finding::digest;
use crate::ledger::{Entry, Notice, State};
use crate::output::chat::{self, Chat, commands, inert};
use crate::output::email::{self, CONTINUED, RULE, field, headline, prose, wrap};
use crate::output::ledger::fitting::{Item, command, steps};
use crate::output::sns::{self, EMAIL, Notification, Report, subject};
use crate::output::state::open_for;
use crate::output::{VERSION, counts, shorten};
use crate::settings::Settings;
use crate::util::severity::Severity;
use crate::util::text::{cut, plain};
use crate::util::time::{Seconds, time, written};

/// The name of reminders among the detectors.
const NAME: &str = "reminder";

/// Less severe findings are listed by the command line only.
const LEAST_SEVERE: Severity = Severity::High;

/// How many findings the e-mail shows, and how many characters of each text. The first that fit are taken.
const LIMITS: [(usize, usize); 4] = [(200, 1_024), (200, 256), (40, 256), (10, 64)];

/// How many findings a chat message shows.
const FEW: usize = 10;

/// What is open in an account and Region.
struct Reminder<'a> {
    account: &'a str,
    region: &'a str,
    items: Vec<Item<'a>>,
    now: Seconds,
}

/// The reminder of the critical and high findings that are open in an account and Region, the most severe first, of those
/// the oldest. `None` if there are none.
pub fn reminder(account: &str, region: &str, entries: &[Entry], now: Seconds, settings: &Settings) -> Option<Report> {
    let least = LEAST_SEVERE.max(settings.notify.min_severity);
    let is_reminded = |entry: &&Entry| entry.state == State::Open && entry.severity >= least;
    let mut items: Vec<Item<'_>> =
        entries.iter().filter(is_reminded).map(|entry| Item::new(Notice::Opened, entry)).collect();
    items.sort_by_key(|item| (Reverse(item.entry.severity), opened(item.entry)));
    let reminder = Reminder { account, region, items, now };
    let label = reminder.items.first()?.label();
    let head = format!("[{label}] Reminder: {}", reminder.open());
    let chat = settings.notify.chat.then(|| reminder.chat(label));
    let email = email::shortened(&LIMITS, EMAIL, |(most, limit)| reminder.email(most, limit));
    let sms = cut(&plain(&reminder.headline()), 140);
    let mut attributes = sns::attributes(label, NAME, account, region);
    attributes.push(("state", "open".to_owned()));
    Some(Report::Publish(Notification {
        subject: subject(&head, "", &format!(" ({account} {region})")),
        message: sns::texts(chat, email, sms, |room| reminder.machine(room, settings)),
        attributes,
    }))
}

/// The time since which an entry is open; those of which it is not known come last.
fn opened(entry: &Entry) -> Seconds {
    entry.opened_at.as_deref().and_then(time).unwrap_or(Seconds::MAX)
}

impl Reminder<'_> {
    /// `1 critical, 12 high open for up to 12 d 3 h`
    fn open(&self) -> String {
        let oldest = self.items.iter().min_by_key(|item| opened(item.entry));
        let oldest = oldest.and_then(|item| open_for(item.entry, self.now));
        let time = oldest.map(|time| format!(" for up to {time}")).unwrap_or_default();
        format!("{} open{time}", counts(self.items.iter().map(|item| item.entry.severity), 0))
    }

    fn headline(&self) -> String {
        format!("Reminder of {} {}: {}", self.account, self.region, self.open())
    }

    fn command(&self) -> String {
        command(self.account, "")
    }

    /// How long an entry is open.
    fn since(&self, entry: &Entry) -> String {
        let opened = entry.opened_at.as_deref().unwrap_or("an unknown time");
        let time = open_for(entry, self.now).unwrap_or_else(|| "an unknown time".to_owned());
        format!("Open for {time}, since {opened}.")
    }

    fn email(&self, most: usize, limit: usize) -> String {
        let mut text = wrap(&prose(&self.headline(), limit), CONTINUED);
        text += "\nAll that is open, and how to fix each, with credentials of this account:\n";
        text += &format!("  {}\n", self.command());
        for item in self.items.iter().take(most) {
            text += RULE;
            text += &headline(item.label(), &prose(item.detail(), limit), 1);
            text += &email::link(item.link().as_deref(), limit);
            text += &field("State", &self.since(item.entry), limit);
            let who = item.who();
            if !who.is_empty() {
                text += &field("Who", &who, limit);
            }
            text += &field("Resource", item.resource(), limit);
            text += &field("Rule", &item.entry.subject.rule, limit);
            text += &format!("  finding {}\n", prose(item.id(), limit));
        }
        let not_shown = self.items.len().saturating_sub(most);
        if not_shown > 0 {
            text += &format!("{RULE}{not_shown} more: the command above lists them.\n");
        }
        text
    }

    fn chat(&self, label: &str) -> Value {
        let line = |item: &Item<'_>| {
            let text = format!("{} {} {}", self.since(item.entry), item.detail(), item.resource());
            chat::line(item.label(), &text, item.link().as_deref())
        };
        let mut lines: Vec<String> = self.items.iter().take(FEW).map(line).collect();
        let not_shown = self.items.len().saturating_sub(FEW);
        if not_shown > 0 {
            lines.push(format!("{not_shown} more"));
        }
        chat::custom(Chat {
            id: digest(&[NAME, self.account, self.region, &written(self.now)]),
            title: inert(&format!("{label} {}", self.headline()), 250),
            description: lines.join("\n"),
            next_steps: commands(&self.command()).collect(),
            thread: digest(&[NAME, self.account, self.region]),
            summary: inert(&self.headline(), 250),
            event_type: NAME,
            resources: self.items.iter().take(FEW).map(|item| inert(item.resource(), 256)).collect(),
            severity: &label.to_lowercase(),
            account: self.account,
            region: self.region,
        })
    }

    /// The text for programs. It has as many findings as fit into `room` bytes, and says how many do not.
    fn machine(&self, room: usize, settings: &Settings) -> String {
        let documents = self.items.iter().map(|item| item.document(settings)).collect();
        // what an attribute cannot hold is no account and no Region
        let (account, region) = (cut(self.account, 64), cut(self.region, 64));
        shorten::fit_most(documents, &steps(), room, |findings, truncated, left_out| {
            let (account, region) = (&account, &region);
            let document = Machine { detector: NAME, version: VERSION, account, region, findings, left_out, truncated };
            serde_json::to_string(&document).unwrap_or_default()
        })
    }
}

/// The text for programs.
#[derive(Serialize)]
struct Machine<'a> {
    detector: &'a str,
    /// Of Sealwatch.
    version: &'static str,
    account: &'a str,
    region: &'a str,
    findings: &'a [Value],
    /// How many further findings have no room here.
    left_out: usize,
    truncated: bool,
}
