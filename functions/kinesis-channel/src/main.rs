//! The `kinesis-channel` function: its detector, and the services for its look-ups.

use sealwatch_runtime::lookups::{KINESIS, KMS, Service};

/// The services that it looks things up at.
static SERVICES: [&Service; 2] = [&KINESIS, &KMS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::rules::kinesis_channel::DETECTOR, &SERVICES)
}
