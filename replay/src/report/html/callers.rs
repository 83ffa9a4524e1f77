//! Who made the calls. Each caller is described once, and findings link to it.

use std::collections::HashMap;
use std::fmt::Write;

use sealwatch_rules::language::Language;

use crate::report::html::item::{Actor, Item};
use crate::report::html::markup::escaped;

pub(super) struct Callers<'a> {
    /// The number of each caller.
    numbers: HashMap<&'a Actor, usize>,
    /// The callers in the order of their numbers, and how many findings each has.
    list: Vec<(&'a Actor, usize)>,
}

impl<'a> Callers<'a> {
    pub(super) fn of(items: &'a [Item]) -> Callers<'a> {
        let mut callers = Callers { numbers: HashMap::new(), list: Vec::new() };
        for item in items.iter().filter(|item| item.actor.is_known()) {
            let number = *callers.numbers.entry(&item.actor).or_insert_with(|| {
                callers.list.push((&item.actor, 0));
                callers.list.len()
            });
            if let Some((_, count)) = callers.list.get_mut(number - 1) {
                *count += 1;
            }
        }
        callers
    }

    /// The number of a caller, counted from 1; `None` if it is not known.
    pub(super) fn number(&self, actor: &Actor) -> Option<usize> {
        self.numbers.get(actor).copied()
    }

    /// All callers; empty if there are none.
    pub(super) fn table(&self, language: Language) -> String {
        if self.list.is_empty() {
            return String::new();
        }
        let mut table = format!(
            "<section id=callers aria-labelledby=callers-title>\n<h2 id=callers-title>{title}</h2>\n<div class=scroll><table>\n\
             <thead><tr><th scope=col>{number}<th scope=col>{caller}<th scope=col>{identity}<th scope=col>{source}<th scope=col>MFA\
             <th scope=col class=n>{findings}</thead>\n<tbody>\n",
            title = language.text("Callers"),
            number = language.text("No."),
            caller = language.text("Caller"),
            identity = language.text("Identity"),
            source = language.text("Source"),
            findings = language.text("Findings"),
        );
        for (index, (actor, count)) in self.list.iter().enumerate() {
            let mfa = actor.mfa.map_or("", |mfa| if mfa { language.text("yes") } else { language.text("no") });
            let source = [&actor.source, &actor.invoked_by].map(|text| escaped(text));
            let source = if source[0] == source[1] { &source[..1] } else { &source[..] };
            let source: Vec<&str> = source.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
            let _ = writeln!(
                table,
                "<tr id=w{number}><td>{number}<td>{name}<td><code>{arn}</code>{kind}<td>{source}<td>{mfa}<td class=n>{count}",
                number = index + 1,
                name = escaped(&actor.name(language)),
                arn = escaped(&actor.arn),
                kind = Some(escaped(&actor.kind))
                    .filter(|kind| !kind.is_empty())
                    .map_or_else(String::new, |kind| format!(" <small>{kind}</small>")),
                source = source.join("<br>"),
            ); // a String takes everything
        }
        table + "</tbody></table></div>\n</section>\n"
    }
}
