//! The `kinesis-stream` function: everything it does is in the detector and the services that it names.

use sealwatch_runtime::describe::{KINESIS, KMS, Service};

/// What it may ask.
static SERVICES: [&Service; 2] = [&KINESIS, &KMS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::detector::KINESIS_STREAM, &SERVICES)
}
