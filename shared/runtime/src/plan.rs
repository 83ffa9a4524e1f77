//! When the rules of a change are evaluated: now, or at a re-check after the settle time. Decides from plain data and does
//! nothing.

use sealwatch_rules::engine::rule::Phase;
use sealwatch_rules::util::time::Seconds;

/// The number of the last re-check: a resource that is still in progress then is evaluated as it is.
const LAST_RECHECK: u8 = 3;

/// EventBridge Scheduler rejects a time in the past, and creating a schedule takes a moment.
const MIN_DELAY: Seconds = 2;

/// What a plan depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timing {
    /// True if the call only starts a configuration: it shows in the resource after the settle time.
    pub(crate) settles: bool,
    /// Seconds; 0 turns re-checks off.
    pub(crate) settle_time: u64,
    /// When the call was made; `None` if the record has no time.
    pub(crate) event_time: Option<Seconds>,
    /// True if the resource was looked up, and AWS still applies its configuration.
    pub(crate) in_progress: bool,
}

/// What to do about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The rules to evaluate; `None` if all of them wait.
    pub(crate) evaluate_now: Option<Phase>,
    /// When to evaluate the rules that wait; `None` if no rule waits.
    pub(crate) recheck_at: Option<Seconds>,
}

impl Timing {
    /// True if this attempt is a re-check. The number counts only for a call that settles: nobody can make another call
    /// skip its evaluation by adding one.
    pub(crate) fn is_recheck(&self, attempt: u8) -> bool {
        self.can_wait() && attempt > 0
    }

    fn can_wait(&self) -> bool {
        self.settles && self.settle_time > 0
    }
}

/// Plans a change. `attempt` is the number of the re-check, 0 for an event that comes for the first time.
///
/// Called before the look-ups, and again after them if the plan was not to wait: they show whether the resource is in
/// progress.
pub(crate) fn plan(change: &Timing, attempt: u8, now: Seconds) -> Plan {
    if !change.can_wait() {
        return Plan { evaluate_now: Some(Phase::All), recheck_at: None };
    }
    let recheck_at = recheck_at(change, attempt, now);
    let evaluate_now = match (change.is_recheck(attempt), recheck_at.is_some()) {
        (false, true) => Some(Phase::Immediate),
        (false, false) => Some(Phase::All),
        (true, true) => None,
        (true, false) => Some(Phase::Settled),
    };
    Plan { evaluate_now, recheck_at }
}

fn recheck_at(change: &Timing, attempt: u8, now: Seconds) -> Option<Seconds> {
    let from_now = now.saturating_add_unsigned(change.settle_time);
    let first = match change.is_recheck(attempt) {
        true => None,
        false => settled_at(change, from_now).filter(|at| *at > now),
    };
    let again = (change.in_progress && attempt < LAST_RECHECK).then_some(from_now);
    first.or(again).map(|at| at.max(now.saturating_add(MIN_DELAY)))
}

