//! The `firehose-stream` function: everything it does is in the detector it names.

fn main() -> std::process::ExitCode {
    sealwatch_runtime::run(&sealwatch_rules::detector::FIREHOSE_STREAM)
}
