//! Parallel work whose results are returned in the order of the items.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How many results per worker may be pending. Workers then pause, because the reader of the output may be slow.
const MAX_PENDING: usize = 4;

/// Processes all items on `jobs` threads and passes the results to `take`, in the order of the items. `worker` is called
/// once in each thread, so that each worker has memory of its own.
///
/// # Errors
/// Returns the first error of `take`. Items that no worker has started are then left.
pub(crate) fn in_order<T, R, W, E>(
    jobs: NonZeroUsize,
    items: impl Iterator<Item = T> + Send,
    worker: impl Fn() -> W + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    R: Send,
    W: FnMut(T) -> R,
{
    let jobs = jobs.get().min(items.size_hint().1.unwrap_or(usize::MAX));
    let items = Mutex::new(items.enumerate());
    let (sender, receiver) = mpsc::sync_channel(MAX_PENDING * jobs);
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (sender, items, worker) = (sender.clone(), &items, &worker);
            scope.spawn(move || {
                let mut worker = worker();
                loop {
                    let next = items.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((index, item)) = next else { return };
                    if sender.send((index, worker(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let (mut early, mut next) = (BTreeMap::new(), 0);
        for (index, result) in receiver {
            early.insert(index, result);
            while let Some(result) = early.remove(&next) {
                take(result)?;
                next += 1;
            }
        }
        Ok(())
    })
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
            in_order(NonZeroUsize::new(jobs).unwrap(), delays.iter().enumerate(), slow, take).unwrap();
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
        assert_eq!(in_order(NonZeroUsize::new(2).unwrap(), 0..100_000, count, reject), Err("enough"));
        assert!(started.into_inner() < 1000);
    }
}
