//! The `msk-cluster` function: everything it does is in the detector and the services that it names.

use sealwatch_runtime::describe::{KAFKA, KMS, Service};

/// What it may ask.
static SERVICES: [&Service; 2] = [&KAFKA, &KMS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::detector::MSK_CLUSTER, &SERVICES)
}
