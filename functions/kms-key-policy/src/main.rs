//! The `kms-key-policy` function: everything it does is in the detector it names.

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::detector::KMS_KEY_POLICY)
}
