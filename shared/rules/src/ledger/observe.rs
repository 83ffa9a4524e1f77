//! From the findings of a change to observations.

use serde_json::Value;

use crate::engine::context::Seen;
use crate::engine::finding::{Finding, digest};
use crate::engine::outcome::Outcome;
use crate::ledger::entry::{By, Moment, Origin, Reason, Subject};
use crate::ledger::merge::{Answer, Observation};
use crate::util::time::{Seconds, record_time};

/// How much earlier than it began a scan counts as, in seconds: what it sees may be older than the newest event, because AWS
/// services are eventually consistent, and an event must not be closed by the look at what was before it.
pub const CONSISTENT_AFTER: Seconds = 300;

/// What the findings of one change say. A rule that is not applicable says nothing, unless the resource is gone. `now` is the
/// time of an event that has none.
pub fn observations(findings: &[Finding<'_>], origin: Origin, now: Seconds) -> Vec<Observation> {
    findings.iter().filter_map(|finding| observation(finding, origin, now)).collect()
}

fn observation(finding: &Finding<'_>, origin: Origin, now: Seconds) -> Option<Observation> {
    let change = finding.change;
    let json = || finding.to_json().to_string();
    let severity = finding.severity;
    let answer = match &finding.outcome {
        Outcome::Violation(_) | Outcome::Unverified(_) if finding.exception.is_some() => {
            Answer::Right(Reason::Excepted)
        }
        Outcome::Violation(_) => {
            let evidence = Value::Object(finding.evidence().into_iter().collect()).to_string();
            Answer::Wrong { severity, evidence: digest(&[&evidence]), finding: json() }
        }
        Outcome::Unverified(_) => Answer::Unknown { severity, finding: json() },
        Outcome::Compliant | Outcome::NotApplicable(_) if finding.is_gone() => Answer::Right(Reason::Deleted),
        // no earlier call was about a grant that is created, so there is nothing to end: AWS services create grants all the time
        Outcome::Compliant if change.resource.is_part() && change.rank() == 0 => return None,
        Outcome::Compliant => Answer::Right(Reason::Fixed),
        Outcome::NotApplicable(_) => return None,
    };
    let is_scan = change.seen == Seen::Scan;
    let time = record_time(&change.event.time).unwrap_or(now);
    let moment = Moment {
        time: if is_scan { time.saturating_sub(CONSISTENT_AFTER) } else { time },
        rank: change.rank(),
        wrong: matches!(answer, Answer::Wrong { .. }),
        event: change.event.id.clone(),
    };
    let subject = Subject {
        fingerprint: finding.fingerprint(),
        rule: finding.rule.id.to_owned(),
        detector: change.detector.name.to_owned(),
        resource: change.resource.arn.as_deref().unwrap_or(&change.resource.name).to_owned(),
        account: change.account().to_owned(),
        region: change.scope.region.to_owned(),
    };
    let by = By {
        who: if is_scan { String::new() } else { change.actor().in_words() },
        call: change.event.name.clone(),
        event: change.event.id.clone(),
        exception: finding.exception.map(|exception| exception.reason.clone()).unwrap_or_default(),
        reason: None,
    };
    Some(Observation { subject, moment, origin, answer, by })
}
