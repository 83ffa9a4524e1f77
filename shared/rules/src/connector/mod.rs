//! What an MSK Connect connector does with its data, read from its settings.
//!
//! CloudTrail redacts `connectorConfiguration`; `kafkaconnect:DescribeConnector` returns it. `analyze` reads those
//! settings with a catalog of connectors ([`connectors()`]), a table of JDBC drivers ([`drivers()`]), and checks that
//! apply to every connector. It reports connections without TLS, TLS that does not verify the server, literal
//! secrets, and S3 objects without a KMS key.
//!
//! Settings in, data out: this module imports nothing from the rest of the crate.
//!
//! Two rules keep its reports reliable. A setting that a config provider supplies is unknown, never guessed. A value
//! is displayed only if it is a word from the tables or certainly the host of an address.

mod analyze;
mod analyzer;
mod catalog;
mod destination;
mod drivers;
mod generic;
mod jdbc;
mod json;
mod kafka;
mod mongo;
mod output;
mod properties;
mod remedy;
mod report;
mod secret_names;
mod secrets;
mod settings;
mod tls_class;
mod url;

#[cfg(test)]
mod tests;

pub(crate) use analyze::{analyze, analyze_worker};
pub use catalog::{Connector, connectors};
pub use drivers::drivers;
pub(crate) use properties::entries as properties;
pub use report::{ConfigSource, Output, Reason, Report, Secret};
pub(crate) use report::{HIDDEN, NIL_UUID};
pub use secret_names::ENDINGS as SECRET_ENDINGS;
pub(crate) use secrets::address_has_secret;
pub use settings::{Settings, Unreadable};
pub(crate) use url::display_address;
