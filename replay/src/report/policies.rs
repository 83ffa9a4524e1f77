//! The report of `sealwatch policy`.

use std::path::Path;

use sealwatch_rules::engine::finding::Finding;

use crate::cli::PolicyFormat;
use crate::error::CliError;
use crate::file_uri::{self, STANDARD_INPUT};
use crate::input::policy_document::PolicyDocument;
use crate::output::Output;
use crate::report::html::{self, Head, Item};
use crate::report::sarif::Log;
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
    items: Vec<Item>,
}

impl PolicyReport {
    /// An empty report in this format.
    pub(crate) fn new(format: PolicyFormat, all: bool) -> PolicyReport {
        PolicyReport {
            format,
            all,
            out: Output::new(),
            outcomes: OutcomeCounts::default(),
            sarif: Log::default(),
            items: Vec::new(),
        }
    }

    /// Prints the findings about one policy.
    pub(crate) fn print(&mut self, findings: &[Finding<'_>], document: &PolicyDocument) {
        findings.iter().for_each(|finding| self.outcomes.count(finding));
        let shown: Vec<&Finding<'_>> =
            findings.iter().filter(|finding| self.all || text::is_reported(finding)).collect();
        match self.format {
            PolicyFormat::Json => shown.iter().for_each(|finding| self.out.write(&json_lines::finding(finding))),
            PolicyFormat::Html => self.items.extend(shown.iter().map(|finding| Item::new(&finding.to_json()))),
            PolicyFormat::Text => self.out.write(text::policy(&shown, document.source).as_str()),
            // excepted violations stay in the log, as suppressed results
            PolicyFormat::Sarif => {
                let resource = document.address.as_deref();
                let file = if document.file == STANDARD_INPUT { "-" } else { &document.file };
                let uri = file_uri::of(Path::new(file));
                findings.iter().for_each(|finding| self.sarif.add(finding, Some((&uri, 1)), resource));
            }
        }
    }

    /// Prints everything that is pending, and the summary of so many policies; `head` is the rest of an HTML page. Returns the
    /// number of violations, without excepted ones.
    pub(crate) fn finish(
        mut self,
        mut head: Head,
        evaluated: usize,
        unreadable: usize,
        disabled: &[String],
    ) -> Result<usize, CliError> {
        match self.format {
            PolicyFormat::Sarif => self.out.write(&self.sarif.finish()),
            PolicyFormat::Text => self.out.write(&summary::policies(evaluated, unreadable, disabled, &self.outcomes)),
            PolicyFormat::Html => {
                head.summary = summary::policies(evaluated, unreadable, disabled, &self.outcomes);
                self.out.write(&html::page(&head, &self.items));
            }
            PolicyFormat::Json => {}
        }
        self.out.finish()?;
        Ok(self.outcomes.reported)
    }
}
