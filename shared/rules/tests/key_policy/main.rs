//! Compares the analyzer with an independently written evaluator.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test: it may panic, print and read environment variables"
)]

mod conditions;
mod evaluator;
mod generator;
mod growth;
mod lockout;
mod multiplying;
mod named;
mod properties;
mod services;
