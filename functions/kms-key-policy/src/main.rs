//! The `kms-key-policy` function: everything it does is in the detector and the services that it names.

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::detector::KMS_KEY_POLICY, &[]) // a policy says all there is to know
}
