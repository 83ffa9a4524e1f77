//! Reading the input: finding files, decompressing them, and storing the records in them.

pub(crate) mod addenda;
pub(crate) mod archive;
mod cloudformation;
pub(crate) mod content;
pub(crate) mod encoding;
pub(crate) mod extract;
pub(crate) mod files;
pub(crate) mod filter;
pub(crate) mod gunzip;
pub(crate) mod input_file;
pub(crate) mod keys;
pub(crate) mod limits;
mod mention;
pub(crate) mod pieces;
mod places;
pub(crate) mod policy_document;
pub(crate) mod policy_documents;
mod prefix;
pub(crate) mod reader;
#[cfg_attr(not(feature = "aws"), path = "../offline/s3.rs")]
mod s3;
pub(crate) mod spool;
mod terraform_plan;
pub(crate) mod zip;
pub(crate) mod zstd;
