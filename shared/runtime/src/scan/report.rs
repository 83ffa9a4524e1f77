//! What a scan looks for, what it tells, and what it did.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use sealwatch_rules::engine::detector::Permission;
use sealwatch_rules::engine::existing::Existing;
use sealwatch_rules::rules::EXISTING;
use sealwatch_rules::{Change, Finding, Settings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::scan::gap::Gaps;
use crate::scan::lists::{aliases, needs_aliases, region_list};

/// What is scanned.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// The kinds of resources: rows of [`EXISTING`].
    pub rows: Vec<&'static Existing>,
    /// The time of the look, RFC 3339.
    pub at: &'a str,
    /// No further page is listed after this time, and the report says where to go on.
    pub deadline: Option<Instant>,
}

impl Wanted<'_> {
    /// The rows of these services (`kms`, `kafka`, …), or of all if there are none, for which a rule is wanted. Policies of
    /// resources that are scanned anyway cost one more call each, so they are left out unless they are wanted.
    pub fn rows(services: &[String], policies: bool, is_wanted: impl Fn(&str) -> bool) -> Vec<&'static Existing> {
        let of_service = |row: &&Existing| {
            services.is_empty() || services.iter().any(|service| service_of(row.listing.permission.action) == service)
        };
        let has_rule =
            |row: &&Existing| row.detector.rules.iter().any(|rule| row.evaluates(rule) && is_wanted(rule.id));
        let rows = EXISTING.iter().copied().filter(|row| policies || !row.is_policy);
        rows.filter(of_service).filter(has_rule).collect()
    }

    /// The permissions that a scan of these rows requires.
    pub fn permissions<'r>(rows: &'r [&'static Existing]) -> impl Iterator<Item = &'static Permission> + 'r {
        let aliases = aliases().filter(|_| needs_aliases(rows)).map(|row| &row.listing.permission);
        let of_row = |row: &&'static Existing| {
            [&region_list(row.listing).permission, &row.listing.permission].into_iter().chain(row.permissions)
        };
        rows.iter().flat_map(of_row).chain(aliases)
    }
}

/// The service of an action: `kms`.
pub fn service_of(action: &str) -> &str {
    action.split(':').next().unwrap_or(action)
}

/// What a scan tells while it goes on.
#[derive(Debug)]
pub enum Step<'a> {
    /// A resource was listed.
    Listed,
    /// A resource was evaluated. What could not be looked up is not among the findings, but in the report.
    Evaluated(&'a Change<'a>, Vec<Finding<'a>>),
    /// A resource is done.
    Done,
}

/// How many resources there were: `listed = evaluated + deleted + denied`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Resources in lists, without those that AWS manages.
    pub listed: usize,
    /// Resources of which everything was looked up.
    pub evaluated: usize,
    /// Resources that were deleted between the list and the look-up.
    pub deleted: usize,
    /// Resources of which something could not be looked up: the gaps say what.
    pub denied: usize,
}

impl Counts {
    /// Adds the counts of another account or Region.
    pub fn add(&mut self, other: Counts) {
        self.listed += other.listed;
        self.evaluated += other.evaluated;
        self.deleted += other.deleted;
        self.denied += other.denied;
    }
}

/// Where a scan goes on: for each list that is not finished, the token of its next page, or `None` if it was not begun.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(pub BTreeMap<String, Option<Value>>);

/// What a scan of one account and Region did.
#[derive(Debug, Default)]
pub struct Report {
    /// The resources.
    pub counts: Counts,
    /// What could not be seen.
    pub gaps: Gaps,
    /// The services that the Region does not offer.
    pub not_offered: BTreeSet<&'static str>,
    /// How many calls were made.
    pub calls: u64,
    /// Where to go on; empty if everything was scanned.
    pub cursor: Cursor,
}
