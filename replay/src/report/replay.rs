//! The report of a replay or a scan. Workers render the findings of a record, and one thread prints them in order.

use std::collections::HashMap;

use sealwatch_rules::engine::finding::Finding;
use sealwatch_rules::settings::Settings;

use crate::cli::Format;
use crate::error::CliError;
use crate::output::Output;
use crate::report::html::{self, Head, Item};
use crate::report::page::Page;
use crate::report::sarif::Log;
use crate::report::{json_lines, text};
use crate::source_location::SourceLocation;

/// Text is printed before everything is evaluated if more than this is pending, so that memory does not grow with the
/// archive. A resource with later findings then gets a second heading.
const MAX_PENDING: usize = 1 << 20;

/// How findings are rendered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RenderOptions<'a> {
    pub(crate) format: Format,
    /// True if every outcome is printed, not only violations and unverified outcomes.
    pub(crate) all: bool,
    /// The settings, which say what is published.
    pub(crate) settings: &'a Settings,
}

/// The findings of one event by one detector, ready to print.
pub(crate) enum Rendered {
    /// Complete lines.
    Lines(String),
    /// Text that belongs below the heading of a resource.
    Block { heading: Page, text: Page },
    /// Results of a SARIF log.
    Sarif(Log),
    /// Findings of an HTML page, which begins with how many there are.
    Items(Vec<Item>),
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
        Format::Html => Rendered::Items(shown.map(|finding| Item::new(&finding.to_json())).collect()),
        Format::Text => {
            let shown: Vec<&Finding<'_>> = shown.collect();
            match shown.first() {
                Some(Finding { change, .. }) => {
                    Rendered::Block { heading: text::resource_heading(change), text: text::event(change, &shown) }
                }
                None => Rendered::Lines(String::new()),
            }
        }
    }
}

/// Prints a report on standard output.
pub(crate) struct Report {
    format: Format,
    out: Output,
    /// Headings of resources and the text below them, in the order of their first findings.
    blocks: Vec<(Page, Page)>,
    /// The index of each heading in `blocks`.
    indexes: HashMap<Page, usize>,
    /// The size of all text in `blocks`.
    pending: usize,
    sarif: Log,
    items: Vec<Item>,
}

impl Report {
    /// An empty report in this format.
    pub(crate) fn new(format: Format) -> Report {
        Report {
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
            Rendered::Block { heading, text } => self.add_block(heading, &text),
        }
    }

    fn add_block(&mut self, heading: Page, text: &Page) {
        self.pending += text.as_str().len();
        let index = *self.indexes.entry(heading).or_insert_with_key(|heading| {
            self.blocks.push((heading.clone(), Page::default()));
            self.blocks.len() - 1
        });
        if let Some((_, block)) = self.blocks.get_mut(index) {
            block.append(text);
        }
        if self.pending > MAX_PENDING {
            self.print_blocks();
        }
    }

    fn print_blocks(&mut self) {
        for (mut block, text) in self.blocks.drain(..) {
            self.out.write(block.append(&text).end_line().as_str());
        }
        self.indexes.clear();
        self.pending = 0;
    }

    /// Prints everything that is pending: the summary below a text, or the page.
    pub(crate) fn finish(mut self, head: &Head) -> Result<(), CliError> {
        match self.format {
            Format::Sarif => self.out.write(&self.sarif.finish()),
            Format::Text => {
                self.print_blocks();
                self.out.write(&head.summary);
            }
            Format::Html => self.out.write(&html::page(head, &self.items)),
            Format::Json | Format::Ocsf | Format::Sns => {}
        }
        self.out.finish()
    }
}
