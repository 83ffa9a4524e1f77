//! The `msk-replicator` function: its detector, and the services for its look-ups.

use sealwatch_runtime::lookups::{MSK_REPLICATORS, Service};

/// The services that it looks things up at.
static SERVICES: [&Service; 1] = [&MSK_REPLICATORS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::rules::msk_replicator::DETECTOR, &SERVICES)
}
