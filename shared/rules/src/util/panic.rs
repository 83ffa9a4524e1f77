//! What is said about a panic: where it was. Its message may repeat what was handled, and that may hold secrets.

use std::panic::PanicHookInfo;

/// Where a panic was, and its message if that is a text of the program: one that was composed at run time is left out.
pub fn words(panic: &PanicHookInfo<'_>) -> String {
    let place = place(panic);
    match panic.payload().downcast_ref::<&'static str>() {
        Some(literal) => format!("a panic at {place}: {literal}"),
        None => format!("a panic at {place}; its message is left out, because it may repeat a secret"),
    }
}

/// The line and the last parts of the path: where the sources were says nothing to others.
pub fn place(panic: &PanicHookInfo<'_>) -> String {
    let Some(place) = panic.location() else { return "an unknown place".to_owned() };
    let parts: Vec<&str> = place.file().rsplit(['/', '\\']).take(3).collect();
    format!("{}:{}", parts.into_iter().rev().collect::<Vec<_>>().join("/"), place.line())
}
