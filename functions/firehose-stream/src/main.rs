//! The `firehose-stream` function: everything it does is in the detector and the services that it names.

use sealwatch_runtime::describe::{FIREHOSE, KINESIS, KMS, Service};

/// What it may ask.
static SERVICES: [&Service; 3] = [&FIREHOSE, &KINESIS, &KMS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::detector::FIREHOSE_STREAM, &SERVICES)
}
