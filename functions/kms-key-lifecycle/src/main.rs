//! The `kms-key-lifecycle` function: its detector, the services for its look-ups, and the signals of the deployment.

use sealwatch_runtime::lookups::{KMS, Service};
use sealwatch_runtime::signals::KMS_KEY_LIFECYCLE;

/// The services that it looks things up at.
static SERVICES: [&Service; 1] = [&KMS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run_with_signals(
        &sealwatch_rules::rules::kms_key_lifecycle::DETECTOR,
        &SERVICES,
        &KMS_KEY_LIFECYCLE,
    )
}
