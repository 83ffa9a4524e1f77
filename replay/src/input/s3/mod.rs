//! Archives in S3. Nothing here runs unless a path starts with `s3://`.

pub(crate) mod connection;
pub(crate) mod listing;
pub(crate) mod prefetch;
pub(crate) mod url;
