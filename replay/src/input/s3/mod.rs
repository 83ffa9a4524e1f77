//! Archives in S3. Nothing here runs unless a path starts with `s3://`.

pub(crate) mod connection;
mod lister;
pub(crate) mod objects;
mod order;
mod page;
mod requests;
pub(crate) mod url;
