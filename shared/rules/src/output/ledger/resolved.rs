//! What is told when violations are resolved: how long they were open, and who fixed them by which call.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::language::{Language, Text, text};
use crate::ledger::{Entry, Notice};
use crate::output::chat::{self, Chat, DESCRIPTION, inert};
use crate::output::email::{self, RULE, field, headline, prose};
use crate::output::ledger::fitting::{Item, Part, Words, command, reports};
use crate::output::sns::{EMAIL, Report, short_message, subject};
use crate::output::state::{UNKNOWN_TIME, how, open_for, was_only_unverified};
use crate::settings::Settings;

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
        all.extend(reports(&items, settings, |items, part| write(items, part, settings.language)));
    }
    all
}

fn write(items: &[Item<'_>], part: Part, language: Language) -> Words {
    let Some(first) = items.first() else { return Words::default() };
    let about = &first.entry.subject;
    let more = if items.len() > 1 { format!(" +{}", items.len() - 1) } else { String::new() };
    let tail = format!("{more} ({} {}){part}", about.account, about.region);
    let what = format!("{} {}{more}", first.subject_of_sms(language), first.name());
    let (account, region) = (&about.account, &about.region);
    let sms = match open_for(first.entry, 0) {
        Some(time) => text!("RESOLVED {what} after {time} {account} {region}", what, time, account, region),
        None => text!("RESOLVED {what} {account} {region}", what, account, region),
    };
    Words {
        subject: subject(&format!("[RESOLVED] {} ", about.rule), first.name(), &tail),
        sms: short_message(&sms.in_language(language), language),
        email: email::shortened(&LIMITS, EMAIL, |(most, limit)| write_email(items, language, most, limit)),
        chat: write_chat(items, first, language),
    }
}

/// How long the entry was open, in words.
fn duration(entry: &Entry) -> Text {
    let opened = entry.opened_at.as_deref().map_or(UNKNOWN_TIME, Text::from);
    let time = open_for(entry, 0).unwrap_or(UNKNOWN_TIME);
    match was_only_unverified(entry) {
        true => text!("unverified for {time}, since {opened}; it is verified now", time, opened),
        false => text!("open for {time}, since {opened}", time, opened),
    }
}

fn write_email(items: &[Item<'_>], language: Language, most: usize, limit: usize) -> String {
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
        text += &headline(language, &item.label(), &title, count);
        if is_new(|item| item.link().unwrap_or_default()) {
            text += &email::link(item.link().as_deref(), limit);
        }
        if index == 0 {
            text += "\n";
        }
        let mut add = |name: &str, value: &str| text += &field(language, name, value, limit);
        if is_new(|item| how(item.entry).to_string()) {
            add(language.text("How"), &how(entry).in_language(language));
        }
        if index == 0 {
            let at = entry.resolved_at.as_deref().unwrap_or(language.text("at an unknown time"));
            add(language.text("Resolved"), at);
            resolving_event(item, language, limit, &mut add);
        }
        let was = text!("{severity}, {duration}", severity = item.severity(), duration = duration(entry));
        add(language.text("Was"), &was.in_language(language));
        add(language.text("It said"), item.detail(language));
        if is_new(|item| item.resource().to_owned()) {
            add(language.text("Resource"), item.resource());
        }
        if index == 0 {
            add(language.text("Account"), &format!("{} {}", about.account, about.region));
        }
        text += &format!("  {} {}\n", language.text("finding"), prose(item.id(), limit));
        text += &format!("  {} {}\n", language.text("fingerprint"), prose(&entry.subject.fingerprint, limit));
    }
    let not_shown = items.len().saturating_sub(most);
    if not_shown > 0 {
        let more = text!("{count} more. All of them, with credentials of this account:", count = not_shown);
        text += &format!("{RULE}{}\n  {}\n", more.in_language(language), command(&about.account, " --all"));
    }
    text
}

/// Adds the event that resolved an entry, unless the e-mail begins with its link.
fn resolving_event(item: &Item<'_>, language: Language, limit: usize, add: &mut impl FnMut(&str, &str)) {
    let by = item.entry.resolved_by.as_ref().filter(|by| !by.event.is_empty());
    let Some(by) = by else { return };
    match item.resolving_event().filter(|url| url.len() <= limit) {
        Some(url) if item.link().is_some_and(|link| link == url) => {}
        Some(url) => add("", &url), // below the time, on a line of its own
        None => add(language.text("Event"), &by.event),
    }
}

fn write_chat(items: &[Item<'_>], first: &Item<'_>, language: Language) -> serde_json::Value {
    let about = &first.entry.subject;
    let room = (DESCRIPTION / items.len().clamp(1, FEW)).saturating_sub(280); // space for the label, its markup and the link
    let label = first.label();
    let label = label.in_language(language);
    let line = |item: &Item<'_>| {
        let Item { entry, .. } = item;
        let what = format!("{} {}", entry.subject.rule, item.name());
        let text = text!("{what}: {duration}. {how}", what, duration = duration(entry), how = how(entry));
        format!("*{label}* {}{}", inert(&text.in_language(language), room), chat::link(item.link().as_deref()))
    };
    let mut lines: Vec<String> = items.iter().take(FEW).map(line).collect();
    lines.extend(chat::more(language, items.len().saturating_sub(FEW)));
    let how = how(first.entry);
    let summary = format!("{} {}: {}", about.rule, first.name(), how.in_language(language));
    chat::custom(Chat {
        id: first.id().to_owned(),
        title: inert(&format!("{label} {}", first.title(language)), 250),
        description: lines.join("\n"),
        next_steps: Vec::new(),
        thread: about.fingerprint.clone(),
        summary: inert(&summary, 250),
        event_type: &about.rule,
        resources: vec![inert(first.resource(), 2_048)],
        severity: first.entry.severity.name(),
        account: &about.account,
        region: &about.region,
    })
}