/// The settle time after the call, however late its event comes; at the latest the settle time from now, because the clock
/// of the record may be ahead.
fn settled_at(change: &Timing, latest: Seconds) -> Option<Seconds> {
    match change.event_time {
        Some(time) => Some(time.saturating_add_unsigned(change.settle_time).min(latest)),
        None => Some(latest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Seconds = 1_000_000;

    /// A situation: its name, the change, the attempt. Its plan: the rules to evaluate, and the time of the re-check.
    type Row = (&'static str, Timing, u8, Option<Phase>, Option<Seconds>);

    /// A call that was made some seconds ago and settles in five minutes.
    fn called(seconds_ago: Seconds) -> Timing {
        Timing { settles: true, settle_time: 300, event_time: Some(NOW - seconds_ago), in_progress: false }
    }

    fn in_progress(seconds_ago: Seconds) -> Timing {
        Timing { in_progress: true, ..called(seconds_ago) }
    }

    #[test]
    fn every_situation_has_its_plan() {
        let all = Some(Phase::All);
        let immediate = Some(Phase::Immediate);
        let settled = Some(Phase::Settled);
        let table: &[Row] = &[
            // calls that do not wait
            ("does not settle", Timing { settles: false, ..called(10) }, 0, all, None),
            ("does not settle, whatever its number", Timing { settles: false, ..called(10) }, 3, all, None),
            ("does not settle, in progress", Timing { settles: false, ..in_progress(10) }, 0, all, None),
            ("settle time 0", Timing { settle_time: 0, ..called(10) }, 0, all, None),
            ("settle time 0, in progress", Timing { settle_time: 0, ..in_progress(10) }, 0, all, None),
            ("settle time 0, a re-check from before", Timing { settle_time: 0, ..called(10) }, 1, all, None),
            // the first attempt waits for the settle time after the call
            ("just now", called(0), 0, immediate, Some(NOW + 300)),
            ("10 seconds ago", called(10), 0, immediate, Some(NOW + 290)),
            ("settles in a second", called(299), 0, immediate, Some(NOW + MIN_DELAY)),
            ("settle time of a day", Timing { settle_time: 86_400, ..called(10) }, 0, immediate, Some(NOW + 86_390)),
            ("longest settle time", Timing { settle_time: u64::MAX, ..called(10) }, 0, immediate, Some(Seconds::MAX)),
            // clocks
            ("no event time", Timing { event_time: None, ..called(0) }, 0, immediate, Some(NOW + 300)),
            ("clock ahead", called(-4000), 0, immediate, Some(NOW + 300)),
            ("clock ahead by an hour and a day", called(-90_000), 0, immediate, Some(NOW + 300)),
            ("clock ahead by a century", called(-3_155_760_000), 0, immediate, Some(NOW + 300)),
            ("the largest time", Timing { event_time: Some(Seconds::MAX), ..called(0) }, 0, immediate, Some(NOW + 300)),
            ("the smallest time", Timing { event_time: Some(Seconds::MIN), ..called(0) }, 0, all, None),
            ("years ago, in progress", in_progress(3_155_760_000), 0, immediate, Some(NOW + 300)),
            ("late, settled exactly now", called(300), 0, all, None),
            ("late", called(4000), 0, all, None),
            // the look-up shows that it is still in progress
            ("late and in progress", in_progress(4000), 0, immediate, Some(NOW + 300)),
            ("in progress does not move the first re-check", in_progress(10), 0, immediate, Some(NOW + 290)),
            // re-checks
            ("first re-check", called(300), 1, settled, None),
            ("re-check that comes too early", called(10), 1, settled, None),
            ("re-check without event time", Timing { event_time: None, ..called(0) }, 1, settled, None),
            ("first re-check, in progress", in_progress(300), 1, None, Some(NOW + 300)),
            ("second re-check, in progress", in_progress(600), 2, None, Some(NOW + 300)),
            ("last re-check", called(900), LAST_RECHECK, settled, None),
            ("last re-check, in progress", in_progress(900), LAST_RECHECK, settled, None),
            ("a number beyond the last", in_progress(900), u8::MAX, settled, None),
        ];
        for (name, change, attempt, evaluate_now, recheck_at) in table {
            let want = Plan { evaluate_now: *evaluate_now, recheck_at: *recheck_at };
            assert_eq!(plan(change, *attempt, NOW), want, "{name}");
        }
    }

    #[test]
    fn a_duplicate_that_comes_later_has_the_same_plan() {
        let first = plan(&called(10), 0, NOW);
        for later in [0, 1, 30, 287] {
            assert_eq!(plan(&called(10), 0, NOW + later), first, "{later} seconds later");
        }
    }

    /// `now` goes back or jumps ahead between the attempts of one event.
    #[test]
    fn whichever_way_the_clock_steps_a_re_check_is_ahead_of_it_by_the_settle_time_at_most() {
        let steps = [-3_155_760_000, -90_000, -3_600, -300, -1, 0, 1, 299, 300, 3_600, 90_000, 3_155_760_000];
        for step in steps {
            for seconds_ago in [-3_600, 0, 10, 299, 300, 4_000] {
                for change in [called(seconds_ago), in_progress(seconds_ago)] {
                    for attempt in 0..=LAST_RECHECK {
                        let now = NOW + step;
                        let plan = plan(&change, attempt, now);
                        let in_time = plan.recheck_at.is_none_or(|at| (now + MIN_DELAY..=now + 300).contains(&at));
                        assert!(in_time, "{step} {seconds_ago} {attempt}: {plan:?}");
                        assert!(plan.evaluate_now.is_some() || plan.recheck_at.is_some(), "nothing is forgotten");
                    }
                }
            }
        }
    }

    #[test]
    fn every_rule_is_evaluated_once_and_re_checks_end() {
        for seconds_ago in [0, 10, 4000] {
            for steps_in_progress in 0..6 {
                let (mut now, mut evaluated) = (NOW, Vec::new());
                for attempt in 0..=u8::MAX {
                    let looked_up = Timing { in_progress: attempt < steps_in_progress, ..called(seconds_ago) };
                    let before = plan(&Timing { in_progress: false, ..looked_up }, attempt, now);
                    let plan = if before.recheck_at.is_none() { plan(&looked_up, attempt, now) } else { before };
                    evaluated.extend(plan.evaluate_now);
                    match plan.recheck_at {
                        Some(at) => now = at,
                        None => break,
                    }
                    assert!(attempt < LAST_RECHECK, "no re-check after the last");
                }
                let once = evaluated == [Phase::All] || evaluated == [Phase::Immediate, Phase::Settled];
                assert!(once, "{seconds_ago} {steps_in_progress}: {evaluated:?}");
            }
        }
    }

    #[test]
    fn only_a_call_that_settles_can_be_a_re_check() {
        assert!(called(300).is_recheck(1));
        assert!(!called(300).is_recheck(0));
        assert!(!Timing { settles: false, ..called(300) }.is_recheck(1));
        assert!(!Timing { settle_time: 0, ..called(300) }.is_recheck(1));
    }
}
