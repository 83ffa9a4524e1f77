//! What is told about a storm: many findings of one rule by one caller in one account, in one message.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::aws::arn::Arn;
use crate::engine::finding::digest;
use crate::language::{Language, Text, text};
use crate::ledger::{Entry, Notice, State};
use crate::output::chat::{self, Chat, commands, inert};
use crate::output::email::{self, CONTINUED, field, prose};
use crate::output::ledger::fitting::{Item, Part, Words, command, reports};
use crate::output::sns::{EMAIL, Report, short_message, subject};
use crate::output::state::{how, remark, was_only_unverified};
use crate::output::wrap::wrap;
use crate::output::{counts, list};
use crate::settings::Settings;
use crate::util::time::written;

/// How many characters of each text the e-mail shows. The first that fits is taken.
const LIMITS: [usize; 3] = [1_024, 256, 64];

/// How many resources a message shows.
const FEW: usize = 10;

/// What is told about many entries at once: one message for each rule, caller and account, and another one for what is
/// resolved. It has several parts if it must, because programs get every finding.
pub fn gathered(entries: &[(Notice, &Entry)], settings: &Settings) -> Vec<Report> {
    let mut groups: BTreeMap<(bool, &str, &str, String), Vec<Item<'_>>> = BTreeMap::new();
    for (notice, entry) in entries {
        let is_unverified = entry.state == State::Unverified || was_only_unverified(entry);
        if is_unverified && *notice != Notice::Opened && !settings.notify.unverified {
            continue; // nobody is told what is unverified, nor what was
        }
        let item = Item::new(*notice, entry);
        let key = (*notice == Notice::Resolved, &*entry.subject.rule, &*entry.subject.account, caller(&item.who()));
        groups.entry(key).or_default().push(item);
    }
    let mut all = Vec::new();
    for mut items in groups.into_values() {
        items.sort_by_key(|item| (item.entry.state == State::Unverified, Reverse(item.entry.severity)));
        all.extend(reports(&items, settings, |items, part| write(items, part, settings.language)));
    }
    all
}

/// The caller without the address: one caller may have several.
fn caller(who: &str) -> String {
    let end = [" from ", " through "].iter().filter_map(|word| who.find(word)).min();
    end.and_then(|end| who.get(..end)).unwrap_or(who).to_owned()
}

/// What all messages of a storm say.
struct Storm<'i> {
    items: &'i [Item<'i>],
    first: &'i Item<'i>,
    /// The caller.
    who: Text,
    /// The Region, or how many there are.
    region: Text,
    part: Part,
    language: Language,
}

