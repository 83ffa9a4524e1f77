//! How AWS names things: ARNs, partitions, accounts and organizations.

pub mod account;
pub mod arn;
pub mod partition;
pub mod partition_table;
