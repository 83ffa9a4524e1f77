//! Work on several threads, whose results come out in the order of the work.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// So many results of each worker wait to be taken, then it waits: what is printed may go to a slow reader.
const WAITING: usize = 4;

/// Does all work, each worker with memory of its own, and hands out what comes of it in the order of the work.
///
/// # Errors
/// The first error of `take`: what is left is not done.
pub(crate) fn in_order<T, R, W, E>(
    jobs: NonZeroUsize,
    work: impl Iterator<Item = T> + Send,
    worker: impl Fn() -> W + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    R: Send,
    W: FnMut(T) -> R,
{
    let jobs = jobs.get().min(work.size_hint().1.unwrap_or(usize::MAX));
    let work = Mutex::new(work.enumerate());
    let (sender, receiver) = mpsc::sync_channel(WAITING * jobs);
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (sender, work, worker) = (sender.clone(), &work, &worker);
            scope.spawn(move || {
                let mut worker = worker();
                loop {
                    let next = work.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((index, item)) = next else { return };
                    if sender.send((index, worker(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let (mut early, mut turn) = (BTreeMap::new(), 0);
        for (index, result) in receiver {
            early.insert(index, result);
            while let Some(result) = early.remove(&turn) {
                take(result)?;
                turn += 1;
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
        fn results_come_in_the_order_of_the_work(delays in prop::collection::vec(0_u64..300, 0..60), jobs in 1_usize..5) {
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
    fn an_error_ends_the_work() {
        let begun = AtomicUsize::new(0);
        let count = || {
            |index: usize| {
                begun.fetch_add(1, Ordering::Relaxed);
                index
            }
        };
        let refuse = |index| if index == 3 { Err("enough") } else { Ok(()) };
        assert_eq!(in_order(NonZeroUsize::new(2).unwrap(), 0..100_000, count, refuse), Err("enough"));
        assert!(begun.into_inner() < 1000);
    }
}
