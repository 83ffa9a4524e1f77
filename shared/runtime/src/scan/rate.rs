//! How fast a scan may call each operation: within the documented rate, and slower if AWS throttles.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// Calls a second and account and Region. An operation has the rate of the first row that it begins with.
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

/// An account that was idle has saved the calls of so many seconds. Where AWS saves fewer it throttles, and the bucket slows
/// down.
const SAVED_SECONDS: f64 = 6.0;

/// The slowest rate, however often AWS throttles: one call in four seconds.
const SLOWEST: f64 = 0.25;

/// The calls of one operation that are allowed now. Each call takes one token; a bucket without tokens makes it wait.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Calls a second, as documented.
    documented: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Calls a second, now.
    rate: f64,
    /// Below zero, so many calls are waiting.
    tokens: f64,
    at: Instant,
}

impl Bucket {
    pub(super) fn new(action: &str) -> Bucket {
        let documented = RATES.iter().find(|(prefix, _)| action.starts_with(prefix)).map_or(OTHERS, |(_, rate)| *rate);
        let state = State { rate: documented, tokens: documented * SAVED_SECONDS, at: Instant::now() };
        Bucket { documented, state: Mutex::new(state) }
    }

    /// Waits until the next call is allowed.
    pub(super) async fn take(&self) {
        let wait = {
            let mut state = self.state.lock().await;
            let now = Instant::now();
            let saved = now.duration_since(state.at).as_secs_f64() * state.rate;
            state.tokens = (state.tokens + saved).min(state.rate * SAVED_SECONDS) - 1.0;
            state.at = now;
            -state.tokens / state.rate
        };
        if wait > 0.0 {
            sleep(Duration::from_secs_f64(wait)).await;
        }
    }

    /// Halves the rate, and takes away what was saved: AWS throttled a call.
    pub(super) async fn slow_down(&self) {
        let mut state = self.state.lock().await;
        state.rate = (state.rate / 2.0).max(SLOWEST);
        state.tokens = state.tokens.min(0.0);
    }

    /// Approaches the documented rate again.
    pub(super) async fn speed_up(&self) {
        let mut state = self.state.lock().await;
        state.rate = (state.rate * 1.1).min(self.documented);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds that so many calls take, one after the other.
    async fn seconds(bucket: &Bucket, calls: usize) -> f64 {
        let start = Instant::now();
        for _ in 0..calls {
            bucket.take().await;
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
        bucket.slow_down().await;
        let ten = seconds(&bucket, 10).await;
        assert!((3.9..4.1).contains(&ten), "{ten}");
        for _ in 0..100 {
            bucket.slow_down().await;
        }
        assert!(bucket.state.lock().await.rate >= SLOWEST);
        for _ in 0..100 {
            bucket.speed_up().await;
        }
        assert!((bucket.state.lock().await.rate - 5.0).abs() < f64::EPSILON);
    }
}
