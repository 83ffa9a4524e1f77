//! `--rule` and `--min-severity`.

use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::{Finding, Outcome};

use crate::cli::MinSeverity;

/// True if the options select a finding. A compliant or not applicable one has no severity.
pub(crate) fn selects(finding: &Finding<'_>, rules: &[&str], min_severity: Option<MinSeverity>) -> bool {
    let has_severity = matches!(finding.outcome, Outcome::Violation(_) | Outcome::Unverified(_));
    let minimum = min_severity.map(Severity::from);
    selects_rule(rules, finding.rule.id) && (!has_severity || minimum.is_none_or(|minimum| finding.severity >= minimum))
}

/// True if `--rule` selects a rule.
pub(crate) fn selects_rule(rules: &[&str], rule: &str) -> bool {
    rules.is_empty() || rules.contains(&rule)
}
