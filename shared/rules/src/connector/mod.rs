//! What an MSK Connect connector really does with its data, as far as its settings say.
//!
//! CloudTrail redacts `connectorConfiguration`; `kafkaconnect:DescribeConnector` shows it. [`judge()`] reads those
//! settings by a table of connectors ([`connectors`]) and of JDBC drivers, and by what holds for every connector. It
//! tells connections without TLS, TLS that does not verify, literal secrets, and S3 objects without a KMS key.
//!
//! Two rules keep it honest: a setting that a config provider supplies is unknown, never guessed; and a value is
//! never shown unless it is a word of our own tables or the host in an address without credentials.

mod catalog;
mod drivers;
mod generic;
mod grade;
mod jdbc;
mod judge;
mod kafka;
mod mongo;
mod output;
mod properties;
mod remedy;
mod secrets;
mod settings;
mod url;

#[cfg(test)]
mod tests;

pub use catalog::{Connector, connectors};
pub use drivers::drivers;
pub use grade::{Grade, Origin, Output, Place, Reason};
pub use judge::{Report, judge};
pub use settings::{Hidden, Settings, Unreadable};
