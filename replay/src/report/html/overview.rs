//! What matters first: how many findings there are of each label, on each day, of each rule, in each account and Region.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use sealwatch_rules::language::words::list;
use sealwatch_rules::language::{Language, Text};
use sealwatch_rules::text;
use sealwatch_rules::util::text::{plain, plain_lines};
use sealwatch_rules::util::time::{DAY, time, written};

use crate::report::html::group::Group;
use crate::report::html::head::Head;
use crate::report::html::item::Item;
use crate::report::html::label::Label;
use crate::report::html::markup::escaped;
use crate::report::html::section::sections;
use crate::report::words::{count, findings};
use crate::summary::Problems;

/// The most bars of the timeline. With more days, each bar is for several of them.
const BARS: i64 = 60;

/// The width of a bar and the space beside it, and the height of the highest.
const STEP: i64 = 12;
const HEIGHT: usize = 72;

/// Everything above the findings.
pub(super) fn overview(head: &Head, items: &[Item], groups: &[Group<'_>]) -> String {
    let (title, language) = (head.title(), head.language);
    let subject = escaped(&plain(&head.subject));
    let mut page = format!(
        "<header>\n<h1>{title}</h1>\n<p>{subject} <time>{}</time>\n{}{}{}</header>\n",
        escaped(&plain(&head.time)),
        tiles(head, items),
        problems(&head.problems, language),
        summary(&head.summary, language),
    );
    if !items.is_empty() {
        let _ = write!(
            page,
            "<div class=overview>\n{}{}{}</div>\n",
            timeline(items, language),
            by_rule(groups, language),
            by_place(items, language)
        ); // a String takes everything
    }
    page
}

fn labels(items: &[Item]) -> BTreeMap<Label, usize> {
    let mut counts = BTreeMap::new();
    items.iter().for_each(|item| *counts.entry(item.label).or_default() += 1);
    counts
}

fn tiles(head: &Head, items: &[Item]) -> String {
    let language = head.language;
    if items.is_empty() {
        let nothing = match head.command {
            "findings" => language.text("Nothing is open."),
            _ => language.text("Nothing to report."),
        };
        return format!("<p class=none>{nothing}\n");
    }
    let tile = |(label, count): (&Label, &usize)| {
        format!("<li class={}><b>{count}</b> {}\n", label.class(), label.name(language))
    };
    format!("<ul class=tiles>\n{}</ul>\n", labels(items).iter().map(tile).collect::<String>())
}

/// What is not known, in front of what is.
fn problems(problems: &Problems, language: Language) -> String {
    if problems.list.is_empty() {
        return String::new();
    }
    let more = text!("and {count} more", count = problems.more);
    let more = (problems.more > 0).then(|| more.in_language(language).into_owned());
    let lines: String =
        problems.list.iter().chain(&more).map(|problem| format!("<li>{}\n", escaped(&plain(problem)))).collect();
    format!(
        "<div class=problems role=note>\n<h2>{}</h2>\n<ul>\n{lines}</ul>\n</div>\n",
        language.text("Incomplete: this could not be read or looked at")
    )
}

/// The summary below a text, without the lines of rules: the page has a table of them.
fn summary(text: &str, language: Language) -> String {
    let text = plain_lines(text).replace(language.text(": see the messages above"), language.text(": see above"));
    let lines: String =
        text.lines().filter(|line| !line.starts_with(' ')).map(|line| format!("<li>{}\n", escaped(line))).collect();
    if lines.is_empty() { lines } else { format!("<ul class=summary>\n{lines}</ul>\n") }
}

/// Findings by day, worst at the bottom of each bar.
fn timeline(items: &[Item], language: Language) -> String {
    let mut days: BTreeMap<i64, BTreeMap<Label, usize>> = BTreeMap::new();
    for item in items {
        if let Some(seconds) = time(&item.time) {
            *days.entry(seconds.div_euclid(DAY)).or_default().entry(item.label).or_default() += 1;
        }
    }
    let (Some(first), Some(last)) = (days.keys().next().copied(), days.keys().next_back().copied()) else {
        return String::new();
    };
    let width = (last - first) / BARS + 1; // days of a bar
    let mut bars: BTreeMap<i64, BTreeMap<Label, usize>> = BTreeMap::new();
    for (day, counts) in &days {
        let bar = bars.entry((day - first) / width).or_default();
        counts.iter().for_each(|(label, count)| *bar.entry(*label).or_default() += count);
    }
    let date = |day: i64| written(day * DAY).chars().take(10).collect::<String>();
    let total = |bar: &BTreeMap<Label, usize>| bar.values().sum::<usize>();
    let highest = bars.values().map(total).max().unwrap_or(1).max(1);
    let mut drawn = String::new();
    for (index, bar) in &bars {
        let words = list(bar.iter().map(|(label, count)| label.count(*count)));
        let _ = write!(drawn, "<g><title>{}: {}</title>", date(first + index * width), words.in_language(language));
        let mut top = HEIGHT;
        for (label, count) in bar {
            let height = (count * HEIGHT / highest).max(1).min(top);
            top -= height;
            let (class, x) = (label.class(), index * STEP);
            let _ = write!(drawn, "<rect class={class} x={x} y={top} width={} height={height} />", STEP - 2);
        }
        drawn += "</g>";
    }
    let (peak, most) = bars
        .iter()
        .map(|(index, bar)| (date(first + index * width), total(bar)))
        .max_by_key(|(_, count)| *count)
        .unwrap_or_default();
    let columns = (last - first) / width + 1;
    let (from, to) = (date(first), date(last));
    let title =
        count(usize::from(width == 1), Text::literal("Findings by day"), text!("Findings by {width} days", width));
    let axis = text!("{from} to {to}, the most on {peak}: {most}", from = &from, to = &to, peak = &peak, most);
    let all = text!(
        "{count} from {from} to {to}, the most, {most}, on {peak}",
        count = findings(items.len()),
        from,
        to,
        most,
        peak
    );
    format!(
        "<figure class=timeline>\n<figcaption><h2>{title}</h2></figcaption>\n\
         <svg role=img aria-label=\"{all}\" viewBox=\"0 0 {view} {HEIGHT}\" \
         width={screen} height={HEIGHT} preserveAspectRatio=none>{drawn}</svg>\n\
         <p class=axis>{axis}\n</figure>\n",
        title = title.in_language(language),
        all = all.in_language(language),
        axis = axis.in_language(language),
        view = columns * STEP,
        screen = columns * STEP * 3,
    )
}

fn by_rule(groups: &[Group<'_>], language: Language) -> String {
    let mut rows = String::new();
    let size = |groups: &[Group<'_>]| groups.iter().map(|group| group.items.len()).sum::<usize>();
    let most = sections(groups).map(|(.., groups)| size(groups)).max().unwrap_or(1).max(1);
    for (number, first, groups) in sections(groups) {
        let (count, class) = (size(groups), first.label().class());
        let _ = writeln!(
            rows,
            "<tr class={class}><td><b>{label}</b><td><a href=#s{number}>{title}</a><td class=n>{count}<td class=bar><svg width=80 \
             height=8 aria-hidden=true><rect class={class} width={bar} height=8 /></svg>",
            label = first.label().name(language),
            title = escaped(first.title()),
            bar = (count * 80 / most).max(2),
        );
    }
    format!(
        "<section class=rules aria-labelledby=rules-title>\n<h2 id=rules-title>{title}</h2>\n<div class=scroll><table>\n<thead><tr><th scope=col>{severity}\
         <th scope=col>{rule}<th scope=col class=n>{findings}<th></thead>\n<tbody>\n{rows}</tbody></table></div>\n</section>\n",
        title = language.text("By rule"),
        severity = language.text("Severity"),
        rule = language.text("Rule"),
        findings = language.text("Findings"),
    )
}

fn by_place(items: &[Item], language: Language) -> String {
    let labels: BTreeSet<Label> = items.iter().map(|item| item.label).collect();
    let mut places: BTreeMap<(&str, &str), BTreeMap<Label, usize>> = BTreeMap::new();
    for item in items {
        *places.entry((&item.account, &item.region)).or_default().entry(item.label).or_default() += 1;
    }
    let heads: String = labels.iter().map(|label| format!("<th scope=col class=n>{}", label.name(language))).collect();
    let mut rows = String::new();
    for ((account, region), counts) in &places {
        let cell = |label: &Label| match counts.get(label) {
            None => "<td class=n>".to_owned(),
            Some(count) => format!("<td class=n>{count}"),
        };
        let cells: String = labels.iter().map(cell).collect();
        let known = |text: &str| if text.is_empty() { language.text("unknown").to_owned() } else { escaped(text) };
        let _ = writeln!(rows, "<tr><td>{}<td>{}{cells}", known(account), known(region));
    }
    format!(
        "<section class=places aria-labelledby=places-title>\n<h2 id=places-title>{title}</h2>\n<div class=scroll><table>\n\
         <thead><tr><th scope=col>{account}<th scope=col>{region}{heads}</thead>\n<tbody>\n{rows}</tbody></table></div>\n</section>\n",
        title = language.text("By account and Region"),
        account = language.text("Account"),
        region = language.text("Region"),
    )
}
