//! Collecting the results of evaluated records, in the order of the input.

use crate::cli::ReplayArgs;
use crate::commands::replay::evaluate::EvaluatedRecord;
use crate::commands::replay::seen_events::SeenEvents;
use crate::error::CliError;
use crate::exit_status::ExitStatus;
use crate::publisher::Publisher;
use crate::report::replay::Report;
use crate::summary::Summary;

/// Counts, prints and publishes results.
pub(crate) struct Collector {
    summary: Summary,
    seen: SeenEvents,
    seen_shared: SeenEvents,
    report: Report,
    publisher: Option<Publisher>,
    exit_zero: bool,
}

impl Collector {
    /// Continues the counts of reading the input.
    pub(crate) fn new(args: &ReplayArgs, summary: Summary, publisher: Option<Publisher>) -> Collector {
        let (seen, seen_shared) = (SeenEvents::default(), SeenEvents::default());
        Collector { summary, seen, seen_shared, report: Report::new(args.format), publisher, exit_zero: args.exit_zero }
    }

    /// Adds the result of one record. A duplicate is only counted.
    pub(crate) fn add(&mut self, result: Result<EvaluatedRecord, String>) -> Result<(), CliError> {
        let record = match result {
            Ok(record) => record,
            Err(problem) => {
                anstream::eprintln!("sealwatch: {problem}");
                self.summary.input.unreadable_records += 1;
                self.summary.input.unreadable += 1;
                return Ok(());
            }
        };
        if self.is_duplicate(&record) {
            self.summary.duplicates += 1;
            return Ok(());
        }
        self.summary.evaluated += 1;
        self.summary.outcomes.add(&record.outcomes);
        for rendered in record.rendered {
            self.report.print(rendered).map_err(CliError::Output)?;
        }
        if let Some(publisher) = &mut self.publisher {
            record.notifications.into_iter().for_each(|notification| publisher.publish(notification));
        }
        Ok(())
    }

    /// True if the event was evaluated before: the same record, or another account's record of the same call.
    fn is_duplicate(&mut self, record: &EvaluatedRecord) -> bool {
        let is_known = !record.event_id.is_empty() && !self.seen.insert(&record.event_id);
        is_known || record.shared_id.as_deref().is_some_and(|id| !self.seen_shared.insert(id))
    }

    /// Completes the report.
    pub(crate) fn finish(self) -> Result<ExitStatus, CliError> {
        self.report.finish(&self.summary).map_err(CliError::Output)?;
        self.publisher.map_or(Ok(()), Publisher::finish)?;
        Ok(ExitStatus::new(self.summary.input.unreadable, self.summary.outcomes.reported, self.exit_zero))
    }
}
