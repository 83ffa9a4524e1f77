//! The `msk-worker-configuration` function: its detector, and the services for its look-ups.

use sealwatch_runtime::lookups::{KAFKA_CONNECT, Service};

/// The services that it looks things up at.
static SERVICES: [&Service; 1] = [&KAFKA_CONNECT];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::rules::msk_worker_configuration::DETECTOR, &SERVICES)
}
