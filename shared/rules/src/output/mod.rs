//! The formats in which findings leave: notifications of SNS, and OCSF.

pub mod ocsf;
pub mod sns;
