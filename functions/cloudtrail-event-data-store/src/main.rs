//! The `cloudtrail-event-data-store` function: its detector, and the services for its look-ups.

use sealwatch_runtime::lookups::{CLOUDTRAIL, KMS, ORGANIZATIONS, Service};

/// The services that it looks things up at.
static SERVICES: [&Service; 3] = [&CLOUDTRAIL, &KMS, &ORGANIZATIONS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::rules::cloudtrail_event_data_store::DETECTOR, &SERVICES)
}
