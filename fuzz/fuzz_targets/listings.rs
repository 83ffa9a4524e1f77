#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sealwatch_checks::listings::check(bytes));
