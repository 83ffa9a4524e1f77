//! Many deliveries at the same time, in any order, with crashes at any step, against what plainly has to come out.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use futures_util::stream::{FuturesUnordered, StreamExt};
use sealwatch_rules::ledger::{Answer, By, Entry, Holds, Moment, Notice, Observation, Origin, Reason, State, Subject};
use sealwatch_rules::util::severity::Severity;

use crate::ledger::testing::{FakeStore, Point};
use crate::ledger::{Teller, claim_pending, confirm, take_in};

const KEEP: i64 = 400 * 86_400;

fn observation(resource: u64, time: i64, is_wrong: bool) -> Observation {
    let event = format!("{resource}-{time}");
    let subject = Subject {
        fingerprint: format!("f-{resource}"),
        rule: "kinesis-stream-unencrypted".to_owned(),
        detector: "kinesis-stream".to_owned(),
        resource: format!("arn:aws:kinesis:eu-west-1:111122223333:stream/{resource}"),
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
    };
    let answer = match is_wrong {
        true => {
            Answer::Wrong { severity: Severity::High, evidence: format!("e{}", time % 2), finding: "{}".to_owned() }
        }
        false => Answer::Right(Reason::Fixed),
    };
    let moment = Moment { time, rank: 1, wrong: is_wrong, event };
    Observation { subject, moment, origin: Origin::Event, answer, by: By::default() }
}

/// What was published, by fingerprint.
type Published = RefCell<BTreeMap<String, Vec<(Notice, Holds)>>>;

/// Functions over one table and one topic. A delivery that crashes is tried again with the same id, as Lambda does it.
struct Deployment {
    store: FakeStore,
    published: Published,
    crashes: Rc<Cell<u64>>,
    /// Of them, those after a message was published and before that was noted.
    after_publish: Cell<usize>,
    /// True if Lambda does not try every delivery again that crashed.
    gives_up: Cell<bool>,
}

impl Deployment {
    /// `crashes` says at which step and point a delivery crashes.
    fn new(seed: u64, mut crashes: impl FnMut(&'static str, Point) -> bool + 'static) -> Deployment {
        let count = Rc::new(Cell::new(0));
        let counted = Rc::clone(&count);
        let store = FakeStore::default();
        store.seed.set(seed);
        *store.crashes.borrow_mut() = Some(Box::new(move |step, point| {
            let crash = crashes(step, point);
            counted.set(counted.get() + u64::from(crash));
            crash
        }));
        Deployment {
            store,
            published: Published::default(),
            crashes: count,
            after_publish: Cell::new(0),
            gives_up: Cell::new(false),
        }
    }

    /// Delivers an event until it is done, or until it is given up: it goes to the dead letters. Returns whether it is done.
    async fn deliver(&self, observation: &Observation, invocation: &str) -> bool {
        loop {
            let is_told = Cell::new(false);
            let mut run = pin!(self.run(observation, invocation, &is_told));
            let is_done = poll_fn(|context| {
                let before = self.crashes.get();
                match run.as_mut().poll(context) {
                    Poll::Ready(done) => Poll::Ready(done.is_ok()),
                    Poll::Pending if self.crashes.get() > before => Poll::Ready(false),
                    Poll::Pending => Poll::Pending,
                }
            });
            if is_done.await {
                return true;
            }
            self.after_publish.set(self.after_publish.get() + usize::from(is_told.get()));
            if self.gives_up.get() && self.store.random(2) == 0 {
                return false;
            }
        }
    }

    async fn run(&self, observation: &Observation, invocation: &str, is_told: &Cell<bool>) -> Result<(), String> {
        let teller = Teller { invocation, keep: KEEP, now: 0 };
        let mut claimed = take_in(&self.store, teller, std::slice::from_ref(observation)).await?;
        while !claimed.is_empty() {
            for one in &claimed {
                let publish = || {
                    let mut published = self.published.borrow_mut();
                    let told = published.entry(one.entry.subject.fingerprint.clone()).or_default();
                    told.push((one.notice, one.entry.holds()));
                    is_told.set(true);
                };
                self.store.step("publish", publish).await?;
            }
            claimed = confirm(&self.store, teller, claimed).await?;
            is_told.set(false);
        }
        Ok(())
    }

    /// Delivers everything with this many senders, which take one after the other. Returns what was given up.
    fn deliver_all(&self, deliveries: &[Observation], senders: usize) -> Vec<Observation> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (queue, dead_letters) = (RefCell::new(deliveries.iter().enumerate()), RefCell::new(Vec::new()));
        let sender = async || {
            loop {
                let next = queue.borrow_mut().next();
                let Some((number, observation)) = next else { return };
                let invocation = format!("i-{number}-{}", self.store.random(u64::MAX));
                if !self.deliver(observation, &invocation).await {
                    dead_letters.borrow_mut().push(observation.clone());
                }
            }
        };
        let senders: FuturesUnordered<_> = (0..senders).map(|_| sender()).collect();
        runtime.block_on(senders.collect::<Vec<()>>());
        dead_letters.into_inner()
    }

