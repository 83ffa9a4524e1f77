//! What a function says about a panic, in the log and to Lambda.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind, set_hook};
use std::pin::pin;

use sealwatch_rules::output::VERSION;
use sealwatch_rules::util::panic::{place, words};
use sealwatch_rules::util::text::plain;

/// What Lambda is told about a panic.
const MESSAGE: &str = "the log says where";

/// Logs each panic as one line. One in the handler fails its event. Any other, which lambda_runtime has if an answer of the
/// Runtime API lacks a header, ends the function.
pub(crate) fn log_panics() {
    set_hook(Box::new(|panic| tracing::error!(version = VERSION, "{}", logged(panic))));
}

/// Where a panic was, and its message if that cannot hold parts of an event: that of lambda_runtime is about the Runtime API.
fn logged(panic: &PanicHookInfo<'_>) -> String {
    let of_the_runtime = ["/lambda_runtime-", "/lambda_runtime_api_client-"];
    let is_about_the_runtime_api =
        panic.location().is_some_and(|place| of_the_runtime.iter().any(|name| place.file().contains(name)));
    match panic.payload_as_str() {
        Some(message) if is_about_the_runtime_api => format!("a panic at {}: {}", place(panic), plain(message)),
        _ => words(panic),
    }
}

/// Does what may panic. The panic goes on without its message, which Lambda would report.
pub(crate) async fn without_message<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|_| resume_unwind(Box::new(MESSAGE)))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::sync::{Arc, Mutex};

    #[test]
    fn neither_the_log_nor_lambda_gets_the_message_of_a_panic() {
        let logged = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&logged);
        // other tests keep the hook of theirs: it is the words that count
        let before = std::panic::take_hook();
        set_hook(Box::new(move |panic| {
            log.lock().unwrap().push(super::logged(panic));
            before(panic);
        }));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let run = |panics: fn(&str)| {
            let secret = "hunter2".to_owned();
            let work = without_message(async move { panics(&secret) });
            let reported = catch_unwind(AssertUnwindSafe(|| runtime.block_on(work))).unwrap_err();
            assert_eq!(reported.downcast_ref::<&str>(), Some(&MESSAGE));
        };
        run(|secret| panic!("the secret is {secret}"));
        run(|secret| assert_eq!(secret, "another"));
        run(|_| panic!("a text of the program"));
        let logged = logged.lock().unwrap().clone();
        let own: Vec<&String> = logged.iter().filter(|words| words.contains("src/panics.rs:")).collect();
        assert_eq!(own.len(), 3, "{logged:?}");
        assert!(own.iter().all(|words| !words.contains("hunter2")), "{own:?}");
        assert!(own[2].ends_with(": a text of the program"), "{own:?}");
    }
}
