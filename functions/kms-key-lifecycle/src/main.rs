//! The `kms-key-lifecycle` function: everything it does is in the detector and the services that it names.

use sealwatch_runtime::describe::{KMS, Service};

/// What it may ask.
static SERVICES: [&Service; 1] = [&KMS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::detector::KMS_KEY_LIFECYCLE, &SERVICES)
}
