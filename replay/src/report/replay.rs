//! The report of a replay or a scan. Workers render the findings of a record, and one thread prints them in order.

use std::collections::HashMap;

use sealwatch_rules::engine::finding::Finding;
use sealwatch_rules::settings::Settings;

use crate::cli::Format;
use crate::error::CliError;
use crate::output::Output;
use crate::report::html::{self, Head};
use crate::report::layout::Layout;
use crate::report::page::Page;
use crate::report::sarif::Log;
use crate::report::text::{Fixes, Part};
use crate::report::unverified::{Item, Unverified};
use crate::report::{json_lines, text};
use crate::source_location::SourceLocation;

/// Text is printed before everything is evaluated if more than this is pending, so that memory does not grow with the
/// archive. A resource with later findings then gets a second heading.
const MAX_PENDING: usize = 1 << 20;

/// How findings are rendered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RenderOptions<'a> {
    pub(crate) format: Format,
    /// How text is laid out.
    pub(crate) layout: Layout,
    /// True if every outcome is printed, not only violations and unverified outcomes.
    pub(crate) all: bool,
    /// The settings, which say what is published.
    pub(crate) settings: &'a Settings,
}

/// The findings of one event by one detector, ready to print.
pub(crate) enum Rendered {
    /// Complete lines.
    Lines(String),
    /// Text that belongs below the heading of a resource, and what is unverified.
    Block { heading: Page, text: Vec<Part>, unverified: Vec<Item> },
    /// Results of a SARIF log.
    Sarif(Log),
    /// Findings of an HTML page, which begins with how many there are.
    Items(Vec<html::Item>),
}

/// Renders the findings of one event, or of one resource in a scan, by one detector. `location` says in which file it was found.
pub(crate) fn render(
    options: RenderOptions<'_>,
    detector: &str,
    location: Option<&SourceLocation>,
    findings: &[Finding<'_>],
) -> Rendered {
    let shown = findings.iter().filter(|finding| options.all || text::is_reported(finding));
    match options.format {
        Format::Json => Rendered::Lines(shown.map(json_lines::finding).collect()),
        Format::Ocsf => Rendered::Lines(shown.map(json_lines::compliance_finding).collect()),
        Format::Sns => Rendered::Lines(json_lines::publish_request(detector, findings, options.settings)),
        Format::Sarif => {
            let mut log = Log::default();
            let file = location.map(|location| (location.uri.as_str(), location.line));
            shown.for_each(|finding| {
                log.add(finding, file, finding.change.resource.arn.as_deref());
            });
            Rendered::Sarif(log)
        }
        Format::Html => {
            Rendered::Items(shown.map(|finding| html::Item::of(finding, options.layout.language)).collect())
        }
        Format::Text => {
            let layout = options.layout;
            let (unverified, shown): (Vec<_>, Vec<_>) = shown.partition(|finding| finding.is_unverified());
            let unverified = unverified.into_iter().map(|finding| Item::new(finding, layout)).collect();
            let (heading, text) = match shown.first() {
                Some(Finding { change, .. }) => {
                    (text::resource_heading(change, layout), text::event(change, &shown, layout))
                }
                None => (Page::default(), Vec::new()),
            };
            Rendered::Block { heading, text, unverified }
        }
    }
}

/// Prints a report on standard output.
pub(crate) struct Report {
    format: Format,
    out: Output,
    /// Headings of resources, the text below them and the fixes in it, in the order of their first findings.
    blocks: Vec<(Page, Page, Fixes)>,
    /// The index of each heading in `blocks`.
    indexes: HashMap<Page, usize>,
    unverified: Unverified,
    /// What stands above what is unverified.
    unverified_heading: &'static str,
    layout: Layout,
    /// The size of all text in `blocks` and `unverified`.
    pending: usize,
    sarif: Log,
    items: Vec<html::Item>,
}

impl Report {
    /// An empty report in this format.
    pub(crate) fn new(format: Format, unverified_heading: &'static str, layout: Layout) -> Report {
        Report {
            layout,
            unverified: Unverified::default(),
            unverified_heading,
            format,
            out: Output::new(),
            blocks: Vec::new(),
            indexes: HashMap::new(),
            pending: 0,
            sarif: Log::default(),
            items: Vec::new(),
        }
    }

    /// Prints findings, or stores them until the output that they belong to is complete.
    pub(crate) fn print(&mut self, rendered: Rendered) {
        match rendered {
            Rendered::Lines(lines) => self.out.write(&lines),
            Rendered::Sarif(log) => {
                self.sarif.append(log);
                self.out.write(&self.sarif.take());
            }
            Rendered::Items(items) => self.items.extend(items),
            Rendered::Block { heading, text, unverified } => {
                if !text.is_empty() {
                    self.add_block(heading, text);
                }
                self.pending += unverified.into_iter().map(|item| self.unverified.add(item)).sum::<usize>();
                if self.pending > MAX_PENDING {
                    self.print_blocks();
                }
            }
        }
    }

    fn add_block(&mut self, heading: Page, text: Vec<Part>) {
        let index = *self.indexes.entry(heading).or_insert_with_key(|heading| {
            self.blocks.push((heading.clone(), Page::default(), Fixes::default()));
            self.blocks.len() - 1
        });
        if let Some((_, block, fixes)) = self.blocks.get_mut(index) {
            let before = block.as_str().len();
            text.into_iter().for_each(|part| fixes.append(block, part));
            self.pending += block.as_str().len() - before;
        }
    }

    fn print_blocks(&mut self) {
        for (mut block, text, _) in self.blocks.drain(..) {
            self.out.write(block.append(&text).end_line().as_str());
        }
        self.out.write(self.unverified.take(self.unverified_heading).as_str());
        self.indexes.clear();
        self.pending = 0;
    }

    /// Prints everything that is pending: the summary below a text, or the page.
    pub(crate) fn finish(mut self, head: &Head) -> Result<(), CliError> {
        match self.format {
            Format::Sarif => self.out.write(&self.sarif.finish()),
            Format::Text => {
                self.print_blocks();
                self.out.write(self.layout.text(&head.summary).as_str());
            }
            Format::Html => self.out.write(&html::page(head, &self.items)),
            Format::Json | Format::Ocsf | Format::Sns => {}
        }
        self.out.finish()
    }
}
