//! What is still open, repeated after a while.

use std::cmp::Reverse;

use serde::Serialize;
use serde_json::Value;

use crate::engine::finding::digest;
use crate::language::{Language, Text, text};
use crate::ledger::{Entry, Notice, State};
use crate::output::chat::{self, Chat, commands, inert};
use crate::output::email::{self, CONTINUED, RULE, field, headline, prose};
use crate::output::ledger::fitting::{Item, command, steps};
use crate::output::sns::{self, EMAIL, Notification, Report, short_message, subject};
use crate::output::state::{UNKNOWN_TIME, open_for};
use crate::output::wrap::wrap;
use crate::output::{VERSION, counts, shorten};
use crate::settings::Settings;
use crate::util::severity::Severity;
use crate::util::text::cut;
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
    language: Language,
}

/// The reminder of the critical and high findings that are open in an account and Region, the most severe first, of those
/// the oldest. `None` if there are none.
pub fn reminder(account: &str, region: &str, entries: &[Entry], now: Seconds, settings: &Settings) -> Option<Report> {
    let least = LEAST_SEVERE.max(settings.notify.min_severity);
    let is_reminded = |entry: &&Entry| entry.state == State::Open && entry.severity >= least;
    let mut items: Vec<Item<'_>> =
        entries.iter().filter(is_reminded).map(|entry| Item::new(Notice::Opened, entry)).collect();
    items.sort_by_key(|item| (Reverse(item.entry.severity), opened(item.entry)));
    let language = settings.language;
    let reminder = Reminder { account, region, items, now, language };
    let label = reminder.items.first()?.label();
    let head = format!("[{label}] Reminder: {}", reminder.open());
    let chat = settings.notify.chat.then(|| reminder.chat(&label));
    let email = email::shortened(&LIMITS, EMAIL, |(most, limit)| reminder.email(most, limit));
    let sms = short_message(&reminder.headline().in_language(language), language);
    let mut attributes = sns::attributes(&label, NAME, account, region);
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
    fn open(&self) -> Text {
        let counts = counts(self.items.iter().map(|item| item.entry.severity), 0);
        let oldest = self.items.iter().min_by_key(|item| opened(item.entry));
        match oldest.and_then(|item| open_for(item.entry, self.now)) {
            Some(time) => text!("{counts} open for up to {time}", counts, time),
            None => text!("{counts} open", counts),
        }
    }

    fn headline(&self) -> Text {
        let Reminder { account, region, .. } = self;
        text!("Reminder of {account} {region}: {open}", account, region, open = self.open())
    }

    fn command(&self) -> String {
        command(self.account, "")
    }

    /// How long an entry is open.
    fn since(&self, entry: &Entry) -> Text {
        let opened = entry.opened_at.as_deref().map_or(UNKNOWN_TIME, Text::from);
        let time = open_for(entry, self.now).unwrap_or(UNKNOWN_TIME);
        text!("Open for {time}, since {opened}.", time, opened)
    }

    fn email(&self, most: usize, limit: usize) -> String {
        let language = self.language;
        let mut text = wrap(language, &prose(&self.headline().in_language(language), limit), CONTINUED);
        let all = language.text("All that is open, and how to fix each, with credentials of this account:");
        text += &format!("\n{all}\n  {}\n", self.command());
        for item in self.items.iter().take(most) {
            text += RULE;
            text += &headline(language, &item.label(), &prose(item.detail(language), limit), 1);
            text += &email::link(item.link().as_deref(), limit);
            let mut add = |name: &str, value: &str| text += &field(language, name, value, limit);
            add(language.text("State"), &self.since(item.entry).in_language(language));
            let who = item.who();
            if !who.is_empty() {
                add(language.text("Who"), &who.in_language(language));
            }
            add(language.text("Resource"), item.resource());
            add(language.text("Rule"), &item.entry.subject.rule);
            text += &format!("  {} {}\n", language.text("finding"), prose(item.id(), limit));
        }
        let not_shown = self.items.len().saturating_sub(most);
        if not_shown > 0 {
            let more = text!("{count} more: the command above lists them.", count = not_shown);
            text += &format!("{RULE}{}\n", more.in_language(language));
        }
        text
    }

    fn chat(&self, label: &Text) -> Value {
        let language = self.language;
        let line = |item: &Item<'_>| {
            let since = self.since(item.entry);
            let text = format!("{} {} {}", since.in_language(language), item.detail(language), item.resource());
            chat::line(language, &item.label(), &text, item.link().as_deref())
        };
        let mut lines: Vec<String> = self.items.iter().take(FEW).map(line).collect();
        lines.extend(chat::more(language, self.items.len().saturating_sub(FEW)));
        let headline = self.headline();
        let headline = headline.in_language(language);
        chat::custom(Chat {
            id: digest(&[NAME, self.account, self.region, &written(self.now)]),
            title: inert(&format!("{} {headline}", label.in_language(language)), 250),
            description: lines.join("\n"),
            next_steps: commands(&self.command(), language).collect(),
            thread: digest(&[NAME, self.account, self.region]),
            summary: inert(&headline, 250),
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
