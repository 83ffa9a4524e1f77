//! What is told when violations are resolved: how long they were open, and who fixed them by which call.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::ledger::{Entry, Notice};
use crate::output::chat::{self, Chat, DESCRIPTION, inert};
use crate::output::email::{self, CONTINUED, RULE, field, headline, prose, wrap};
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
    let entry = first.entry;
    let about = &entry.subject;
    let title = format!("{} {}", prose(&about.rule, limit), prose(first.name(), limit));
    let mut text = headline("RESOLVED", &title, items.len());
    text += &field("Resource", first.resource(), limit);
    text += &field("Account", &format!("{} {}", about.account, about.region), limit);
    text += &field("Was", &format!("{}, {}", first.severity(), duration(entry)), limit);
    text += &field("How", &how(entry), limit);
    text += &field("Resolved", entry.resolved_at.as_deref().unwrap_or("at an unknown time"), limit);
    if let Some(by) = entry.resolved_by.as_ref().filter(|by| !by.event.is_empty()) {
        text += &field("Event", &by.event, limit);
    }
    for item in items.iter().take(most) {
        text += RULE;
        text += &wrap(
            &format!("RESOLVED {} - {}", prose(&item.entry.subject.rule, limit), prose(item.title(), limit)),
            CONTINUED,
        );
        text += &field("Resource", item.resource(), limit);
        text += &wrap(
            &prose(&format!("{}, {}. {}", item.severity(), duration(item.entry), how(item.entry)), limit),
            CONTINUED,
        );
        text += &wrap(&format!("It said: {}", prose(item.detail(), limit)), CONTINUED);
        text += &format!("  finding {}\n", prose(item.id(), limit));
        text += &format!("  fingerprint {}\n", prose(&item.entry.subject.fingerprint, limit));
    }
    let not_shown = items.len().saturating_sub(most);
    if not_shown > 0 {
        text += &format!("{RULE}{not_shown} more. All of them, with credentials of this account:\n");
        text += &format!("  {}\n", command(&about.account, " --all"));
    }
    text
}

fn write_chat(items: &[Item<'_>], first: &Item<'_>) -> serde_json::Value {
    let about = &first.entry.subject;
    let room = (DESCRIPTION / items.len().clamp(1, FEW)).saturating_sub(20); // space for the label and its markup
    let line = |item: &Item<'_>| {
        let Item { entry, .. } = item;
        let text = format!("{} {}: {}. {}", entry.subject.rule, item.name(), duration(entry), how(entry));
        format!("*RESOLVED* {}", inert(&text, room))
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
