//! The rules of Sealwatch: pure functions from a recorded AWS API call, and what is known beyond
//! it, to findings. No I/O, no clock, no environment: the same code judges in a Lambda function, in
//! a replay on a laptop and in tests.
//!
//! ```
//! use sealwatch_rules::{detector, facts::Facts, judge, record::Record, settings::Settings};
//!
//! let text = r#"{"eventSource": "kinesis.amazonaws.com", "eventName": "StopStreamEncryption",
//!     "eventTime": "2026-11-22T10:00:00Z", "eventID": "e-1", "awsRegion": "eu-west-1",
//!     "recipientAccountId": "111122223333", "requestParameters": {"streamName": "orders"}}"#;
//! let record = Record::parse(text)?;
//! let watched = detector::KINESIS_STREAM.watched(&record).unwrap();
//! let bodies = record.bodies()?;
//! let change = detector::KINESIS_STREAM.change(watched, &record, &bodies);
//! let (facts, settings) = (Facts::default(), Settings::default());
//! let findings = judge::judge(&detector::KINESIS_STREAM, &change, &facts, &settings);
//! let violations: Vec<_> = findings.iter().filter(|finding| finding.is_violation()).collect();
//! assert_eq!(violations[0].rule.id, "kinesis-stream-unencrypted");
//! # Ok::<(), sealwatch_rules::record::RecordError>(())
//! ```

pub mod arn;
pub mod change;
mod completed;
pub mod configuration;
pub mod connector;
mod connector_checks;
pub mod detector;
pub mod facts;
pub mod finding;
mod fixes;
pub mod history;
pub mod input;
pub mod judge;
pub mod key;
mod key_checks;
pub mod key_policy;
mod log_file;
pub mod notification;
pub mod ocsf;
pub mod record;
pub mod resource;
pub mod rule;
pub mod rules;
pub mod said;
pub mod settings;
pub mod settings_text;
pub mod severity;
pub mod text;
pub mod time;
pub mod util;
