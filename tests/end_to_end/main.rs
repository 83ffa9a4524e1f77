//! End-to-end tests of the real binaries, with a Runtime API and a local AWS over HTTP.
//!
//! `./test` at the root builds the binaries, starts the local AWS and runs these tests.

#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod binaries;
mod events;
mod fake_account;
mod fake_aws;
mod fake_s3;
mod http;
mod ledger_table;
mod local_aws;
mod local_function;
mod process;
mod runtime_api;

mod command_line;
mod connector_settings;
mod dependencies;
mod doctor;
mod faults;
mod findings;
mod hub;
mod incomplete_records;
mod ledger;
mod live;
mod logs_and_metrics;
mod lookups;
mod organization;
mod publishing;
mod readme;
mod rechecks;
mod replay_publish;
mod runtime_faults;
mod s3_archives;
mod s3_extracts;
mod samples;
mod scan;
mod scan_function;
mod security_hub;
mod settings;
mod settling;
mod soak;
mod starved;
