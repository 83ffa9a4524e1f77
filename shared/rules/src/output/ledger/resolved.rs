//! What is told when violations are resolved: how long they were open, and who fixed them by which call.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::ledger::{Entry, Notice};
use crate::output::chat::{self, Chat, DESCRIPTION, inert};
use crate::output::email::{self, RULE, field, headline, prose};
use crate::output::ledger::fitting::{Item, Part, Words, command, reports};
use crate::output::sns::{EMAIL, Report, subject};
use crate::output::state::{how, open_for, was_only_unverified};
use crate::settings::Settings;
use crate::util::text::{cut, plain};

/// How many findings the e-mail shows, and how many characters of each text. The first that fit are taken.
const LIMITS: [(usize, usize); 5] = [(200, 4_096), (200, 1_024), (200, 256), (40, 256), (10, 64)];

/// How many findings a chat message shows.
const FEW: usize = 10;

/// What is told about entries that are resolved: one message for each event that resolved some, and one for what the scan
/// resolved in an account and Region. It has several parts if it must, because nothing is left out.
pub fn resolved(entries: &[Entry], settings: &Settings) -> Vec<Report> {
    let mut by_event: BTreeMap<(&str, &str, &str), Vec<Item<'_>>> = BTreeMap::new();
    // nobody was told what was only unverified, if the settings say so
    let is_told = |entry: &&Entry| settings.notify.unverified || !was_only_unverified(entry);
    for entry in entries.iter().filter(is_told) {
        let event = entry.resolved_by.as_ref().map_or("", |by| &by.event);
        let key = (event, &*entry.subject.account, &*entry.subject.region);
        by_event.entry(key).or_default().push(Item::new(Notice::Resolved, entry));
    }
    let mut all = Vec::new();
    for mut items in by_event.into_values() {
        items.sort_by_key(|item| Reverse(item.entry.severity));
        all.extend(reports(&items, settings, write));
    }
    all
}

fn write(items: &[Item<'_>], part: Part) -> Words {
    let Some(first) = items.first() else { return Words::default() };
    let about = &first.entry.subject;
    let more = if items.len() > 1 { format!(" +{}", items.len() - 1) } else { String::new() };
    let after = open_for(first.entry, 0).map(|time| format!(" after {time}")).unwrap_or_default();
    let tail = format!("{more} ({} {}){part}", about.account, about.region);
    let sms = format!("RESOLVED {} {}{more}{after} {} {}", about.rule, first.name(), about.account, about.region);
    Words {
        subject: subject(&format!("[RESOLVED] {} ", about.rule), first.name(), &tail),
        sms: cut(&plain(&sms), 140),
        email: email::shortened(&LIMITS, EMAIL, |(most, limit)| write_email(items, most, limit)),
        chat: write_chat(items, first),
    }
}

/// How long the entry was open, in words.
fn duration(entry: &Entry) -> String {
    let opened = entry.opened_at.as_deref().unwrap_or("an unknown time");
    let time = open_for(entry, 0).unwrap_or_else(|| "an unknown time".to_owned());
    match was_only_unverified(entry) {
        true => format!("unverified for {time}, since {opened}; it is verified now"),
        false => format!("open for {time}, since {opened}"),
    }
}

fn write_email(items: &[Item<'_>], most: usize, limit: usize) -> String {
    let Some(first) = items.first() else { return String::new() };
    let about = &first.entry.subject;
    let mut text = String::new();
    for (index, item) in items.iter().take(most).enumerate() {
        let entry = item.entry;
        // what the first one says is not said again
        let is_new = |value: fn(&Item<'_>) -> String| index == 0 || value(item) != value(first);
        let (beginning, count) = if index == 0 { ("", items.len()) } else { (RULE, 1) };
        text += beginning;
        let title = format!("{} {}", prose(&entry.subject.rule, limit), prose(item.name(), limit));
        text += &headline("RESOLVED", &title, count);
        if is_new(|item| item.link().unwrap_or_default()) {
            text += &email::link(item.link().as_deref(), limit);
        }
        if index == 0 {
            text += "\n";
        }
        if is_new(|item| how(item.entry)) {
            text += &field("How", &how(entry), limit);
        }
        if index == 0 {
            text += &field("Resolved", entry.resolved_at.as_deref().unwrap_or("at an unknown time"), limit);
            text += &resolving_event(item, limit);
        }
        text += &field("Was", &format!("{}, {}", item.severity(), duration(entry)), limit);
        text += &field("It said", item.detail(), limit);
        if is_new(|item| item.resource().to_owned()) {
            text += &field("Resource", item.resource(), limit);
        }
        if index == 0 {
            text += &field("Account", &format!("{} {}", about.account, about.region), limit);
        }
        text += &format!("  finding {}\n", prose(item.id(), limit));
        text += &format!("  fingerprint {}\n", prose(&entry.subject.fingerprint, limit));
    }
    let not_shown = items.len().saturating_sub(most);
    if not_shown > 0 {
        text += &format!("{RULE}{not_shown} more. All of them, with credentials of this account:\n");
        text += &format!("  {}\n", command(&about.account, " --all"));
    }
    text
}

/// The event that resolved an entry, unless the e-mail begins with its link.
fn resolving_event(item: &Item<'_>, limit: usize) -> String {
    let by = item.entry.resolved_by.as_ref().filter(|by| !by.event.is_empty());
    let Some(by) = by else { return String::new() };
    match item.resolving_event().filter(|url| url.len() <= limit) {
        Some(url) if item.link().is_some_and(|link| link == url) => String::new(),
        Some(url) => field("", &url, limit), // below the time, on a line of its own
        None => field("Event", &by.event, limit),
    }
}

fn write_chat(items: &[Item<'_>], first: &Item<'_>) -> serde_json::Value {
    let about = &first.entry.subject;
    let room = (DESCRIPTION / items.len().clamp(1, FEW)).saturating_sub(280); // space for the label, its markup and the link
    let line = |item: &Item<'_>| {
        let Item { entry, .. } = item;
        let text = format!("{} {}: {}. {}", entry.subject.rule, item.name(), duration(entry), how(entry));
        format!("*RESOLVED* {}{}", inert(&text, room), chat::link(item.link().as_deref()))
    };
    let mut lines: Vec<String> = items.iter().take(FEW).map(line).collect();
    let not_shown = items.len().saturating_sub(FEW);
    if not_shown > 0 {
        lines.push(format!("{not_shown} more"));
    }
    chat::custom(Chat {
        id: first.id().to_owned(),
        title: inert(&format!("RESOLVED {}", first.title()), 250),
        description: lines.join("\n"),
        next_steps: Vec::new(),
        thread: about.fingerprint.clone(),
        summary: inert(&format!("{} {}: {}", about.rule, first.name(), how(first.entry)), 250),
        event_type: &about.rule,
        resources: vec![inert(first.resource(), 2_048)],
        severity: first.entry.severity.name(),
        account: &about.account,
        region: &about.region,
    })
}
