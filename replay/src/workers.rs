//! Parallel work whose results are returned in the order of the items.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How many batches per worker may wait for an earlier one, or for the reader of the output. Workers then pause, because
/// results take memory.
const MAX_PENDING: usize = 4;

/// So long a worker works on the items that it takes at once: many times as long as it takes to hand over results and to
/// wake the thread that waits for them, and short enough for results to take little memory.
const BATCH: Duration = Duration::from_millis(1);

/// So many items a worker takes at most.
const MAX_BATCH: usize = 64;

/// Processes all items on `jobs` threads and passes the results to `take`, in the order of the items. `worker` is called
/// once in each thread, so that each worker has memory of its own. If the system allows fewer threads, fewer do the work; if
/// it allows none, the calling thread does.
///
/// A worker takes several items at once, but none after one that `must_start` says must be processed before the next item is
/// waited for: because the next one may come only then, or much later.
///
/// # Errors
/// Returns the first error of `take`. Items that no worker has started are then left.
pub(crate) fn in_order<T, R, W, E>(
    jobs: NonZeroUsize,
    items: impl Iterator<Item = T> + Send,
    must_start: impl Fn(&T) -> bool + Sync,
    worker: impl Fn() -> W + Sync,
    take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    R: Send,
    W: FnMut(T) -> R,
{
    let jobs = jobs.get().min(items.size_hint().1.unwrap_or(usize::MAX));
    in_order_with(|_| thread::Builder::new(), jobs, items, must_start, worker, take)
}

/// `thread` says how the thread with this number is started.
fn in_order_with<T, R, W, E>(
    thread: impl Fn(usize) -> thread::Builder,
    jobs: usize,
    items: impl Iterator<Item = T> + Send,
    must_start: impl Fn(&T) -> bool + Sync,
    worker: impl Fn() -> W + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    R: Send,
    W: FnMut(T) -> R,
{
    let items = Mutex::new((0.., items));
    let next_batch = |size: usize| {
        let (numbers, items) = &mut *items.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch = Vec::new();
        while batch.len() < size && !batch.last().is_some_and(&must_start) {
            match items.next() {
                Some(item) => batch.push(item),
                None => break,
            }
        }
        numbers.next().filter(|_| !batch.is_empty()).map(|number| (number, batch))
    };
    let window = Window::new(MAX_PENDING.saturating_mul(jobs));
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        let _stop = StopOnDrop(&window, false);
        let mut running = 0;
        for number in 0..jobs {
            let (sender, window, worker) = (sender.clone(), &window, &worker);
            let work = move || {
                let _stop = StopOnDrop(window, true);
                let (mut worker, mut size) = (worker(), 1);
                loop {
                    let start = Instant::now();
                    let Some((number, batch)) = next_batch(size) else { break };
                    let until_taken = start.elapsed(); // items may be searched for, or fetched
                    if !window.wait_for(number) {
                        break;
                    }
                    let start = Instant::now();
                    let results: Vec<R> = batch.into_iter().map(&mut worker).collect();
                    size = next_size(results.len(), until_taken + start.elapsed());
                    if sender.send((number, results)).is_err() {
                        break;
                    }
                }
            };
            match thread(number).spawn_scoped(scope, work) {
                Ok(_) => running += 1,
                Err(_) => break, // there are as many threads as the system allows
            }
        }
        drop(sender);
        if running == 0 {
            let mut worker = worker();
            let items = std::iter::from_fn(|| next_batch(1)).flat_map(|(_, batch)| batch);
            return items.map(&mut worker).try_for_each(take);
        }
        let (mut early, mut next) = (BTreeMap::new(), 0);
        for (number, results) in receiver {
            early.insert(number, results);
            while let Some(results) = early.remove(&next) {
                results.into_iter().try_for_each(&mut take)?;
                next += 1;
                window.move_to(next);
            }
        }
        Ok(())
    })
}

/// How many items a worker takes after a batch of this size that took so long. It doubles at most: the first items say little
/// about the next ones.
fn next_size(size: usize, took: Duration) -> usize {
    let each = took.as_nanos().max(1) / size.max(1) as u128;
    let fitting = usize::try_from(BATCH.as_nanos() / each.max(1)).unwrap_or(MAX_BATCH);
    fitting.min(2 * size).clamp(1, MAX_BATCH)
}

/// The batches that may be processed: so many from the first one whose results were not taken.
struct Window {
    size: usize,
    /// The first batch whose results were not taken; `None` if all workers should stop.
    next: Mutex<Option<usize>>,
    moved: Condvar,
}

impl Window {
    fn new(size: usize) -> Window {
        Window { size, next: Mutex::new(Some(0)), moved: Condvar::new() }
    }

