//! The `kms-key-policy` function: its detector, and the services for its look-ups.

use sealwatch_runtime::lookups::{KMS, ORGANIZATIONS, Service};

/// The services that it looks things up at.
static SERVICES: [&Service; 2] = [&KMS, &ORGANIZATIONS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::rules::kms_key_policy::DETECTOR, &SERVICES)
}
