//! The rules of Sealwatch: from a recorded AWS API call, and what is known beyond it, to findings. Pure functions without
//! I/O, clock or environment: a Lambda function, a replay on a laptop and the tests evaluate the same code.
//!
//! ```
//! use sealwatch_rules::{Event, Facts, Settings, evaluate};
//!
//! let event = Event::parse(r#"{"eventSource": "kinesis.amazonaws.com", "eventName": "StopStreamEncryption",
//!     "eventTime": "2026-11-22T10:00:00Z", "eventID": "e-1", "awsRegion": "eu-west-1",
//!     "recipientAccountId": "111122223333", "requestParameters": {"streamName": "orders"}}"#)?;
//! for change in event.changes() {
//!     for finding in evaluate(&change, &Facts::default(), &Settings::default()) {
//!         println!("{} {}: {}", finding.outcome_name(), finding.rule.id, finding.detail());
//!     }
//! }
//! # let violations = |change| evaluate(change, &Facts::default(), &Settings::default()).iter().filter(|one| one.is_violation()).count();
//! # assert_eq!(event.changes().iter().map(violations).sum::<usize>(), 1);
//! # Ok::<(), sealwatch_rules::RecordError>(())
//! ```
//!
//! Most callers need no more than the items of this page. Before they evaluate a change they may look up what the record
//! does not say: [`pending_lookups`] names the AWS calls, [`Facts`] takes the results.
//!
//! A folder of this crate imports only those that precede it in this list: `util`, `language`, `aws`, the analyzers `key_policy` and
//! `connector`, `cloudtrail`, `configuration`, `timeline`, `settings`, `engine`, `rules`, `ledger`, `output`.

pub mod aws;
pub mod cloudtrail;
pub mod configuration;
pub mod connector;
pub mod engine;
pub mod key_policy;
pub mod language;
pub mod ledger;
pub mod output;
#[doc(hidden)]
pub mod readers;
pub mod rules;
pub mod settings;
pub mod timeline;
pub mod util;

pub use cloudtrail::record::RecordError;
pub use engine::change::{Change, Event};
pub use engine::detector::Detector;
pub use engine::evaluate::{evaluate, pending_lookups};
pub use engine::facts::Facts;
pub use engine::finding::Finding;
pub use engine::lookup::{Lookup, LookupResult};
pub use engine::outcome::Outcome;
pub use language::{Language, Text, text};
pub use settings::Settings;
