//! What is said about a panic: where it was. Its message may repeat what was handled, and that may hold secrets.

use std::panic::PanicHookInfo;

/// Where a panic was, and its message if that is a text of the program: one that was composed at run time is left out.
pub fn words(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    match panic.payload().downcast_ref::<&'static str>() {
        Some(literal) => format!("a panic{place}: {literal}"),
        None => format!("a panic{place}; its message is left out, because it may repeat a secret"),
    }
}
