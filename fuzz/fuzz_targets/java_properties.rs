#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sealwatch_checks::java_properties::check(bytes));
