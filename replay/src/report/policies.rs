//! The report of `sealwatch policy`.

use sealwatch_rules::engine::finding::Finding;

use crate::cli::PolicyFormat;
use crate::error::CliError;
use crate::output::Output;
use crate::report::page::Page;
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
    /// The last heading that was printed.
    last_heading: Page,
    sarif: Log,
}

impl PolicyReport {
    /// An empty report in this format.
    pub(crate) fn new(format: PolicyFormat, all: bool) -> PolicyReport {
        PolicyReport {
            format,
            all,
            out: Output::new(),
            outcomes: OutcomeCounts::default(),
            last_heading: Page::default(),
            sarif: Log::default(),
        }
    }

    /// Prints a finding about a policy in `file`; `address` is the address of the resource in a Terraform plan.
    pub(crate) fn print(&mut self, finding: &Finding<'_>, file: &str, address: Option<&str>) {
        self.outcomes.count(finding);
        let shown = self.all || text::is_reported(finding);
        match self.format {
            PolicyFormat::Json if shown => self.out.write(&json_lines::finding(finding)),
            PolicyFormat::Text if shown => self.print_text(finding),
            PolicyFormat::Json | PolicyFormat::Text => {}
            // excepted violations stay in the log, as suppressed results
            PolicyFormat::Sarif => self.sarif.add(finding, file, 1, address),
        }
    }

    /// Prints a finding below the heading of its policy.
    fn print_text(&mut self, finding: &Finding<'_>) {
        let heading = text::policy_heading(&finding.change.resource.name, finding.change.scope.account);
        if self.last_heading != heading {
            self.out.write(heading.as_str());
            self.last_heading = heading;
        }
        self.out.write(text::entry(finding, Some(&finding.detail())).as_str());
    }

    /// Prints everything that is pending, and the summary of so many policies. Returns the number of violations,
    /// without excepted ones.
    pub(crate) fn finish(
        mut self,
        evaluated: usize,
        unreadable: usize,
        disabled: &[String],
    ) -> Result<usize, CliError> {
        match self.format {
            PolicyFormat::Sarif => self.out.write(&self.sarif.finish()),
            PolicyFormat::Text => self.out.write(&summary::policies(evaluated, unreadable, disabled, &self.outcomes)),
            PolicyFormat::Json => {}
        }
        self.out.finish()?;
        Ok(self.outcomes.reported)
    }
}
