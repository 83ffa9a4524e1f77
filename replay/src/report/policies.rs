//! The report of `sealwatch policy`.

use std::path::Path;

use sealwatch_rules::engine::finding::Finding;
use sealwatch_rules::language::Language;

use crate::cli::PolicyFormat;
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::file_uri::{self, STANDARD_INPUT};
use crate::input::policy_document::PolicyDocument;
use crate::output::Output;
use crate::report::html::{self, Head};
use crate::report::layout::Layout;
use crate::report::sarif::Log;
use crate::report::unverified::{Item, Unverified};
use crate::report::{json_lines, summary, text};
use crate::summary::OutcomeCounts;

/// Prints a report on standard output.
pub(crate) struct PolicyReport {
    format: PolicyFormat,
    /// True if every outcome is printed, not only violations and unverified outcomes.
    all: bool,
    out: Output,
    outcomes: OutcomeCounts,
    sarif: Log,
    items: Vec<html::Item>,
    layout: Layout,
    unverified: Unverified,
}

impl PolicyReport {
    /// An empty report in this format.
    pub(crate) fn new(format: PolicyFormat, all: bool, language: Language) -> PolicyReport {
        PolicyReport {
            format,
            all,
            out: Output::new(),
            outcomes: OutcomeCounts::default(),
            sarif: Log::default(),
            items: Vec::new(),
            layout: Layout::of_stdout(language),
            unverified: Unverified::default(),
        }
    }

    /// Prints the findings about one policy.
    pub(crate) fn print(&mut self, findings: &[Finding<'_>], document: &PolicyDocument) {
        findings.iter().for_each(|finding| self.outcomes.count(finding));
        let shown: Vec<&Finding<'_>> =
            findings.iter().filter(|finding| self.all || text::is_reported(finding)).collect();
        match self.format {
            PolicyFormat::Json => shown.iter().for_each(|finding| self.out.write(&json_lines::finding(finding))),
            PolicyFormat::Html => {
                self.items.extend(shown.iter().map(|finding| html::Item::of(finding, self.layout.language)))
            }
            PolicyFormat::Text => {
                let (unverified, shown): (Vec<_>, Vec<_>) = shown.into_iter().partition(|one| one.is_unverified());
                self.out.write(text::policy(&shown, document.source, self.layout).as_str());
                for finding in unverified {
                    self.unverified.add(Item::new(finding, self.layout));
                }
            }
            // excepted violations stay in the log, as suppressed results
            PolicyFormat::Sarif => {
                let resource = document.address.as_deref();
                let file = if document.file == STANDARD_INPUT { "-" } else { &document.file };
                let uri = file_uri::of(Path::new(file));
                findings.iter().for_each(|finding| self.sarif.add(finding, Some((&uri, 1)), resource));
            }
        }
    }

    /// Prints everything that is pending, and the summary of so many policies; `head` is the rest of an HTML page. Returns how the command ends: with `exit_zero`,
    /// violations that are not excepted do not count.
    pub(crate) fn finish(
        mut self,
        mut head: Head,
        evaluated: usize,
        unreadable: usize,
        disabled: &[String],
        exit_zero: bool,
    ) -> Result<ExitStatus, CliError> {
        let status = ExitStatus::new(unreadable, self.outcomes.reported, exit_zero);
        let language = self.layout.language;
        let summary = summary::policies(evaluated, unreadable, disabled, &self.outcomes, language)
            + &summary::result(&self.outcomes, unreadable, status, language);
        match self.format {
            PolicyFormat::Sarif => self.out.write(&self.sarif.finish()),
            PolicyFormat::Html => {
                head.summary = summary;
                self.out.write(&html::page(&head, &self.items));
            }
            PolicyFormat::Text => {
                self.out.write(self.unverified.take(language.text("Unverified:")).as_str());
                self.out.write(self.layout.text(&summary).as_str());
            }
            PolicyFormat::Json => {}
        }
        self.out.finish()?;
        Ok(status)
    }
}
