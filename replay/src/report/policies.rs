//! The report of `sealwatch policy`.

use std::io::{self, BufWriter, Stdout, Write};

use anstream::AutoStream;
use sealwatch_rules::engine::finding::Finding;

use crate::cli::PolicyFormat;
use crate::input::policy_document::{PolicyDocument, STDIN};
use crate::report::sarif::Log;
use crate::report::{json_lines, summary, text};
use crate::summary::OutcomeCounts;

/// Prints a report on standard output.
pub(crate) struct PolicyReport {
    format: PolicyFormat,
    /// True if every outcome is printed, not only violations and unverified outcomes.
    all: bool,
    out: BufWriter<AutoStream<Stdout>>,
    outcomes: OutcomeCounts,
    sarif: Log,
}

impl PolicyReport {
    /// An empty report in this format.
    pub(crate) fn new(format: PolicyFormat, all: bool) -> PolicyReport {
        PolicyReport {
            format,
            all,
            out: BufWriter::new(anstream::stdout()),
            outcomes: OutcomeCounts::default(),
            sarif: Log::default(),
        }
    }

    /// Prints the findings about one policy.
    pub(crate) fn print(&mut self, findings: &[Finding<'_>], document: &PolicyDocument) -> io::Result<()> {
        findings.iter().for_each(|finding| self.outcomes.count(finding));
        let shown: Vec<&Finding<'_>> =
            findings.iter().filter(|finding| self.all || text::is_reported(finding)).collect();
        match self.format {
            PolicyFormat::Json => {
                for finding in shown {
                    self.out.write_all(json_lines::finding(finding).as_bytes())?;
                }
            }
            PolicyFormat::Text => self.out.write_all(text::policy(&shown, document.source).as_bytes())?,
            // excepted violations stay in the log, as suppressed results
            PolicyFormat::Sarif => {
                let resource = document.address.as_deref();
                let file = if document.file == STDIN { "stdin" } else { &document.file }; // a URI has no `<`
                findings.iter().for_each(|finding| self.sarif.add(finding, file, 1, resource));
            }
        }
        Ok(())
    }

    /// Prints everything that is pending, and the summary of so many policies. Returns the number of violations,
    /// without excepted ones.
    pub(crate) fn finish(mut self, evaluated: usize, unreadable: usize) -> io::Result<usize> {
        match self.format {
            PolicyFormat::Sarif => writeln!(self.out, "{}", self.sarif.finish())?,
            PolicyFormat::Text => {
                self.out.write_all(summary::policies(evaluated, unreadable, &self.outcomes).as_bytes())?;
            }
            PolicyFormat::Json => {}
        }
        self.out.flush()?;
        Ok(self.outcomes.reported)
    }
}
