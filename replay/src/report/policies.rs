//! The report of `sealwatch policy`.

use std::io::{self, BufWriter, Stdout, Write};
use std::path::Path;

use anstream::AutoStream;
use sealwatch_rules::engine::finding::Finding;

use crate::cli::PolicyFormat;
use crate::file_uri;
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
    /// The last heading that was printed.
    last_heading: String,
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
            last_heading: String::new(),
            sarif: Log::default(),
        }
    }

    /// Prints a finding about a policy in `file`; `address` is the address of the resource in a Terraform plan.
    pub(crate) fn print(&mut self, finding: &Finding<'_>, file: &str, address: Option<&str>) -> io::Result<()> {
        self.outcomes.count(finding);
        let shown = self.all || text::is_reported(finding);
        match self.format {
            PolicyFormat::Json if shown => self.out.write_all(json_lines::finding(finding).as_bytes())?,
            PolicyFormat::Text if shown => self.print_text(finding)?,
            PolicyFormat::Json | PolicyFormat::Text => {}
            // excepted violations stay in the log, as suppressed results
            PolicyFormat::Sarif => self.sarif.add(finding, &file_uri::of(Path::new(file)), 1, address),
        }
        Ok(())
    }

    /// Prints a finding below the heading of its policy.
    fn print_text(&mut self, finding: &Finding<'_>) -> io::Result<()> {
        let heading = text::policy_heading(&finding.change.resource.name, finding.change.scope.account);
        if self.last_heading != heading {
            self.out.write_all(heading.as_bytes())?;
            self.last_heading = heading;
        }
        self.out.write_all(text::entry(finding, Some(&finding.detail())).as_bytes())
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
