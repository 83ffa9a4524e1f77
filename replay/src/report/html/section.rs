//! The findings: a section for each label and rule, in it the fixes, and below each the findings that it fixes.

use std::fmt::Write;

use sealwatch_rules::language::{Language, Text};
use sealwatch_rules::text;

use crate::report::html::callers::Callers;
use crate::report::html::group::Group;
use crate::report::html::item::{Fix, Item};
use crate::report::html::link::Direct;
use crate::report::html::markup::{attribute, escaped, prose};
use crate::report::words::{count, findings};

/// Groups of one label and rule, one after the other.
pub(super) fn sections<'g, 'a>(
    groups: &'g [Group<'a>],
) -> impl Iterator<Item = (usize, &'g Group<'a>, &'g [Group<'a>])> {
    let sections = groups.chunk_by(|a, b| (a.label(), a.rule()) == (b.label(), b.rule()));
    sections.enumerate().filter_map(|(number, groups)| Some((number, groups.first()?, groups)))
}

/// All sections, whose ids begin with `s`.
pub(super) fn all(groups: &[Group<'_>], callers: &Callers<'_>, direct: &mut Direct) -> String {
    let mut page = String::new();
    for (number, first, groups) in sections(groups) {
        let items: Vec<&Item> = groups.iter().flat_map(|group| group.items.iter().copied()).collect();
        head(&mut page, number, first, &items, direct.language);
        groups.iter().for_each(|one| group(&mut page, one, callers, direct));
        page += "</section>\n";
    }
    page
}

fn head(page: &mut String, number: usize, first: &Group<'_>, items: &[&Item], language: Language) {
    let findings = items.len();
    let findings = match items.iter().all(|item| item.is_open) {
        true => count(findings, Text::literal("1 open finding"), text!("{findings} open findings", findings)),
        false => self::findings(findings),
    };
    let _ = write!(
        page,
        "<section id=s{number} class={class} aria-labelledby=t{number}><h3 id=t{number}><b>{label}</b> {title}</h3>\n\
         <p class=rule><code>{rule}</code> <span>{count}</span>",
        class = first.label().class(),
        label = first.label().name(language),
        title = escaped(first.title()),
        rule = escaped(first.rule()),
        count = findings.in_language(language),
    ); // a String takes everything, here and below
    let references = first.items.first().map(|item| item.references.as_slice()).unwrap_or_default();
    // the first one explains most, and a page with all of them has little else
    if let Some(url) = references.first().filter(|url| url.starts_with("https://")) {
        let _ =
            write!(page, " <a href=\"{}\" rel=noreferrer>{}</a>", attribute(url), language.text("AWS documentation"));
    }
    page.push('\n');
}

/// How the findings of a group are fixed, and the findings.
fn group(page: &mut String, group: &Group<'_>, callers: &Callers<'_>, direct: &mut Direct) {
    direct.is_missing = false;
    let findings = findings_of(group, callers, direct);
    let links = if direct.is_missing { group.links.attributes() } else { String::new() };
    let _ = writeln!(page, "<div class=g{links}>\n{findings}</div>");
}

fn findings_of(group: &Group<'_>, callers: &Callers<'_>, direct: &mut Direct) -> String {
    let (mut text, language) = (String::new(), direct.language);
    let page = &mut text;
    let is_alone = group.items.len() == 1;
    if let Some(fix) = group.fix.as_ref().filter(|_| !is_alone) {
        let _ = writeln!(
            page,
            "<div class=fix><details><summary>{}</summary>{}</details></div>",
            text!("Fix for each of the {count} findings below", count = group.items.len()).in_language(language),
            self::fix(fix, language)
        );
    }
    for alike in group.alike() {
        let is_shared = alike.items.len() > 1;
        if is_shared {
            let _ = writeln!(page, "<div class=same>{}</div>", what(&alike.detail, &alike.evidence));
        }
        for item in &alike.items {
            *page += "<details";
            if !arn_has_place(item) {
                let _ = write!(page, " data-a=\"{}\" data-r=\"{}\"", attribute(&item.account), attribute(&item.region));
            }
            let _ = write!(
                page,
                "><summary>{}{}<time>{}</time></summary>",
                place(item),
                who(item, language),
                minute(&item.time)
            );
            if !is_shared {
                *page += &what(&item.detail, &item.evidence);
            }
            let is_key_missing = group.has_key() && !is_alone || alike.has_key() && is_shared;
            *page += &direct.links(item);
            *page += &facts(item, callers, is_key_missing, language);
            if let Some(fix) = item.fix.as_ref().filter(|_| is_alone) {
                *page += &self::fix(fix, language);
            }
            *page += "</details>\n";
        }
    }
    text
}

/// What is wrong, and the values that say so.
fn what(detail: &str, evidence: &str) -> String {
    match evidence {
        "" => format!("<p>{}", prose(detail)),
        evidence => format!("<p>{}<pre>{}</pre>", prose(detail), escaped(evidence)),
    }
}

/// The resource, with its name marked in the ARN, or behind it if the ARN does not contain the name.
fn place(item: &Item) -> String {
    let (arn, name) = (&item.arn, escaped(&item.name));
    let (before, after) = arn.rsplit_once(item.name.as_str()).unwrap_or_default();
    match (before, after) {
        ("", _) => format!("<i class=x>{} <b>{name}</b></i>", escaped(arn)),
        (before, "") => format!("<i>{}<b>{name}</b></i>", escaped(before)),
        (before, after) => format!("<i class=m>{}<b>{name}</b>{}</i>", escaped(before), escaped(after)),
    }
}

/// True if the account and the Region of a finding stand in its ARN.
fn arn_has_place(item: &Item) -> bool {
    let mut parts = item.arn.split(':').skip(3);
    (parts.next(), parts.next()) == (Some(&item.region), Some(&item.account))
}

fn who(item: &Item, language: Language) -> String {
    let name = if item.actor.is_known() { escaped(&item.actor.name(language)) } else { String::new() };
    let lines: Vec<String> = [name, escaped(&item.call)].into_iter().filter(|line| !line.is_empty()).collect();
    format!("<span>{}</span>", lines.join("\n"))
}

/// The time to the minute.
fn minute(time: &str) -> String {
    let shown = time.get(..16).filter(|_| time.ends_with('Z')).unwrap_or(time);
    escaped(&shown.replacen('T', " ", 1))
}

/// What else is known about a finding. The last paragraph begins with the number of the caller: the script relies on that,
/// because text from outside may say anything, and on the commas.
fn facts(item: &Item, callers: &Callers<'_>, with_key: bool, language: Language) -> String {
    let say = |text: Text| escaped(&text.in_language(language));
    let comma = language.text(", ");
    let mut notes: Vec<String> = item.notes.iter().map(|note| escaped(note)).collect();
    if item.label.hides_severity() {
        let severity = language.translation(&item.severity).unwrap_or(&item.severity);
        notes.push(say(text!("severity {severity}", severity)));
    }
    if !arn_has_place(item) {
        let place = [item.account.as_str(), &item.region];
        let place: Vec<&str> = place.into_iter().filter(|part| !part.is_empty()).collect();
        if !place.is_empty() {
            notes.push(say(text!("in {place}", place = place.join(" "))));
        }
    }
    if with_key {
        notes.push(format!("{} <samp>{}</samp>", language.text("key"), escaped(&item.key)));
    }
    let caller = callers.number(&item.actor).map(|number| text!("caller {number}", number));
    let event = Some(&item.event).filter(|event| !event.is_empty()).map(|event| text!("event {event}", event));
    // `sealwatch findings show` takes the first eight digits
    let finding = text!("finding {digits}", digits = item.fingerprint.chars().take(8).collect::<String>());
    let facts: Vec<String> = caller.into_iter().chain(event).chain([finding]).map(say).collect();
    let notes = if notes.is_empty() { String::new() } else { format!("<p>{}", notes.join(comma)) };
    format!("{notes}<p>{}", facts.join(", "))
}

fn fix(Fix { cli, terraform, console }: &Fix, language: Language) -> String {
    let part = |(title, text): (&str, &String)| match text.as_str() {
        "" => String::new(),
        text => format!("<h4>{title}</h4><pre>{}</pre>", escaped(text)),
    };
    [("AWS CLI", cli), ("Terraform", terraform), (language.text("Console"), console)].map(part).concat()
}
