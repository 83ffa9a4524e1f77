//! The counts of a run. They add up: records = evaluated + context only + skipped + unreadable, outcomes = the four
//! kinds, violations = reported + excepted.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sealwatch_rules::engine::finding::Finding;
use sealwatch_rules::engine::outcome::Outcome;
#[cfg(feature = "aws")]
use sealwatch_rules::language::Text;
use sealwatch_rules::util::severity::Severity;
#[cfg(feature = "aws")]
use sealwatch_runtime::scan::Counts;
use serde::{Deserialize, Serialize};

/// All counts of a replay.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) input: InputCounts,
    pub(crate) facts: usize,
    /// Files in directories that were not read because of their extensions.
    pub(crate) other_extensions: usize,
    pub(crate) evaluated: usize,
    pub(crate) duplicates: usize,
    pub(crate) outcomes: OutcomeCounts,
    /// The rules that the settings switch off.
    pub(crate) disabled_rules: Vec<String>,
    pub(crate) problems: Problems,
}

/// What could not be read or looked at, for a page that is read without the messages of the command.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    /// The first ones.
    pub(crate) list: Vec<String>,
    /// How many there are besides.
    pub(crate) more: usize,
}

impl Problems {
    /// The most that a page lists.
    const MAX: usize = 100;

    pub(crate) fn add(&mut self, problem: String) {
        match self.list.len() {
            Problems::MAX => self.more += 1,
            _ => self.list.push(problem),
        }
    }
}

/// What a scan saw.
#[cfg(feature = "aws")]
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    pub(crate) accounts: usize,
    pub(crate) regions: usize,
    pub(crate) counts: Counts,
    pub(crate) calls: u64,
    /// Accounts, Regions and calls of which something is not known.
    pub(crate) gaps: usize,
    /// What was not asked, and why that is no gap.
    pub(crate) notes: Vec<Text>,
}

/// What was read.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct InputCounts {
    pub(crate) files: usize,
    pub(crate) files_without_records: usize,
    /// JSON documents without records in files that the user named.
    pub(crate) other_documents: usize,
    /// Files that were not read because their paths show that no record in them is selected.
    pub(crate) skipped_by_path: usize,
    pub(crate) records: usize,
    pub(crate) failed_calls: usize,
    pub(crate) not_monitored: usize,
    /// Records that no rule evaluates, but that add to the timeline of a resource.
    pub(crate) context_only: usize,
    /// Records of monitored calls at another time, in another account or in another Region.
    pub(crate) filtered_out: usize,
    pub(crate) unreadable_records: usize,
    /// Everything unreadable: files, lines, facts, and the unreadable records.
    pub(crate) unreadable: usize,
}

impl InputCounts {
    /// Adds the counts of one file. An extract may claim any.
    pub(crate) fn add(&mut self, file: &InputCounts) {
        self.all_mut().into_iter().zip(file.all()).for_each(|(sum, count)| *sum = sum.saturating_add(count));
    }

    /// Subtracts counts that were added before.
    pub(crate) fn subtract(&mut self, part: &InputCounts) {
        self.all_mut().into_iter().zip(part.all()).for_each(|(sum, count)| *sum = sum.saturating_sub(count));
    }

    /// The counts of all but records: of files in which only facts count.
    pub(crate) fn without_records(&self) -> InputCounts {
        let InputCounts { files, files_without_records, other_documents, skipped_by_path, .. } = *self;
        let unreadable = self.unreadable.saturating_sub(self.unreadable_records);
        InputCounts {
            files,
            files_without_records,
            other_documents,
            skipped_by_path,
            unreadable,
            ..InputCounts::default()
        }
    }

    /// Every count.
    pub(crate) fn all(&self) -> [usize; 11] {
        self.clone().all_mut().map(|count| *count)
    }

    fn all_mut(&mut self) -> [&mut usize; 11] {
        let InputCounts {
            files,
            files_without_records,
            other_documents,
            skipped_by_path,
            records,
            failed_calls,
            not_monitored,
            context_only,
            filtered_out,
            unreadable_records,
            unreadable,
        } = self;
        [
            files,
            files_without_records,
            other_documents,
            skipped_by_path,
            records,
            failed_calls,
            not_monitored,
            context_only,
            filtered_out,
            unreadable_records,
            unreadable,
        ]
    }
}

