//! The `msk-cluster` function: its detector, and the services for its look-ups.

use sealwatch_runtime::lookups::{KMS, MSK_CLUSTERS, ORGANIZATIONS, Service};

/// The services that it looks things up at.
static SERVICES: [&Service; 3] = [&KMS, &MSK_CLUSTERS, &ORGANIZATIONS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::rules::msk_cluster::DETECTOR, &SERVICES)
}
