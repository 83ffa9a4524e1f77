//! The program `sealwatch`. The library is beside it, so that `functions/backfill` can run the same commands.

fn main() -> std::process::ExitCode {
    sealwatch::main()
}
