//! The `msk-connector` function: everything it does is in the detector it names, and in the look-up of the settings
//! that CloudTrail redacts.

mod describe;

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run_describing(&sealwatch_rules::detector::MSK_CONNECTOR, describe::describe)
}
