//! From a change to findings: what a change is, what is known about it, what a rule is, and how rules are evaluated.
//!
//! The engine knows no kind of resource but KMS keys: what a kind can do is in its row ([`detector::Detector`]) and in its
//! `configuration::Configuration`.

pub mod actor;
pub mod change;
pub(crate) mod configuration;
pub mod context;
pub(crate) mod control;
pub mod detector;
pub mod evaluate;
pub mod existing;
pub mod facts;
pub mod finding;
pub mod links;
pub mod lookup;
pub(crate) mod organization;
pub mod outcome;
pub mod rule;
