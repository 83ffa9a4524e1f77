//! The formats of findings: SNS notifications, and OCSF.

pub mod ocsf;
pub mod sns;
