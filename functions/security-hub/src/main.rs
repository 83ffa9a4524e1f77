//! The `security-hub` function: imports what changes in the ledger into AWS Security Hub.

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run_security_hub()
}