    /// Waits until the batch with this number is in the window. False if the worker should stop.
    fn wait_for(&self, number: usize) -> bool {
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let is_ahead = |next: &mut Option<usize>| next.is_some_and(|next| number - next >= self.size);
        self.moved.wait_while(next, is_ahead).unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn move_to(&self, next: usize) {
        self.set(|now| now.map(|_| next));
    }

    fn set(&self, change: impl FnOnce(Option<usize>) -> Option<usize>) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = change(*next);
        drop(next);
        self.moved.notify_all();
    }
}

/// Stops all workers when it is dropped: always, or only in a panic.
struct StopOnDrop<'a>(&'a Window, bool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        let StopOnDrop(window, only_in_panic) = self;
        if !*only_in_panic || thread::panicking() {
            window.set(|_| None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    proptest! {
        #[test]
        fn results_are_in_the_order_of_the_items(delays in prop::collection::vec(0_u64..300, 0..60), jobs in 1_usize..5) {
            let mut taken = Vec::new();
            let slow = || |(index, delay): (usize, &u64)| {
                thread::sleep(Duration::from_micros(*delay));
                index
            };
            let take = |index| {
                taken.push(index);
                Ok::<(), Infallible>(())
            };
            in_order(NonZeroUsize::new(jobs).unwrap(), delays.iter().enumerate(), |_| false, slow, take).unwrap();
            prop_assert_eq!(taken, (0..delays.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_stops_the_workers() {
        let started = AtomicUsize::new(0);
        let count = || {
            |index: usize| {
                started.fetch_add(1, Ordering::Relaxed);
                index
            }
        };
        let reject = |index| if index == 3 { Err("enough") } else { Ok(()) };
        assert_eq!(in_order(NonZeroUsize::new(2).unwrap(), 0..100_000, |_| false, count, reject), Err("enough"));
        assert!(started.into_inner() < 1000);
    }

    #[test]
    fn workers_wait_for_a_slow_first_item() {
        let (done, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let slow = || {
            |index: usize| {
                if index == 0 {
                    thread::sleep(Duration::from_millis(200));
                    return done.load(Ordering::SeqCst);
                }
                done.fetch_add(1, Ordering::SeqCst);
                0
            }
        };
        let take = |early| {
            taken.fetch_max(early, Ordering::SeqCst);
            Ok::<(), Infallible>(())
        };
        in_order(NonZeroUsize::new(3).unwrap(), 0..10_000, |_| false, slow, take).unwrap();
        // the first item is a batch of its own
        let (done, early) = (done.into_inner(), taken.into_inner());
        assert_eq!(done, 9_999);
        assert!((3 * MAX_PENDING - 1..3 * MAX_PENDING * MAX_BATCH).contains(&early), "{early}");
    }

    #[test]
    fn no_item_is_waited_for_while_another_one_must_start() {
        let processed = AtomicUsize::new(0);
        // each tenth item comes only after the one before it was processed
        let items = (0..1000).inspect(|index| {
            let deadline = Instant::now() + Duration::from_secs(60);
            while index % 10 == 0 && processed.load(Ordering::SeqCst) < *index {
                assert!(Instant::now() < deadline, "{index}");
                thread::yield_now();
            }
        });
        let count = || |_| processed.fetch_add(1, Ordering::SeqCst);
        let take = |_| Ok::<(), Infallible>(());
        in_order(NonZeroUsize::new(2).unwrap(), items, |index| index % 10 == 9, count, take).unwrap();
        assert_eq!(processed.into_inner(), 1000);
    }

    #[test]
    fn a_worker_takes_as_many_items_as_fit_into_a_batch() {
        for (size, micros, want) in [
            (1, 10_000, 1), // a large file
            (1, 10, 2),
            (2, 20, 4),
            (64, 640, 64),
            (64, 6400, 10),
            (64, 640_000, 1),
            (1, 0, 2),
        ] {
            assert_eq!(next_size(size, Duration::from_micros(micros)), want, "{size} in {micros} µs");
        }
    }

    #[test]
    fn threads_that_cannot_be_started_are_not_missed() {
        for allowed in 0..4 {
            // no system can provide this stack
            let thread = |number| match number < allowed {
                true => thread::Builder::new(),
                false => thread::Builder::new().stack_size(usize::MAX >> 1),
            };
            let mut taken = Vec::new();
            let take = |index| {
                taken.push(index);
                Ok::<(), Infallible>(())
            };
            in_order_with(thread, 4, 0..1000, |_| false, || |index| index, take).unwrap();
            assert!(taken.into_iter().eq(0..1000), "{allowed}");
        }
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_stops_the_workers() {
        let panicking = || |index: usize| assert!(index != 1);
        let _ = in_order(NonZeroUsize::new(3).unwrap(), 0..10_000, |_| false, panicking, |()| Ok::<(), Infallible>(()));
    }
}
