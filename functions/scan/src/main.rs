//! The `scan` function: evaluates what exists already, once a day.

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run_scan()
}
