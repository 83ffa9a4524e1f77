//! The `kms-key-policy` function: its detector, and the services for its look-ups.

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::rules::kms_key_policy::DETECTOR, &[]) // a policy needs no look-ups
}
