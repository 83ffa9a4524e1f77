//! Fits stored entries into messages: as many as it takes, because nothing may be left out.

use std::fmt;

use serde_json::{Value, json};

use crate::engine::actor::{Actor, caller};
use crate::engine::links;
use crate::language::{Language, Text, text};
use crate::ledger::{Entry, Notice, Reason, State};
use crate::output::document::{self, detail, id, resource, text};
use crate::output::shorten::{self, STEPS, Step};
use crate::output::sns::{self, KEPT, Notification, Report};
use crate::output::{scan, severity_label, state};
use crate::settings::Settings;
use crate::util::text::shell_value;

/// An entry, what is told about it, and its finding in Sealwatch's format.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) entry: &'a Entry,
    pub(super) notice: Notice,
    finding: Value,
}

impl<'a> Item<'a> {
    pub(super) fn new(notice: Notice, entry: &'a Entry) -> Item<'a> {
        Item { entry, notice, finding: state::stored(entry) }
    }

    /// The word that a message to people begins with.
    pub(super) fn label(&self) -> Text {
        match (self.notice, self.entry.state) {
            (Notice::Resolved, _) => Text::literal("RESOLVED"),
            (_, State::Unverified) => Text::literal("UNVERIFIED"),
            _ => self.severity(),
        }
    }

    /// The severity, in capitals.
    pub(super) fn severity(&self) -> Text {
        severity_label(self.entry.severity)
    }

    pub(super) fn id(&self) -> &str {
        id(&self.finding)
    }

    /// The ARN, or the name of what has none.
    pub(super) fn resource(&self) -> &str {
        resource(&self.finding)
    }

    /// The link that a reader needs first: to the resource, unless that is gone.
    pub(super) fn link(&self) -> Option<String> {
        let by = self.entry.resolved_by.as_ref().filter(|_| self.notice == Notice::Resolved);
        match by.is_some_and(|by| by.reason == Some(Reason::Deleted)) {
            true => self.resolving_event(),
            false => document::link(&self.finding).map(str::to_owned),
        }
    }

    /// The link to the event that resolved it.
    pub(super) fn resolving_event(&self) -> Option<String> {
        links::event(&self.entry.resolved_by.as_ref()?.event, &self.entry.subject.region)
    }

    pub(super) fn name(&self) -> &str {
        text(&self.finding, "/resource/name", "")
    }

    pub(super) fn title(&self, language: Language) -> &str {
        let english = text(&self.finding, "/title", "");
        language.translation(english).unwrap_or(english)
    }

    /// What a text message calls it.
    pub(super) fn subject_of_sms(&self, language: Language) -> &str {
        sns::subject_of_sms(&self.entry.subject.rule, text(&self.finding, "/title", ""), language)
    }

    pub(super) fn detail(&self, language: Language) -> &str {
        detail(&self.finding, language)
    }

    /// Who made the call that it is about; empty if nobody is known.
    pub(super) fn who(&self) -> Text {
        if self.notice == Notice::Resolved {
            let by = self.entry.resolved_by.as_ref().filter(|by| !by.who.is_empty());
            return by.map(|by| caller(&by.who)).unwrap_or_default();
        }
        let actor = self.finding.get("actor").filter(|actor| actor.is_object()).cloned();
        let actor = actor.and_then(|actor| serde_json::from_value::<Actor>(actor).ok());
        actor.map(|actor| actor.in_words()).unwrap_or_default()
    }

    /// Its document for programs.
    pub(super) fn document(&self, settings: &Settings) -> Value {
        state::in_format(self.finding.clone(), self.entry, Some(self.notice), settings)
    }
}

/// What people read.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) subject: String,
    pub(super) sms: String,
    pub(super) email: String,
    pub(super) chat: Value,
}

/// Which of several messages about the same thing one is. Empty in words, which are those of subjects, if it is the only one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    number: usize,
    count: usize,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 | 1 => Ok(()),
            count => write!(f, " (part {} of {count})", self.number),
        }
    }
}

impl Part {
    /// A text, and which part it is of.
    pub(super) fn of(self, text: Text) -> Text {
        let Part { number, count } = self;
        if count > 1 { text!("{text} (part {number} of {count})", text, number, count) } else { text }
    }
}

/// The steps of [`shorten`], and then what keeps only what identifies a finding.
pub(super) fn steps() -> Vec<Step> {
    STEPS.into_iter().chain([shorten::reduce as Step]).collect()
}

