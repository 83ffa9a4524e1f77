//! Reading the input: finding files, decompressing them, and storing the records in them.

pub(crate) mod archive;
mod content;
pub(crate) mod files;
pub(crate) mod filter;
mod gunzip;
mod input_file;
pub(crate) mod policy_documents;
pub(crate) mod reader;
mod s3;
pub(crate) mod spool;
