//! How many requests are in flight, and which are tried again.
//!
//! S3 answers a prefix with `SlowDown` when it gets more requests than it has scaled for. Half as many are then in flight,
//! after a pause, and more again with each response. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html>

use std::error::Error;
use std::future::Future;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{self, Instant};

/// The most requests in flight.
pub(super) const MOST: usize = 512;

/// The requests in flight at the start: each response adds one.
const FIRST: usize = 64;

/// How often a request is sent that gets no answer, or a broken one.
const ATTEMPTS: u32 = 4;

/// How often a request is sent to which S3 answers that it should be slower. With the pauses, that takes over a minute.
const SLOW_ATTEMPTS: u32 = 16;

/// The pause after the first failure.
const PAUSE: Duration = Duration::from_millis(100);

/// No pause is more than so many times as long as the first.
const LONGEST_PAUSE: u32 = 50;

/// Why a request failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Another attempt would fail as well.
    Final(String),
    /// There was no answer, a broken one, or an error within S3.
    Transient(String),
    /// There are too many requests: for S3, or for the files that this process may open.
    TooMany(String),
}

impl Failure {
    /// Sorts an error of the SDK. `words` are what the user reads. Also returns the Region of the bucket if the answer names it:
    /// S3 does if the request came to another one.
    pub(super) fn of<E>(error: &SdkError<E, HttpResponse>, words: String) -> (Failure, Option<String>)
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let response = error.raw_response();
        let status = response.map(|response| response.status().as_u16());
        let region = response.and_then(|response| response.headers().get("x-amz-bucket-region")).map(str::to_owned);
        let failure = match error {
            SdkError::ConstructionFailure(_) => Failure::Final(words),
            _ if lacks_files(error) => Failure::TooMany(words),
            SdkError::ServiceError(_) => match (error.code(), status) {
                (Some("SlowDown" | "ThrottlingException" | "Throttling" | "RequestLimitExceeded"), _)
                | (_, Some(429 | 503)) => Failure::TooMany(words),
                (Some("InternalError" | "RequestTimeout"), _) | (_, Some(500..=599)) => Failure::Transient(words),
                _ => Failure::Final(words),
            },
            _ => Failure::Transient(words),
        };
        (failure, region)
    }
}

/// True if the process or the system has no more files, and so no more connections.
fn lacks_files(error: &(dyn Error + 'static)) -> bool {
    /// `EMFILE` and `ENFILE`, which Linux and macOS number alike.
    const TOO_MANY_FILES: [i32; 2] = [24, 23];
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<io::Error>();
        if io.and_then(io::Error::raw_os_error).is_some_and(|code| TOO_MANY_FILES.contains(&code)) {
            return true;
        }
        // `source()` of an I/O error skips the error that it wraps
        next = match io {
            Some(io) => io.get_ref().map(|inner| inner as _),
            None => error.source(),
        };
    }
    false
}

/// The requests in flight.
#[derive(Debug)]
pub(super) struct Requests {
    free: Semaphore,
    /// The pause after the first failure. It doubles with each one that follows.
    pause: Duration,
    limit: Mutex<Limit>,
}

#[derive(Debug)]
struct Limit {
    /// How many requests may be in flight.
    most: usize,
    /// How many more are in flight since `most` was halved.
    over: usize,
    /// Responses until there may be one more.
    until_more: usize,
    /// True before the first answer that there are too many.
    is_untried: bool,
    /// When it was halved, and when requests continue.
    halved: Option<(Instant, Instant)>,
    /// How often it was halved without a response in between.
    times: u32,
}

impl Requests {
    pub(super) fn new() -> Requests {
        Requests::with_pause(PAUSE)
    }

    fn with_pause(pause: Duration) -> Requests {
        let limit = Limit { most: FIRST, over: 0, until_more: 1, is_untried: true, halved: None, times: 0 };
        Requests { free: Semaphore::new(FIRST), pause, limit: Mutex::new(limit) }
    }

