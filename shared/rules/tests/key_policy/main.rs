//! The analyser against an evaluator that was written on its own.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test: it may panic, print and look at the environment"
)]

mod conditions;
mod evaluator;
mod generator;
mod properties;
