//! The `cloudtrail-trail` function: everything it does is in the detector and the services that it names.

use sealwatch_runtime::describe::{CLOUDTRAIL, KMS, Service};

/// What it may ask.
static SERVICES: [&Service; 2] = [&CLOUDTRAIL, &KMS];

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::detector::CLOUDTRAIL_TRAIL, &SERVICES)
}