    /// Sends a request until it succeeds, or more attempts would be useless.
    pub(super) async fn send<T, F>(&self, request: impl Fn() -> F) -> Result<T, String>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let (mut attempts, mut slow_attempts) = (0, 0);
        loop {
            let permit = self.free.acquire().await.map_err(|error| error.to_string())?;
            while let Some(until) = self.paused_until() {
                time::sleep_until(until).await;
            }
            let started = Instant::now();
            let result = request().await;
            self.end(permit, started, result.is_ok(), matches!(result, Err(Failure::TooMany(_))));
            match result {
                Ok(value) => return Ok(value),
                Err(Failure::Final(problem)) => return Err(problem),
                Err(Failure::Transient(problem)) => {
                    attempts += 1;
                    if attempts == ATTEMPTS {
                        return Err(problem);
                    }
                    time::sleep(self.pause_after(attempts)).await;
                }
                Err(Failure::TooMany(problem)) => {
                    slow_attempts += 1;
                    if slow_attempts == SLOW_ATTEMPTS {
                        return Err(problem);
                    }
                }
            }
        }
    }

    /// Until when no request is sent.
    fn paused_until(&self) -> Option<Instant> {
        let limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        limit.halved.map(|(_, until)| until).filter(|until| *until > Instant::now())
    }

    /// Counts a response. More requests may follow a success, and half as many if there are too many.
    fn end(&self, permit: SemaphorePermit<'_>, started: Instant, succeeded: bool, too_many: bool) {
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        // those that were in flight with the first one that failed say nothing new
        if too_many && limit.halved.is_none_or(|(halved, _)| halved <= started) {
            let now = Instant::now();
            limit.times += 1;
            limit.halved = Some((now, now + self.pause_after(limit.times)));
            limit.is_untried = false;
            let most = (limit.most / 2).max(1);
            limit.over += limit.most - most;
            limit.most = most;
            limit.until_more = most;
        }
        if succeeded {
            limit.times = 0;
            limit.until_more -= 1;
            if limit.until_more == 0 {
                limit.until_more = if limit.is_untried { 1 } else { limit.most };
                if limit.most < MOST {
                    limit.most += 1;
                    match limit.over.checked_sub(1) {
                        Some(over) => limit.over = over,
                        None => self.free.add_permits(1),
                    }
                }
            }
        }
        if let Some(over) = limit.over.checked_sub(1) {
            limit.over = over;
            permit.forget();
        }
    }

    fn pause_after(&self, failures: u32) -> Duration {
        let times = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(LONGEST_PAUSE);
        self.pause * times.min(LONGEST_PAUSE)
    }

    #[cfg(test)]
    fn most(&self) -> usize {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner).most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    /// A server that answers so many requests at the same time.
    struct Server {
        most: usize,
        now: AtomicUsize,
        peak: AtomicUsize,
        refused: AtomicUsize,
    }

    impl Server {
        async fn answer(&self) -> Result<(), Failure> {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.peak.fetch_max(now, Ordering::SeqCst);
            time::sleep(Duration::from_millis(5)).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            match now <= self.most {
                true => Ok(()),
                false => {
                    self.refused.fetch_add(1, Ordering::SeqCst);
                    Err(Failure::TooMany("slow down".to_owned()))
                }
            }
        }
    }

    fn send_to(most: usize, requests: usize) -> (Server, usize) {
        let server = Server { most, now: 0.into(), peak: 0.into(), refused: 0.into() };
        let (server, sender) = (Arc::new(server), Arc::new(Requests::with_pause(Duration::from_millis(2))));
        block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..requests {
                let (server, sender) = (Arc::clone(&server), Arc::clone(&sender));
                tasks.spawn(async move { sender.send(|| server.answer()).await });
            }
            tasks.join_all().await.into_iter().for_each(|result| result.unwrap());
        });
        (Arc::into_inner(server).unwrap(), sender.most())
    }

    #[test]
    fn requests_grow_to_the_most_that_is_allowed() {
        let (server, most) = send_to(usize::MAX, 4000);
        assert_eq!((server.peak.into_inner(), most), (MOST, MOST));
    }

    #[test]
    fn a_server_that_is_overloaded_gets_fewer_requests_and_all_are_answered() {
        let (server, most) = send_to(20, 4000);
        let refused = server.refused.into_inner();
        assert!(most < 45 && refused < 600, "{most} in flight, {refused} refused");
    }

    #[test]
    fn what_fails_for_good_is_not_sent_again() {
        let sent = AtomicUsize::new(0);
        for (failure, wanted) in [
            (Failure::Final as fn(String) -> Failure, 1),
            (Failure::Transient, ATTEMPTS as usize),
            (Failure::TooMany, SLOW_ATTEMPTS as usize),
        ] {
            sent.store(0, Ordering::SeqCst);
            let request = || async {
                sent.fetch_add(1, Ordering::SeqCst);
                Err::<(), _>(failure("no".to_owned()))
            };
            assert_eq!(block_on(Requests::with_pause(Duration::from_micros(10)).send(request)), Err("no".to_owned()));
            assert_eq!(sent.load(Ordering::SeqCst), wanted);
        }
    }

    #[test]
    fn a_process_without_free_files_sends_fewer_requests() {
        let error = io::Error::other(io::Error::from_raw_os_error(24));
        assert!(lacks_files(&error) && !lacks_files(&io::Error::from_raw_os_error(2)));
    }
}
