//! What it costs to extract an archive with Lambda functions that a Step Functions state machine starts, one for each chunk:
//! `infra/backfill`. A model, from list prices of us-east-1 without free tiers, to know the order of magnitude before.
//!
//! Not included: AWS KMS, if the objects are encrypted with a key and without an S3 Bucket Key ($0.03 for 10,000 objects),
//! reading objects in an infrequent access or archive storage class, logs, and what the extracts cost while they are kept.

use serde::Serialize;

/// One LIST request to S3 Standard, in dollars. <https://aws.amazon.com/s3/pricing/>
const S3_LIST: f64 = 5.0 / 1e6;

/// One GET request to S3 Standard, in dollars. <https://aws.amazon.com/s3/pricing/>
const S3_GET: f64 = 0.40 / 1e6;

/// One invocation of a function, in dollars. <https://aws.amazon.com/lambda/pricing/>
const LAMBDA_REQUEST: f64 = 0.20 / 1e6;

/// A second with 1 GB of memory on arm64, in dollars. <https://aws.amazon.com/lambda/pricing/>
const LAMBDA_GB_SECOND: f64 = 0.000_013_333_4;

/// One transition of a Standard workflow, in dollars. <https://aws.amazon.com/step-functions/pricing/>
const STANDARD_TRANSITION: f64 = 25.0 / 1e6;

/// One execution of an Express workflow, in dollars. <https://aws.amazon.com/step-functions/pricing/>
const EXPRESS_REQUEST: f64 = 1.0 / 1e6;

/// A second with 1 GB of memory of an Express workflow, in dollars. <https://aws.amazon.com/step-functions/pricing/>
const EXPRESS_GB_SECOND: f64 = 0.000_016_67;

/// The memory of an Express workflow, in GB: the least that is charged, 64 MB.
const EXPRESS_GB: f64 = 0.0625;

/// The transitions of the workflow that starts those of the chunks: its states, and some retries.
const TRANSITIONS: f64 = 10.0;

/// The memory of the function, in GB: about one processor.
const FUNCTION_GB: f64 = 2.0;

/// How long a function takes before it reads the first object: its start, and the list of its objects.
const START_SECONDS: f64 = 1.0;

/// How long a function takes for each object, in seconds. Measured without TLS, with 50 ms for each answer: 8,000 objects in 1.8 s,
/// 0.16 ms of a processor for each. This is three times as much.
const SECONDS_PER_OBJECT: f64 = 0.000_5;

/// How many compressed bytes a function reads in a second. Measured from a disk: 140 MB with one processor. This is a seventh.
const BYTES_PER_SECOND: f64 = 20e6;

/// What is extracted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Work {
    pub(crate) objects: usize,
    /// Their size in S3.
    pub(crate) bytes: u64,
    pub(crate) chunks: usize,
    /// Requests to list the objects.
    pub(crate) list_calls: usize,
}

/// What that costs, in dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct Cost {
    pub(crate) s3_list: f64,
    pub(crate) s3_get: f64,
    pub(crate) lambda: f64,
    pub(crate) step_functions: f64,
    pub(crate) total: f64,
    /// How long one function takes, in seconds. Lambda stops it after 900, and an Express workflow after 300.
    pub(crate) seconds_per_chunk: f64,
}

impl Cost {
    /// Estimates the cost.
    pub(crate) fn of(work: Work) -> Cost {
        let (objects, chunks) = (work.objects as f64, work.chunks as f64);
        let reading = objects * SECONDS_PER_OBJECT + work.bytes as f64 / BYTES_PER_SECOND;
        let seconds = chunks * START_SECONDS + reading;
        let s3_list = work.list_calls as f64 * S3_LIST;
        let s3_get = objects * S3_GET;
        let lambda = chunks * LAMBDA_REQUEST + seconds * FUNCTION_GB * LAMBDA_GB_SECOND;
        let express = chunks * EXPRESS_REQUEST + seconds * EXPRESS_GB * EXPRESS_GB_SECOND;
        let step_functions = TRANSITIONS * STANDARD_TRANSITION + express;
        Cost {
            s3_list,
            s3_get,
            lambda,
            step_functions,
            total: s3_list + s3_get + lambda + step_functions,
            seconds_per_chunk: seconds / chunks.max(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_follow_from_prices() {
        let million = 1_000_000;
        for (work, want) in [
            (Work::default(), "0.0000 0.0000 0.0000 0.0003 0.0003 in 0.0 s"),
            (
                Work { objects: million, bytes: 1_500_000_000, chunks: 1000, list_calls: 1000 },
                "0.0050 0.4000 0.0422 0.0029 0.4501 in 1.6 s",
            ),
            (
                Work { objects: million, bytes: 100_000_000_000, chunks: 1000, list_calls: 1000 },
                "0.0050 0.4000 0.1735 0.0080 0.5866 in 6.5 s",
            ),
        ] {
            let Cost { s3_list, s3_get, lambda, step_functions, total, seconds_per_chunk } = Cost::of(work);
            let text = format!(
                "{s3_list:.4} {s3_get:.4} {lambda:.4} {step_functions:.4} {total:.4} in {seconds_per_chunk:.1} s"
            );
            assert_eq!(text, want, "{work:?}");
        }
    }
}
