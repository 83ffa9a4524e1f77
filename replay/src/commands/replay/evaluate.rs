//! Evaluating one record. Workers do this in parallel.

use sealwatch_rules::output::sns::{Notification, notification};
use sealwatch_rules::{Change, Event, Facts, Settings, evaluate};

use crate::cli::ReplayArgs;
use crate::commands::select::selects;
use crate::input::addenda::Addenda;
use crate::input::spool::SpooledRecord;
use crate::report::layout::Layout;
use crate::report::replay::{RenderOptions, Rendered, render};
use crate::summary::OutcomeCounts;

/// What all records are evaluated with.
#[derive(Clone, Copy)]
pub(crate) struct Evaluator<'a> {
    pub(crate) args: &'a ReplayArgs,
    pub(crate) settings: &'a Settings,
    pub(crate) facts: &'a Facts,
    pub(crate) addenda: &'a Addenda,
    pub(crate) layout: Layout,
}

/// The result of evaluating one record.
#[derive(Default)]
pub(crate) struct EvaluatedRecord {
    /// Equal for copies of the same record; `None` if it has neither id nor time.
    pub(crate) identity: Option<u128>,
    /// Equal for the records of one call in several accounts; `None` if there is only one, or if this is the copy of a
    /// caller in another account.
    pub(crate) shared_identity: Option<u128>,
    /// True if another record of the same call replaces this one.
    pub(crate) replaced: bool,
    pub(crate) outcomes: OutcomeCounts,
    pub(crate) rendered: Vec<Rendered>,
    /// What is published; empty without `--publish`.
    pub(crate) notifications: Vec<Notification>,
}

impl Evaluator<'_> {
    /// Evaluates a record with every detector that monitors its call.
    ///
    /// # Errors
    /// Says where the unreadable record is, and what is wrong with it.
    pub(crate) fn evaluate(&self, record: &SpooledRecord) -> Result<EvaluatedRecord, String> {
        let SpooledRecord { location, text } = record;
        let event = Event::parse(text).map_err(|error| format!("{location}: {error}"))?;
        if self.addenda.replace(event.record()) {
            return Ok(EvaluatedRecord { replaced: true, ..EvaluatedRecord::default() });
        }
        let render_options = RenderOptions {
            format: self.args.format,
            layout: self.layout,
            all: self.args.all,
            settings: self.settings,
        };
        let mut result = EvaluatedRecord { identity: event.identity(), ..EvaluatedRecord::default() };
        let changes = event.changes();
        if !changes.iter().any(Change::is_callers_copy) {
            result.shared_identity = event.shared_identity();
        }
        for change in changes {
            let detector = change.detector.name;
            let mut findings = evaluate(&change, self.facts, self.settings);
            findings.retain(|finding| selects(finding, &self.args.rule, self.args.min_severity));
            findings.iter().for_each(|finding| result.outcomes.count(finding));
            if self.args.publish.is_some() {
                result.notifications.extend(notification(detector, &findings, self.settings));
            }
            result.rendered.push(render(render_options, detector, Some(location), &findings));
        }
        Ok(result)
    }
}
