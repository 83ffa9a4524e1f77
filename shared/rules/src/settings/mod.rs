//! The settings: what an account requires of its keys, and which violations it accepts.

mod duration;
mod model;
mod parse;
mod printable;
mod suggest;

pub use duration::{DurationError, parse_duration};
pub use model::{Exception, Keys, Ledger, MessageFormat, Notify, RuleSettings, Settings};
pub use parse::{ORGANIZATION, SettingsError};
pub use suggest::unknown_rule;
