//! The `msk-connector` function: everything it does is in the detector and the services that it names.

use sealwatch_runtime::describe::{KAFKA_CONNECT, KMS, Service};

/// What it may ask.
static SERVICES: [&Service; 2] = [&KAFKA_CONNECT, &KMS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::detector::MSK_CONNECTOR, &SERVICES)
}
