//! CloudTrail records: how they are found in all kinds of input, and how their fields are read without guessing.

mod cursor;
mod documents;
pub mod extract;
pub mod field;
pub mod json_error;
pub mod kms_event;
pub(crate) mod log_file;
pub(crate) mod object;
pub mod outline;
pub mod record;
mod skim;
#[cfg(test)]
mod testing;
pub mod wrapper;
