//! The `firehose-stream` function: its detector, and the services for its look-ups.

use sealwatch_runtime::lookups::{FIREHOSE, KINESIS, KMS, Service};

/// The services that it looks things up at.
static SERVICES: [&Service; 3] = [&FIREHOSE, &KINESIS, &KMS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::rules::firehose_stream::DETECTOR, &SERVICES)
}
