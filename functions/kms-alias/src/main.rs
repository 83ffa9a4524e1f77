//! The `kms-alias` function: its detector, and the services for its look-ups.

use sealwatch_runtime::lookups::{KMS, Service};

/// The services that it looks things up at.
static SERVICES: [&Service; 1] = [&KMS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::rules::kms_alias::DETECTOR, &SERVICES)
}