/// What the evaluation resulted in.
#[derive(Debug, Default)]
pub(crate) struct OutcomeCounts {
    pub(crate) compliant: usize,
    pub(crate) not_applicable: usize,
    pub(crate) unverified: usize,
    pub(crate) reported: usize,
    pub(crate) excepted: usize,
    pub(crate) by_severity: [usize; Severity::ALL.len()],
    /// Reported violations by severity and rule, the most severe first; then unverified outcomes (`None`) by rule.
    pub(crate) by_rule: BTreeMap<(Reverse<Option<Severity>>, &'static str), usize>,
}

impl OutcomeCounts {
    /// Counts one finding.
    pub(crate) fn count(&mut self, finding: &Finding<'_>) {
        match finding.outcome {
            Outcome::Compliant => self.compliant += 1,
            Outcome::NotApplicable(_) => self.not_applicable += 1,
            Outcome::Unverified(_) => {
                self.unverified += 1;
                *self.by_rule.entry((Reverse(None), finding.rule.id)).or_default() += 1;
            }
            Outcome::Violation(_) if finding.exception.is_some() => self.excepted += 1,
            Outcome::Violation(_) => {
                self.reported += 1;
                *self.by_rule.entry((Reverse(Some(finding.severity)), finding.rule.id)).or_default() += 1;
                if let Some(count) = self.by_severity.get_mut(finding.severity as usize) {
                    *count += 1;
                }
            }
        }
    }

    /// Adds the counts of one record.
    pub(crate) fn add(&mut self, record: &OutcomeCounts) {
        self.compliant += record.compliant;
        self.not_applicable += record.not_applicable;
        self.unverified += record.unverified;
        self.reported += record.reported;
        self.excepted += record.excepted;
        self.by_severity.iter_mut().zip(record.by_severity).for_each(|(sum, count)| *sum += count);
        for (rule, count) in &record.by_rule {
            *self.by_rule.entry(*rule).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts that differ, from `first` on.
    fn different(first: usize) -> InputCounts {
        let mut counts = InputCounts::default();
        counts.all_mut().into_iter().zip(first..).for_each(|(count, number)| *count = number);
        counts
    }

    #[test]
    fn every_count_is_added_and_subtracted() {
        let mut sum = different(1);
        sum.add(&different(100));
        let wanted: Vec<usize> = (0..11).map(|index| 101 + 2 * index).collect();
        assert_eq!(sum.all()[..], wanted);
        sum.subtract(&different(100));
        assert_eq!(sum, different(1));
        sum.subtract(&different(100));
        assert_eq!(sum, InputCounts::default(), "an extract may claim any");
        sum.add(&different(usize::MAX - 11));
        sum.add(&different(100));
        assert_eq!(sum.all(), [usize::MAX; 11]);
    }

    #[test]
    fn files_with_facts_count_no_records() {
        let counts = InputCounts { unreadable: 9, unreadable_records: 2, records: 50, ..different(1) };
        let wanted = InputCounts {
            files: 1,
            files_without_records: 2,
            other_documents: 3,
            skipped_by_path: 4,
            unreadable: 7,
            ..InputCounts::default()
        };
        assert_eq!(counts.without_records(), wanted);
    }

    #[test]
    fn the_outcomes_of_all_records_are_added() {
        let key = |severity, rule| (Reverse(severity), rule);
        let record = OutcomeCounts {
            compliant: 1,
            not_applicable: 2,
            unverified: 3,
            reported: 4,
            excepted: 5,
            by_severity: [6, 7, 8, 9],
            by_rule: BTreeMap::from([(key(Some(Severity::High), "a"), 10), (key(None, "b"), 11)]),
        };
        let mut sum = OutcomeCounts::default();
        sum.add(&record);
        sum.add(&record);
        assert_eq!((sum.compliant, sum.not_applicable, sum.unverified, sum.reported, sum.excepted), (2, 4, 6, 8, 10));
        assert_eq!(sum.by_severity, [12, 14, 16, 18]);
        assert_eq!(sum.by_rule, BTreeMap::from([(key(Some(Severity::High), "a"), 20), (key(None, "b"), 22)]));
    }
}