fn write(items: &[Item<'_>], part: Part, language: Language) -> Words {
    let Some(first) = items.first() else { return Words::default() };
    let about = &first.entry.subject;
    let mut regions: Vec<&str> = items.iter().map(|item| &*item.entry.subject.region).collect();
    regions.sort_unstable();
    regions.dedup();
    let region = match regions.len() {
        0 | 1 => Text::from(&about.region),
        count => text!("{count} Regions", count),
    };
    let storm = Storm { items, first, who: first.who(), region, part, language };
    let (label, by) = (first.label(), storm.by());
    let words = if by.is_empty() { "" } else { " by " };
    let tail = format!(" ({} {}){part}", about.account, storm.region);
    let headline = storm.headline();
    let [said, headline, place] = [&label, &headline, &storm.region].map(|text| text.in_language(language));
    let sms = format!("{said} {headline} {} {place}", about.account);
    Words {
        subject: subject(&format!("[{label}] {}: {} more{words}", about.rule, items.len()), &by, &tail),
        sms: short_message(&sms, language),
        email: email::shortened(&LIMITS, EMAIL, |limit| storm.email(limit)),
        chat: storm.chat(),
    }
}

impl Storm<'_> {
    fn is_resolved(&self) -> bool {
        self.first.notice == Notice::Resolved
    }

    /// The caller in few characters: of an ARN, the part behind the account.
    fn by(&self) -> String {
        let who = caller(&self.who);
        Arn::parse(&who).map(|arn| arn.resource.to_owned()).unwrap_or(who)
    }

    fn headline(&self) -> Text {
        let (rule, count, by) = (&self.first.entry.subject.rule, self.items.len(), self.by());
        match by.is_empty() {
            true => text!("{rule}: {count} more", rule, count),
            false => text!("{rule}: {count} more by {by}", rule, count, by),
        }
    }

    /// What lists all of them.
    fn command(&self) -> String {
        let account = &self.first.entry.subject.account;
        let times = self.items.iter().filter_map(|item| item.entry.look().map(|look| look.moment.time));
        let since = times.min().map(|time| format!(" --since {}", written(time))).unwrap_or_default();
        command(account, &format!("{}{since}", if self.is_resolved() { " --all" } else { "" }))
    }

    /// `4 critical, 191 high (193 new, 2 changed)`
    fn counts(&self) -> Text {
        let kinds = [Notice::Opened, Notice::Changed, Notice::Reopened, Notice::Unverified, Notice::Resolved];
        let count = |notice: Notice| self.items.iter().filter(|item| item.notice == notice).count();
        let kinds = kinds.into_iter().map(|notice| match (count(notice), notice) {
            (0, _) => Text::default(),
            (count, Notice::Opened) => text!("{count} new", count),
            (count, Notice::Changed) => text!("{count} changed", count),
            (count, Notice::Reopened) => text!("{count} open again", count),
            (count, Notice::Unverified) => text!("{count} unverified", count),
            (count, Notice::Resolved) => text!("{count} resolved", count),
        });
        let severities = counts(self.items.iter().map(|item| item.entry.severity), 0);
        text!("{severities} ({kinds})", severities, kinds = list(kinds))
    }

    /// The resource of an item, and what is special about it.
    fn line(&self, item: &Item<'_>) -> String {
        let remark = match item.notice {
            Notice::Resolved => Some(how(item.entry)),
            notice => remark(notice, item.entry),
        };
        let remark = remark.map(|remark| format!(" - {}", remark.in_language(self.language))).unwrap_or_default();
        format!("{}{remark}", item.resource())
    }

    fn email(&self, limit: usize) -> String {
        let Storm { items, first, language, .. } = self;
        let language = *language;
        let about = &first.entry.subject;
        let (label, headline) = (first.label(), self.part.of(self.headline()));
        let headline = format!("{}: {}", label.in_language(language), headline.in_language(language));
        let mut text = wrap(language, &prose(&headline, limit), CONTINUED) + "\n";
        let mut add = |name: &str, value: &str| text += &field(language, name, value, limit);
        if !self.who.is_empty() {
            add(language.text("Who"), &self.who.in_language(language));
        }
        add(language.text("Count"), &self.counts().in_language(language));
        add(language.text("What"), first.title(language));
        add(language.text("Account"), &format!("{} {}", about.account, self.region.in_language(language)));
        text += &format!("\n{}\n", language.text("All of them, with credentials of this account:"));
        text += &format!("  {}\n", self.command());
        let heading = match items.len() {
            0..=FEW => language.text("The resources:"),
            _ => language.text("The first 10 resources:"),
        };
        text += &format!("\n{heading}\n");
        for item in items.iter().take(FEW) {
            let line = format!("{} {}", item.label().in_language(language), self.line(item));
            text += &format!("  {}", wrap(language, &prose(&line, limit), "      "));
            let link = email::link(item.link().as_deref(), limit);
            text += &if link.is_empty() { link } else { format!("      {link}") };
        }
        let not_shown = items.len().saturating_sub(FEW);
        if not_shown > 0 {
            let more = text!("{count} more: the command above lists them", count = not_shown);
            text += &format!("  {}\n", more.in_language(language));
        }
        text
    }

    fn chat(&self) -> serde_json::Value {
        let Storm { items, first, language, .. } = self;
        let language = *language;
        let about = &first.entry.subject;
        let line = |item: &Item<'_>| chat::line(language, &item.label(), &self.line(item), item.link().as_deref());
        let mut lines = vec![self.counts().in_language(language).into_owned()];
        lines.extend(items.iter().take(FEW).map(line));
        lines.extend(chat::more(language, items.len().saturating_sub(FEW)));
        let (label, headline) = (first.label(), self.headline());
        let summary = inert(&headline.in_language(language), 250);
        let title = format!("{} {}", label.in_language(language), self.part.of(headline).in_language(language));
        chat::custom(Chat {
            id: digest(&["gathered", first.id(), &self.part.to_string()]),
            title: inert(&title, 250),
            description: lines.join("\n"),
            next_steps: commands(&self.command(), language).collect(),
            thread: digest(&["gathered", &about.rule, &about.account, &caller(&self.who)]),
            summary,
            event_type: &about.rule,
            resources: items.iter().take(FEW).map(|item| inert(item.resource(), 256)).collect(),
            severity: first.entry.severity.name(),
            account: &about.account,
            region: &self.region,
        })
    }
}
