//! How fast a scan may call each operation: within the documented rate, and slower if AWS throttles.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::scan::problem::Problem;

/// Calls a second in one account and Region. The first row whose text an operation begins with applies.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html>,
/// <https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html>,
/// <https://docs.aws.amazon.com/firehose/latest/dev/limits.html>,
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html>
const RATES: [(&str, f64); 11] = [
    ("cloudtrail:", 10.0),
    ("firehose:", 5.0),
    ("kinesis:DescribeStreamSummary", 20.0),
    ("kinesis:", 5.0),
    ("kms:DescribeCustomKeyStores", 5.0),
    ("kms:DescribeKey", 2000.0),
    ("kms:GetKey", 1000.0),
    ("kms:ListGrants", 100.0),
    ("kms:List", 500.0),
    ("kms:", 5.0),
    ("", OTHERS),
];

/// MSK and MSK Connect document no rate.
const OTHERS: f64 = 10.0;

/// How many seconds' worth of calls an idle account may make at once. If AWS allows fewer, it throttles, and the bucket slows
/// down.
const SAVED_SECONDS: f64 = 6.0;

/// The slowest rate, however often AWS throttles: one call in four seconds.
const SLOWEST: f64 = 0.25;

/// After this time without any answer the scan gives an operation up: thousands of resources may wait for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a waiting call sleeps at most before it checks whether the rate has changed.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Throttling within this time counts once: those calls were on their way already.
const ONE_REFUSAL: Duration = Duration::from_secs(1);

/// The calls of one operation that are allowed now. Each call takes one token; a bucket without tokens makes it wait.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Calls a second, as documented.
    documented: f64,
    /// Held by the call whose turn it is: calls go on in the order in which they came.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Calls a second, now.
    rate: f64,
    tokens: f64,
    at: Instant,
    slowed: Option<Instant>,
    /// Since then no call had an answer.
    silent_since: Option<Instant>,
    given_up: Option<Problem>,
}

impl Bucket {
    pub(super) fn new(action: &str) -> Bucket {
        let documented = RATES.iter().find(|(prefix, _)| action.starts_with(prefix)).map_or(OTHERS, |(_, rate)| *rate);
        let state = State {
            rate: documented,
            tokens: documented * SAVED_SECONDS,
            at: Instant::now(),
            slowed: None,
            silent_since: None,
            given_up: None,
        };
        Bucket { documented, turn: tokio::sync::Mutex::default(), state: Mutex::new(state) }
    }

    /// Waits until the next call is allowed.
    ///
    /// # Errors
    /// The operation is given up, for this reason.
    pub(super) async fn take(&self) -> Result<(), Problem> {
        let _turn = self.turn.lock().await;
        loop {
            self.check()?;
            let wait = self.state().take();
            match wait {
                Some(wait) => sleep(wait).await,
                None => return Ok(()),
            }
        }
    }

    /// Whether the operation may be called at all.
    ///
    /// # Errors
    /// The operation is given up, for this reason.
    pub(super) fn check(&self) -> Result<(), Problem> {
        self.state().given_up.clone().map_or(Ok(()), Err)
    }

    /// A call has an answer, good or bad: approaches the documented rate again.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        state.rate = (state.rate * 1.1).min(self.documented);
        state.silent_since = None;
    }

    /// AWS throttled a call: halves the rate, and takes away what was saved.
    pub(super) fn throttled(&self) {
        let mut state = self.state();
        let now = Instant::now();
        if state.slowed.is_none_or(|slowed| now.duration_since(slowed) >= ONE_REFUSAL) {
            state.rate = (state.rate / 2.0).max(SLOWEST);
            state.tokens = state.tokens.min(0.0);
            state.slowed = Some(now);
        }
        state.not_answered(Problem::Throttled);
    }

    /// A call has no response.
    pub(super) fn unanswered(&self, why: &str) {
        self.state().not_answered(Problem::Failed(why.to_owned()));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes a token. Returns how long to wait if there is none.
    fn take(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let saved = now.duration_since(self.at).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + saved).min(self.rate * SAVED_SECONDS);
        self.at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return None;
        }
        Some(Duration::from_secs_f64((1.0 - self.tokens) / self.rate).min(LONGEST_WAIT))
    }

    fn not_answered(&mut self, problem: Problem) {
        let now = Instant::now();
        let since = *self.silent_since.get_or_insert(now);
        if now.duration_since(since) >= PATIENCE {
            self.given_up = Some(problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds that so many calls take, one after the other.
    async fn seconds(bucket: &Bucket, calls: usize) -> f64 {
        let start = Instant::now();
        for _ in 0..calls {
            bucket.take().await.unwrap();
        }
        start.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_made_at_the_documented_rate_after_what_was_saved() {
        for (action, rate) in
            [("firehose:DescribeDeliveryStream", 5.0), ("kinesis:DescribeStreamSummary", 20.0), ("kafka:X", 10.0)]
        {
            let bucket = Bucket::new(action);
            let saved = (rate * SAVED_SECONDS) as usize;
            assert!(seconds(&bucket, saved).await < 0.01, "{action}");
            let ten_seconds = seconds(&bucket, (rate * 10.0) as usize).await;
            assert!((9.9..10.1).contains(&ten_seconds), "{action}: {ten_seconds}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_halves_the_rate_and_success_restores_it() {
        let bucket = Bucket::new("firehose:ListDeliveryStreams");
        bucket.throttled();
        let ten = seconds(&bucket, 10).await;
        assert!((3.9..4.1).contains(&ten), "{ten}");
        for _ in 0..100 {
            bucket.throttled();
            bucket.answered();
            sleep(ONE_REFUSAL).await;
        }
        assert!(bucket.state().rate >= SLOWEST);
        for _ in 0..100 {
            bucket.answered();
        }
        assert!((bucket.state().rate - 5.0).abs() < f64::EPSILON);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_are_throttled_at_the_same_time_halve_the_rate_once() {
        let bucket = Bucket::new("kms:ListGrants");
        for _ in 0..32 {
            bucket.throttled();
        }
        assert!((bucket.state().rate - 50.0).abs() < f64::EPSILON);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_waits_goes_on_as_soon_as_the_rate_allows() {
        let bucket = Bucket::new("firehose:ListDeliveryStreams");
        for _ in 0..100 {
            bucket.throttled();
            bucket.answered();
            bucket.state().rate = SLOWEST;
        }
        let start = Instant::now();
        let all = async { seconds(&bucket, 20).await };
        let recovers = async {
            sleep(Duration::from_millis(1)).await;
            bucket.state().rate = 5.0;
        };
        tokio::join!(all, recovers);
        assert!(start.elapsed().as_secs() <= 6, "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn an_operation_without_an_answer_for_a_minute_is_given_up() {
        let bucket = Bucket::new("kms:ListGrants");
        bucket.throttled();
        sleep(PATIENCE / 2).await;
        bucket.answered();
        bucket.throttled();
        sleep(PATIENCE / 2).await;
        bucket.throttled();
        assert_eq!(bucket.take().await, Ok(()));
        sleep(PATIENCE / 2).await;
        bucket.unanswered("no response in time");
        assert_eq!(bucket.take().await, Err(Problem::Failed("no response in time".to_owned())));
    }
}