    /// How often the same was told twice in a row.
    fn repeated(&self) -> usize {
        let published = self.published.borrow();
        published.values().flat_map(|told| told.windows(2)).filter(|pair| pair[0].1 == pair[1].1).count()
    }

    /// Checks that the newest event decides, and that whoever was told anything knows it.
    fn check(&self, deliveries: &[Observation]) {
        let published = self.published.borrow();
        for entry in self.store.entries() {
            let fingerprint = &entry.subject.fingerprint;
            let of_entry = deliveries.iter().filter(|one| one.subject.fingerprint == *fingerprint);
            let newest = of_entry.max_by_key(|one| &one.moment).unwrap();
            assert_eq!(entry.state == State::Open, newest.moment.wrong, "{fingerprint}");
            let told = published.get(fingerprint).and_then(|told| told.last());
            match told {
                Some((_, holds)) => assert_eq!(*holds, entry.holds(), "{fingerprint}: {published:?}"),
                None => assert_eq!(entry.state, State::Resolved, "{fingerprint}: nobody was told"),
            }
            assert_eq!((entry.notice(), &entry.claim, &entry.pending), (None, &None, &None), "{fingerprint}");
        }
    }
}

fn never(_: &'static str, _: Point) -> bool {
    false
}

/// 300 outcomes of 60 resources, each twice, in random order.
fn outcomes(seed: u64) -> Vec<Observation> {
    let random = FakeStore::default();
    random.seed.set(seed);
    let mut all: Vec<Observation> =
        (0..300).map(|number| observation(number % 60, 1 + number as i64 / 60, random.random(2) == 0)).collect();
    all.extend(all.clone());
    for end in (1..all.len()).rev() {
        all.swap(end, random.random(end as u64 + 1) as usize);
    }
    all
}

#[test]
fn three_hundred_outcomes_twice_in_random_order_end_right_and_nothing_is_told_twice() {
    for seed in 0..20 {
        let deployment = Deployment::new(seed, never);
        let outcomes = outcomes(seed);
        deployment.deliver_all(&outcomes, 8);
        deployment.check(&outcomes);
        assert_eq!(deployment.repeated(), 0, "seed {seed}");
    }
}

#[test]
fn with_one_crash_in_five_nothing_is_lost_and_only_a_crash_after_a_message_repeats_it() {
    for seed in 0..20 {
        let dice = FakeStore::default();
        dice.seed.set(seed + 1_000);
        // a delivery has about ten points: one delivery in five crashes, and some more than once
        let deployment = Deployment::new(seed, move |_, _| dice.random(50) == 0);
        let outcomes = outcomes(seed);
        deployment.deliver_all(&outcomes, 8);
        deployment.check(&outcomes);
        assert!(deployment.crashes.get() > 20, "{}", deployment.crashes.get());
        assert!(deployment.repeated() <= deployment.after_publish.get(), "seed {seed}");
    }
}

