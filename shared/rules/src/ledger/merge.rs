//! An observation becomes part of an entry.

use crate::ledger::entry::{By, Entry, Look, Moment, Origin, Reason, State, Subject};
use crate::util::severity::Severity;
use crate::util::time::{DAY, Seconds, written};

/// How long an entry is kept at least, and one of which nobody was told: longer than a dead-letter queue keeps an older event,
/// which must not open it.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>
const KEEP_UNTOLD: Seconds = 15 * DAY;

/// What one evaluation says about one rule and one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The rule and the resource.
    pub subject: Subject,
    /// When. `wrong` is true for a violation.
    pub moment: Moment,
    /// By what.
    pub origin: Origin,
    /// What it says.
    pub answer: Answer,
    /// Who made the call, and which.
    pub by: By,
}

/// What an evaluation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// There is a violation.
    Wrong {
        /// How bad it is.
        severity: Severity,
        /// A digest of its evidence.
        evidence: String,
        /// The finding as JSON.
        finding: String,
    },
    /// It cannot be decided.
    Unknown {
        /// How bad it would be.
        severity: Severity,
        /// The finding as JSON.
        finding: String,
    },
    /// There is none, and why.
    Right(Reason),
}

impl Entry {
    /// The entry with an observation taken in; `None` if it changes nothing. `keep` is how long a resolved entry is kept.
    pub fn merge(entry: Option<&Entry>, observation: &Observation, keep: Seconds) -> Option<Entry> {
        let Observation { moment, origin, answer, by, .. } = observation;
        let seen_by_scan = *origin == Origin::Scan && matches!(answer, Answer::Right(_));
        let mut next = match entry {
            // what a scan finds right is remembered only where something was wrong: it looks at everything, every day
            None if seen_by_scan => return None,
            Some(entry) if seen_by_scan && entry.state == State::Resolved => return None,
            None => Entry::new(observation),
            Some(entry) => entry.clone(),
        };
        let register = if matches!(answer, Answer::Unknown { .. }) { &next.doubt } else { &next.verdict };
        if register.as_ref().is_some_and(|look| look.moment >= *moment) {
            return next.seen_earlier(observation).then_some(next);
        }
        next.seen_earlier(observation);
        let look = Look { moment: moment.clone(), origin: *origin, reason: None, evidence: String::new() };
        let before = next.state;
        match answer {
            Answer::Unknown { finding, severity } => {
                next.doubt = Some(look);
                if next.decide() == State::Unverified {
                    next.finding.clone_from(finding);
                    next.severity = *severity;
                }
            }
            Answer::Wrong { severity, evidence, finding } => {
                // A scan shows other evidence than the event did, and that is no news. It does not know what an event compares
                // with, the earlier policy for example, so it never lowers what an event said.
                let known = next.verdict.clone().filter(|_| *origin == Origin::Scan && before == State::Open);
                let is_of_scan = known.as_ref().is_none_or(|known| known.origin == Origin::Scan);
                if known.is_none() || *severity > next.severity || (is_of_scan && *severity != next.severity) {
                    next.finding.clone_from(finding);
                    next.severity = *severity;
                }
                next.verdict = Some(match known {
                    Some(known) => Look { moment: look.moment, ..known },
                    None => Look { evidence: evidence.clone(), ..look },
                });
                next.decide();
            }
            Answer::Right(reason) => {
                next.verdict = Some(Look { reason: Some(*reason), ..look });
                if next.decide() == State::Resolved && before != State::Resolved {
                    next.resolved_at = Some(written(moment.time));
                    next.resolved_by = Some(By { reason: Some(*reason), ..by.clone() });
                }
            }
        }
        if before == State::Resolved && next.state != State::Resolved {
            next.opened_at = Some(written(moment.time));
        }
        let Subject { account, region, .. } = &next.subject;
        next.open_in = (next.state != State::Resolved).then(|| format!("{account}/{region}"));
        next.set_expiry(keep);
        Some(next)
    }

    fn new(observation: &Observation) -> Entry {
        Entry {
            subject: observation.subject.clone(),
            version: 0,
            state: State::Resolved,
            severity: Severity::Low,
            verdict: None,
            doubt: None,
            first_seen: None,
            opened_at: None,
            resolved_at: None,
            resolved_by: None,
            finding: String::new(),
            told: None,
            claim: None,
            history: Vec::new(),
            open_in: None,
            pending: None,
            expires: None,
        }
    }

    /// Sets the state from the two looks, and returns it.
    fn decide(&mut self) -> State {
        self.state = match (&self.verdict, &self.doubt) {
            (Some(verdict), _) if verdict.moment.wrong => State::Open,
            (Some(verdict), Some(doubt)) if doubt.moment > verdict.moment => State::Unverified,
            (None, Some(_)) => State::Unverified,
            _ => State::Resolved,
        };
        self.state
    }

    /// Moves the time of the first violation back, even if the observation is too old for anything else. Returns whether it
    /// did.
    fn seen_earlier(&mut self, observation: &Observation) -> bool {
        let time = written(observation.moment.time);
        let is_first = observation.moment.wrong && self.first_seen.as_ref().is_none_or(|first| *first > time);
        if is_first {
            self.first_seen = Some(time);
        }
        is_first
    }

    /// An entry expires when it is resolved, and earlier if nobody was ever told about it.
    pub(crate) fn set_expiry(&mut self, keep: Seconds) {
        let is_told = self.told.is_some() || self.claim.is_some();
        let keep = if is_told { keep.max(KEEP_UNTOLD) } else { KEEP_UNTOLD };
        let resolved = self.look().filter(|_| self.state == State::Resolved);
        self.expires = resolved.map(|look| look.moment.time.saturating_add(keep));
    }
}
