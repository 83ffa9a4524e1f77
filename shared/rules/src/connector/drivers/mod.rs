//! JDBC drivers: how they read the parameters of a connection, and what the parameters mean for TLS.

mod classify;
mod params;
mod table;

pub(super) use classify::CLASSES;
pub(super) use params::{Classification, Param};
pub use table::drivers;
pub(super) use table::{Driver, UrlSyntax, find};