#[test]
fn what_went_to_the_dead_letters_is_made_good_by_a_redrive() {
    for seed in 0..4 {
        let dice = FakeStore::default();
        dice.seed.set(seed + 2_000);
        let deployment = Deployment::new(seed, move |_, _| dice.random(50) == 0);
        deployment.gives_up.set(true);
        let outcomes = outcomes(seed);
        let dead_letters = deployment.deliver_all(&outcomes, 8);
        assert!(dead_letters.len() > 10, "{}", dead_letters.len());
        deployment.gives_up.set(false);
        assert_eq!(deployment.deliver_all(&dead_letters, 8), []);
        deployment.check(&outcomes);
        assert!(deployment.repeated() <= deployment.after_publish.get(), "seed {seed}");
    }
}

#[test]
fn a_crash_at_any_single_step_loses_nothing() {
    let deliveries = [observation(1, 1, true), observation(1, 2, false), observation(1, 3, true)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let ordered: Vec<Observation> = order.iter().map(|index| deliveries[*index].clone()).collect();
        for crash_at in 0.. {
            let points = Rc::new(Cell::new(0));
            let counted = Rc::clone(&points);
            let deployment = Deployment::new(crash_at, move |_, _| counted.replace(counted.get() + 1) == crash_at);
            deployment.deliver_all(&ordered, 1);
            deployment.check(&deliveries);
            assert!(deployment.repeated() <= deployment.after_publish.get(), "{order:?} {crash_at}");
            if points.get() <= crash_at {
                break;
            }
        }
    }
}

#[test]
fn a_crashed_invocation_that_nobody_tries_again_is_told_by_the_next_event() {
    let deployment = Deployment::new(1, never);
    let opened = observation(1, 1, true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let teller = Teller { invocation: "gone", keep: KEEP, now: 0 };
        let claimed = take_in(&deployment.store, teller, std::slice::from_ref(&opened)).await.unwrap();
        assert_eq!(claimed.len(), 1);
    });
    let started = std::time::Instant::now();
    deployment.deliver_all(std::slice::from_ref(&opened), 1);
    deployment.check(&[opened]);
    assert_eq!(deployment.published.borrow()["f-1"].len(), 1);
    assert!(started.elapsed().as_secs() < 5, "the clock is paused");
}

#[test]
fn what_is_left_over_can_be_claimed_by_its_name() {
    let deployment = Deployment::new(1, never);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let teller = Teller { invocation: "a", keep: KEEP, now: 0 };
        for resource in 0..3 {
            let seen = [observation(resource, 1, true)];
            for mut one in take_in(&deployment.store, teller, &seen).await.unwrap() {
                one.entry.leave_to("storm-1");
                assert!(crate::ledger::Store::put(&deployment.store, &mut one.entry).await.unwrap());
            }
        }
        // a duplicate leaves them to the message
        assert_eq!(take_in(&deployment.store, teller, &[observation(0, 1, true)]).await.unwrap(), []);
        // one is fixed before it is sent: nobody has to know
        assert_eq!(take_in(&deployment.store, teller, &[observation(1, 2, false)]).await.unwrap(), []);
        let waiting = crate::ledger::Store::pending(&deployment.store, "storm-1").await.unwrap();
        assert_eq!(waiting, ["f-0", "f-2"]);
        let teller = Teller { invocation: "b", keep: KEEP, now: 0 };
        let claimed = claim_pending(&deployment.store, teller, &waiting).await.unwrap();
        assert_eq!(claimed.iter().map(|one| one.notice).collect::<Vec<_>>(), [Notice::Opened; 2]);
        // a message that crashes now finds them again
        assert_eq!(crate::ledger::Store::pending(&deployment.store, "storm-1").await.unwrap(), waiting);
        assert_eq!(confirm(&deployment.store, teller, claimed).await.unwrap(), []);
        assert_eq!(claim_pending(&deployment.store, teller, &waiting).await.unwrap(), []);
    });
}

