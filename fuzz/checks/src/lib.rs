//! What must hold for every text that Sealwatch reads, whoever wrote it. Each check takes any bytes, and panics if a property of
//! a reader does not hold for them.
//!
//! `fuzz/fuzz_targets` gives the checks new bytes, `tests/corpus.rs` those that were interesting before.

pub mod connector_settings;
pub mod extracts;
pub mod facts;
pub mod gzip;
pub mod java_properties;
pub mod jdbc_urls;
pub mod key_policies;
pub mod ledger_entries;
pub mod listings;
pub mod log_files;
pub mod pieces;
pub mod plans;
pub mod records;
mod samples;
pub mod settings;
mod token;
pub mod values;
mod words;
pub mod zip;
pub mod zstd;

/// One check.
#[derive(Debug)]
pub struct Check {
    /// The name of its target, of the folder of its corpus, and of its dictionary.
    pub name: &'static str,
    /// Panics if a property does not hold for these bytes.
    pub run: fn(&[u8]),
    /// The largest input, in bytes, that is worth the time.
    pub max_len: usize,
    /// Words that change what the reader does.
    pub words: fn() -> Vec<String>,
    /// Inputs that people write: fuzzing begins with them.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All checks, by name.
pub const CHECKS: &[Check] = &[
    connector_settings::CHECK,
    extracts::CHECK,
    facts::CHECK,
    gzip::CHECK,
    java_properties::CHECK,
    jdbc_urls::CHECK,
    key_policies::CHECK,
    ledger_entries::CHECK,
    listings::CHECK,
    log_files::CHECK,
    pieces::CHECK,
    plans::CHECK,
    records::CHECK,
    settings::CHECK,
    values::CHECK,
    zip::CHECK,
    zstd::CHECK,
];