/// The messages about these entries, the first of which is the most important one. `write` says what people read in each. If
/// all are below `notify.min_severity` and nothing about them was published before, they are kept.
pub(super) fn reports(
    items: &[Item<'_>],
    settings: &Settings,
    write: impl Fn(&[Item<'_>], Part) -> Words,
) -> Vec<Report> {
    let Some(highest) = items.iter().map(|item| item.entry.severity).max() else { return Vec::new() };
    let safe = parts(items, KEPT, settings);
    let is_expected = items.iter().any(|item| item.entry.was_published());
    if highest < settings.notify.min_severity && !is_expected {
        let steps = steps();
        return safe.iter().map(|part| sns::keep(&machine(part, &steps, KEPT, settings).0)).collect();
    }
    // what people read rarely takes half of a message: fewer messages may do
    let roomy = (safe.len() > 1).then(|| {
        let mut room = 0;
        let words = write(items, Part { number: 1, count: safe.len() });
        notification(items, words, settings, |free| {
            room = free;
            String::new()
        });
        publish(&parts(items, room, settings), settings, &write)
    });
    match roomy {
        Some((reports, true)) => reports,
        _ => publish(&safe, settings, &write).0,
    }
}

/// A message for each part, and whether all of them fit.
fn publish(
    parts: &[&[Item<'_>]],
    settings: &Settings,
    write: &impl Fn(&[Item<'_>], Part) -> Words,
) -> (Vec<Report>, bool) {
    let (steps, count) = (steps(), parts.len());
    let mut fits = true;
    let report = |(number, part): (usize, &&[Item<'_>])| {
        let words = write(part, Part { number, count });
        notification(part, words, settings, |room| {
            let (text, is_short) = machine(part, &steps, room, settings);
            fits &= is_short;
            text
        })
    };
    let reports = (1..).zip(parts).filter_map(report).map(Report::Publish).collect();
    (reports, fits)
}

/// The text for programs, and whether it fits.
fn machine(items: &[Item<'_>], steps: &[Step], room: usize, settings: &Settings) -> (String, bool) {
    let documents = items.iter().map(|item| item.document(settings)).collect();
    sns::default_text(detector(items), documents, steps, room)
}

fn notification(
    items: &[Item<'_>],
    words: Words,
    settings: &Settings,
    machine: impl FnOnce(usize) -> String,
) -> Option<Notification> {
    let first = items.first()?;
    let subject = &first.entry.subject;
    let label = if first.notice == Notice::Resolved { first.severity() } else { first.label() };
    let mut attributes = sns::attributes(&label, detector(items), &subject.account, &subject.region);
    attributes.push(("state", state::name(first.entry).to_owned()));
    let chat = Some(words.chat).filter(|_| settings.notify.chat);
    let message = sns::texts(chat, words.email, words.sms, machine);
    Some(Notification { subject: words.subject, message, attributes })
}

/// The detector of the entries; the scan if there are several.
fn detector<'i>(items: &'i [Item<'_>]) -> &'i str {
    let Some(first) = items.first().map(|item| &*item.entry.subject.detector) else { return scan::NAME };
    if items.iter().all(|item| item.entry.subject.detector == first) { first } else { scan::NAME }
}

/// Splits entries, so that the documents of each part fit into this many bytes of a message when they are reduced. They do fit
/// into [half of a message](KEPT), because what people read takes less than the other half.
fn parts<'i, 'a>(mut items: &'i [Item<'a>], room: usize, settings: &Settings) -> Vec<&'i [Item<'a>]> {
    const ENVELOPE: usize = 1_024;
    let steps = steps();
    let size = |item: &Item<'_>| {
        let mut document = item.document(settings);
        steps.iter().for_each(|step| step(&mut document));
        json!(document.to_string()).to_string().len()
    };
    let mut parts = Vec::new();
    while !items.is_empty() {
        let mut room = room.saturating_sub(ENVELOPE);
        let fitting = items.iter().map(size).take_while(|size| match room.checked_sub(*size) {
            Some(left) => {
                room = left;
                true
            }
            None => false,
        });
        let count = fitting.count().max(1);
        let (part, rest) = items.split_at_checked(count).unwrap_or((items, &[]));
        parts.push(part);
        items = rest;
    }
    parts
}

/// The command that lists the findings of an account, and further options that need no quotes. An account that is too long to
/// be one is left out.
pub(super) fn command(account: &str, options: &str) -> String {
    let is_account = !account.is_empty() && account.len() <= 64;
    let account = if is_account { format!(" --account{}", shell_value(account)) } else { String::new() };
    format!("sealwatch findings{account}{options}")
}
