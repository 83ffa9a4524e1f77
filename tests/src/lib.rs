//! The end-to-end tests live in `tests/`; this crate has nothing else.
