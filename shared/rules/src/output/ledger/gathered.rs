//! What is told about a storm: many findings of one rule by one caller in one account, in one message.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::aws::arn::Arn;
use crate::engine::finding::digest;
use crate::ledger::{Entry, Notice, State};
use crate::output::chat::{self, Chat, commands, inert};
use crate::output::counts;
use crate::output::email::{self, CONTINUED, field, prose, wrap};
use crate::output::ledger::fitting::{Item, Part, Words, command, reports};
use crate::output::sns::{EMAIL, Report, subject};
use crate::output::state::{how, remark, was_only_unverified};
use crate::settings::Settings;
use crate::util::text::{cut, plain};
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
        all.extend(reports(&items, settings, write));
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
    who: String,
    /// The Region, or how many there are.
    region: String,
    part: Part,
}

fn write(items: &[Item<'_>], part: Part) -> Words {
    let Some(first) = items.first() else { return Words::default() };
    let about = &first.entry.subject;
    let mut regions: Vec<&str> = items.iter().map(|item| &*item.entry.subject.region).collect();
    regions.sort_unstable();
    regions.dedup();
    let region = if regions.len() > 1 { format!("{} Regions", regions.len()) } else { about.region.clone() };
    let storm = Storm { items, first, who: first.who(), region, part };
    let by = storm.by();
    let tail = format!(" ({} {}){part}", about.account, storm.region);
    Words {
        subject: subject(
            &format!(
                "[{}] {}: {}{}",
                first.label(),
                about.rule,
                storm.count(),
                if by.is_empty() { "" } else { " by " }
            ),
            &by,
            &tail,
        ),
        sms: cut(&plain(&format!("{} {} {} {}", first.label(), storm.headline(), about.account, storm.region)), 140),
        email: email::shortened(&LIMITS, EMAIL, |limit| storm.email(limit)),
        chat: storm.chat(),
    }
}

impl Storm<'_> {
    fn is_resolved(&self) -> bool {
        self.first.notice == Notice::Resolved
    }

    /// `195 more`
    fn count(&self) -> String {
        format!("{} more", self.items.len())
    }

    /// The caller in few characters: of an ARN, the part behind the account.
    fn by(&self) -> String {
        let who = caller(&self.who);
        Arn::parse(&who).map(|arn| arn.resource.to_owned()).unwrap_or(who)
    }

    fn headline(&self) -> String {
        let by = self.by();
        let by = if by.is_empty() { String::new() } else { format!(" by {by}") };
        format!("{}: {}{by}", self.first.entry.subject.rule, self.count())
    }

    /// What lists all of them.
    fn command(&self) -> String {
        let account = &self.first.entry.subject.account;
        let times = self.items.iter().filter_map(|item| item.entry.look().map(|look| look.moment.time));
        let since = times.min().map(|time| format!(" --since {}", written(time))).unwrap_or_default();
        command(account, &format!("{}{since}", if self.is_resolved() { " --all" } else { "" }))
    }

    /// `193 new, 2 changed`
    fn kinds(&self) -> String {
        const KINDS: [(Notice, &str); 5] = [
            (Notice::Opened, "new"),
            (Notice::Changed, "changed"),
            (Notice::Reopened, "open again"),
            (Notice::Unverified, "unverified"),
            (Notice::Resolved, "resolved"),
        ];
        let count = |notice: Notice| self.items.iter().filter(|item| item.notice == notice).count();
        let kinds = KINDS.into_iter().map(|(notice, name)| (count(notice), name));
        let kinds: Vec<String> =
            kinds.filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
        kinds.join(", ")
    }

    fn severities(&self) -> String {
        counts(self.items.iter().map(|item| item.entry.severity), 0)
    }

    /// What is special about an item.
    fn remark(&self, item: &Item<'_>) -> String {
        let remark = match item.notice {
            Notice::Resolved => Some(how(item.entry)),
            notice => remark(notice, item.entry),
        };
        remark.map(|remark| format!(" - {remark}")).unwrap_or_default()
    }

    fn email(&self, limit: usize) -> String {
        let Storm { items, first, .. } = self;
        let about = &first.entry.subject;
        let mut text = wrap(&prose(&format!("{}: {}{}", first.label(), self.headline(), self.part), limit), CONTINUED);
        text += "\n";
        if !self.who.is_empty() {
            text += &field("Who", &self.who, limit);
        }
        text += &field("Count", &format!("{} ({})", self.severities(), self.kinds()), limit);
        text += &field("What", first.title(), limit);
        text += &field("Account", &format!("{} {}", about.account, self.region), limit);
        text += "\nAll of them, with credentials of this account:\n";
        text += &format!("  {}\n", self.command());
        text += match items.len() {
            0..=FEW => "\nThe resources:\n",
            _ => "\nThe first 10 resources:\n",
        };
        for item in items.iter().take(FEW) {
            let line = format!("{} {}{}", item.label(), item.resource(), self.remark(item));
            text += &format!("  {}", wrap(&prose(&line, limit), "      "));
            let link = email::link(item.link().as_deref(), limit);
            text += &if link.is_empty() { link } else { format!("      {link}") };
        }
        let not_shown = items.len().saturating_sub(FEW);
        if not_shown > 0 {
            text += &format!("  {not_shown} more: the command above lists them\n");
        }
        text
    }

    fn chat(&self) -> serde_json::Value {
        let Storm { items, first, .. } = self;
        let about = &first.entry.subject;
        let line = |item: &Item<'_>| {
            chat::line(item.label(), &format!("{}{}", item.resource(), self.remark(item)), item.link().as_deref())
        };
        let mut lines = vec![format!("{} ({})", self.severities(), self.kinds())];
        lines.extend(items.iter().take(FEW).map(line));
        let not_shown = items.len().saturating_sub(FEW);
        if not_shown > 0 {
            lines.push(format!("{not_shown} more"));
        }
        chat::custom(Chat {
            id: digest(&["gathered", first.id(), &self.part.to_string()]),
            title: inert(&format!("{} {}{}", first.label(), self.headline(), self.part), 250),
            description: lines.join("\n"),
            next_steps: commands(&self.command()).collect(),
            thread: digest(&["gathered", &about.rule, &about.account, &caller(&self.who)]),
            summary: inert(&self.headline(), 250),
            event_type: &about.rule,
            resources: items.iter().take(FEW).map(|item| inert(item.resource(), 256)).collect(),
            severity: first.entry.severity.name(),
            account: &about.account,
            region: &self.region,
        })
    }
}
