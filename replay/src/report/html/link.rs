//! Links of a finding to the resource and to the event, in the console of AWS.
//!
//! Two of them take more than the rest of a finding. Each finding has its own while there is room; those of the others
//! follow from a template of their group, which the script fills.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sealwatch_rules::engine::links::Links;
use sealwatch_rules::language::Language;

use crate::report::html::item::Item;
use crate::report::html::markup::attribute;

/// What `encodeURIComponent` leaves as it is, of the characters that links contain.
///
/// <https://tc39.es/ecma262/#sec-encodeuricomponent-uricomponent>
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// The template of nearly all links to events. The script knows it, and uses it where `data-event` is empty.
pub(super) const EVENT: &str =
    "https://{region}.console.aws.amazon.com/cloudtrailv2/home?region={region}#/events/{event}";

/// The links of a finding with `{name}` in place of what identifies the finding: what is in the page, or follows from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Templates {
    resource: String,
    event: String,
}

impl Templates {
    pub(super) fn of(item: &Item) -> Templates {
        let Links { resource, event } = &item.links;
        let arn = utf8_percent_encode(&item.arn, COMPONENT).to_string();
        // the longest value comes first, because it contains the others
        let fields = [
            ("{event}", item.event.as_str()),
            ("{encoded}", &arn),
            ("{arn}", &item.arn),
            ("{name}", &item.name),
            ("{account}", &item.account),
            ("{region}", &item.region),
        ];
        let [resource, event] = [resource, event].map(|link| template(link.as_deref().unwrap_or_default(), &fields));
        Templates { resource, event }
    }

    /// The attributes of a group, for the script.
    pub(super) fn attributes(&self) -> String {
        let mut attributes = String::new(); // a String takes everything
        if !self.resource.is_empty() {
            let _ = write!(attributes, " data-resource=\"{}\"", attribute(&self.resource));
        }
        match self.event.as_str() {
            "" => {}
            EVENT => attributes += " data-event",
            event => drop(write!(attributes, " data-event=\"{}\"", attribute(event))),
        }
        attributes
    }
}

/// The link with placeholders for the parts of it that are values. A link contains no braces, so each brace is that of a
/// placeholder.
fn template(link: &str, fields: &[(&str, &str)]) -> String {
    let is_end = |c: char| !c.is_ascii_alphanumeric();
    let mut template = String::with_capacity(link.len());
    let mut rest = link;
    while !rest.is_empty() {
        let is_start = template.chars().next_back().is_none_or(is_end);
        let field = fields.iter().find(|(_, value)| {
            is_start
                && !value.is_empty()
                && rest.strip_prefix(*value).is_some_and(|after| after.is_empty() || after.starts_with(is_end))
        });
        match field {
            Some((name, value)) => {
                template += name;
                rest = rest.get(value.len()..).unwrap_or_default();
            }
            None => {
                let mut characters = rest.chars();
                template.extend(characters.next());
                rest = characters.as_str();
            }
        }
    }
    template
}

/// Links of findings of their own, while there is room.
pub(super) struct Direct {
    pub(super) language: Language,
    room: usize,
    /// True if a finding has none since this was set, because there was no room.
    pub(super) is_missing: bool,
}

impl Direct {
    /// With room for this many bytes.
    pub(super) fn new(language: Language, room: usize) -> Direct {
        Direct { language, room, is_missing: false }
    }

    /// The links of a finding; empty if it has none, or if there is no room.
    pub(super) fn links(&mut self, item: &Item) -> String {
        let texts = [
            (&item.links.resource, self.language.text("Resource in the console")),
            (&item.links.event, self.language.text("Event in CloudTrail")),
        ];
        let link = |(link, text): (&Option<String>, &str)| {
            let link = attribute(link.as_deref()?);
            Some(format!("<a href=\"{link}\" rel=\"noreferrer noopener\">{text}</a>"))
        };
        let links: Vec<String> = texts.into_iter().filter_map(link).collect();
        let paragraph = if links.is_empty() { String::new() } else { format!("<p>{}", links.join(" ")) };
        match self.room.checked_sub(paragraph.len()) {
            Some(room) => {
                self.room = room;
                paragraph
            }
            None => {
                self.is_missing = true;
                String::new()
            }
        }
    }
}
