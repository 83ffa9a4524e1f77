#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sealwatch_checks::zip::check(bytes));
