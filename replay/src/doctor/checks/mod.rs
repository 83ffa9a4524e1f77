//! The table of checks, one file each.

mod alarms;
mod canary;
mod functions;
mod keys;
mod ledger;
mod members;
mod queues;
mod re_checks;
mod rules;
mod scan;
mod settings;
mod stack;
mod topics;
mod trail;

use crate::doctor::check::Check;
#[cfg(test)]
pub(crate) use {
    alarms::{NAMES as ALARMS, OF_SECURITY_HUB},
    rules::{WATCHES, WATCHES_SETTINGS},
};

/// The checks that need no stack.
pub(crate) static WITHOUT_STACK: [&Check; 2] = [&stack::CHECK, &trail::CHECK];

/// All checks, in the order of the report.
pub(crate) static CHECKS: [&Check; 14] = [
    &stack::CHECK,
    &trail::CHECK,
    &rules::CHECK,
    &functions::CHECK,
    &topics::CHECK,
    &keys::CHECK,
    &queues::CHECK,
    &alarms::CHECK,
    &canary::CHECK,
    &re_checks::CHECK,
    &scan::CHECK,
    &ledger::CHECK,
    &members::CHECK,
    &settings::CHECK,
];
