//! Collecting the results of evaluated records, in the order of the input.

use sealwatch_rules::language::Language;
use sealwatch_rules::util::time::written;

use crate::cli::ReplayArgs;
use crate::commands::now;
use crate::commands::replay::evaluate::EvaluatedRecord;
use crate::commands::replay::seen_events::SeenEvents;
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::messages;
use crate::publisher::Publisher;
use crate::report::html::Head;
use crate::report::layout::Layout;
use crate::report::replay::Report;
use crate::report::summary;
use crate::summary::Summary;

/// Counts, prints and publishes results.
pub(crate) struct Collector {
    summary: Summary,
    seen: SeenEvents,
    report: Report,
    publisher: Option<Publisher>,
    exit_zero: bool,
    language: Language,
    /// The paths, for a page.
    subject: String,
}

impl Collector {
    /// Continues the counts of reading the input.
    pub(crate) fn new(args: &ReplayArgs, layout: Layout, summary: Summary, publisher: Option<Publisher>) -> Collector {
        let unverified =
            layout.language.text("Unverified: use --live, or pass the output of these commands with --facts");
        let paths: Vec<_> = args.paths.iter().map(|path| path.to_string_lossy()).collect();
        Collector {
            summary,
            seen: SeenEvents::default(),
            report: Report::new(args.format, unverified, layout),
            publisher,
            language: layout.language,
            exit_zero: args.exit_zero,
            subject: paths.join(", "),
        }
    }

    /// Adds the result of one record. A duplicate is only counted.
    pub(crate) fn add(&mut self, result: Result<EvaluatedRecord, String>) {
        let record = match result {
            Ok(record) => record,
            Err(problem) => {
                messages::print(&problem);
                self.summary.problems.add(problem);
                self.summary.input.unreadable_records += 1;
                self.summary.input.unreadable += 1;
                return;
            }
        };
        if record.replaced || self.is_duplicate(&record) {
            self.summary.duplicates += 1;
            return;
        }
        self.summary.evaluated += 1;
        self.summary.outcomes.add(&record.outcomes);
        record.rendered.into_iter().for_each(|rendered| self.report.print(rendered));
        if let Some(publisher) = &mut self.publisher {
            record.notifications.into_iter().for_each(|notification| publisher.publish(notification));
        }
    }

    /// True if the event was evaluated before: the same record, or another account's record of the same call.
    fn is_duplicate(&mut self, record: &EvaluatedRecord) -> bool {
        let mut is_known = |identity: Option<u128>| identity.is_some_and(|identity| !self.seen.insert(identity));
        is_known(record.identity) || is_known(record.shared_identity)
    }

    /// Completes the report.
    pub(crate) fn finish(mut self) -> Result<ExitStatus, CliError> {
        let Summary { input, outcomes, .. } = &self.summary;
        let status = ExitStatus::new(input.unreadable, outcomes.reported, self.exit_zero);
        let head = Head {
            command: "replay",
            subject: self.subject,
            time: written(now()),
            summary: summary::replay(&self.summary, self.language)
                + &summary::result(outcomes, input.unreadable, status, self.language),
            language: self.language,
            problems: std::mem::take(&mut self.summary.problems),
        };
        let printed = self.report.finish(&head);
        self.publisher.map_or(Ok(()), Publisher::finish)?;
        printed?;
        Ok(status)
    }
}
