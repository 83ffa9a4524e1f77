//! The `kinesis-stream` function: its detector, and the services for its look-ups.

use sealwatch_runtime::lookups::{KINESIS, KMS, ORGANIZATIONS, Service};

/// The services that it looks things up at.
static SERVICES: [&Service; 3] = [&KINESIS, &KMS, &ORGANIZATIONS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::rules::kinesis_stream::DETECTOR, &SERVICES)
}