#[test]
fn a_table_that_does_not_answer_fails() {
    let deployment = Deployment::new(1, never);
    deployment.store.fails.set(true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let teller = Teller { invocation: "a", keep: KEEP, now: 0 };
    let result = runtime.block_on(take_in(&deployment.store, teller, &[observation(0, 1, true)]));
    assert_eq!(result.unwrap_err(), "the ledger does not answer");
}

#[test]
fn nothing_is_written_where_nothing_changes() {
    let deployment = Deployment::new(1, never);
    let opened = observation(1, 1, true);
    deployment.deliver_all(std::slice::from_ref(&opened), 1);
    let writes = deployment.store.writes.get();
    assert_eq!(writes, 2, "claimed and confirmed");
    deployment.deliver_all(&[opened.clone(), opened, observation(1, 0, false)], 1);
    assert_eq!(deployment.store.writes.get(), writes);
    assert!(Entry::merge(None, &observation(1, 1, false), KEEP).is_some());
}

/// Leaves an opened entry to a message.
async fn leave(deployment: &Deployment, resource: u64, message: &str) {
    let teller = Teller { invocation: "a", keep: KEEP, now: 0 };
    for mut one in take_in(&deployment.store, teller, &[observation(resource, 1, true)]).await.unwrap() {
        one.entry.leave_to(message);
        assert!(crate::ledger::Store::put(&deployment.store, &mut one.entry).await.unwrap());
    }
}

#[test]
fn a_message_tells_what_waits_for_it_although_another_invocation_writes_at_the_same_time() {
    for seed in 0..50 {
        let deployment = Deployment::new(seed, never);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            leave(&deployment, 0, "storm-1").await;
            let (message, event) = ("b", "c");
            let teller = |invocation| Teller { invocation, keep: KEEP, now: 0 };
            let changed = [observation(0, 2, true)];
            let waiting = ["f-0".to_owned()];
            let (claimed, _) = futures_util::join!(
                claim_pending(&deployment.store, teller(message), &waiting),
                take_in(&deployment.store, teller(event), &changed)
            );
            assert_eq!(claimed.unwrap().len(), 1, "seed {seed}");
        });
    }
}

#[test]
fn what_waits_for_a_message_that_never_came_is_told_by_the_next_event() {
    let deployment = Deployment::new(1, never);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        leave(&deployment, 0, "storm-0a-100").await;
        for (now, told) in [(50, 0), (1_000, 0), (2_000, 1)] {
            let teller = Teller { invocation: "b", keep: KEEP, now };
            let claimed = take_in(&deployment.store, teller, &[observation(0, 1, true)]).await.unwrap();
            assert_eq!(claimed.len(), told, "{now}");
            assert_eq!(confirm(&deployment.store, teller, claimed).await.unwrap(), []);
        }
        assert!(deployment.store.entries()[0].pending.is_none());
    });
}

#[test]
fn a_write_whose_answer_is_lost_loses_no_message() {
    let deployment = Deployment::new(1, never);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let teller = Teller { invocation: "a", keep: KEEP, now: 0 };
        let claimed = take_in(&deployment.store, teller, &[observation(0, 1, true)]).await.unwrap();
        // another invocation stores that it is fixed, and waits for this one to tell it
        let entry = deployment.store.entries().remove(0);
        let mut fixed = Entry::merge(Some(&entry), &observation(0, 2, false), KEEP).unwrap();
        assert!(crate::ledger::Store::put(&deployment.store, &mut fixed).await.unwrap());
        let stale = crate::ledger::Claimed { entry: fixed, ..claimed.into_iter().next().unwrap() };
        deployment.store.loses_answer.set(true);
        let rest = confirm(&deployment.store, teller, vec![stale]).await.unwrap();
        assert_eq!(rest.iter().map(|one| one.notice).collect::<Vec<_>>(), [Notice::Resolved]);
        assert_eq!(confirm(&deployment.store, teller, rest).await.unwrap(), []);
        let entry = deployment.store.entries().remove(0);
        assert_eq!((entry.notice(), entry.claim, entry.history.len()), (None, None, 2));
    });
}

#[test]
fn an_invocation_that_took_a_finding_back_from_a_message_and_crashed_tells_it_when_it_is_tried_again() {
    let deployment = Deployment::new(1, never);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        leave(&deployment, 0, "storm-0a-100").await;
        let teller = Teller { invocation: "a", keep: KEEP, now: 120 };
        let taken = claim_pending(&deployment.store, teller, &["f-0".to_owned()]).await.unwrap();
        assert_eq!(taken.len(), 1);
        let again = take_in(&deployment.store, teller, &[observation(0, 1, true)]).await.unwrap();
        assert_eq!(again.len(), 1);
    });
}
