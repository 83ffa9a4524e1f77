//! What a deployment remembers about each rule and resource, so that it reports what differs from what it told last.
//!
//! An [`Entry`] holds two things: what the newest evaluation said, and what was told. [`merge`](Entry::merge) takes an
//! [`Observation`] in, and [`notice`](Entry::notice) is the difference between the two. Both are pure, and whatever the order,
//! number and concurrency of the deliveries, the newest observation decides: by the time of its event, not of any clock.
//!
//! Telling takes two steps, so that a crash repeats a message rather than losing one: [`claim`](Entry::claim) is stored
//! before a message is published, [`confirm`](Entry::confirm) after. While a claim stands, the message may or may not have
//! been published.

mod entry;
mod merge;
mod notice;
mod observe;
#[cfg(test)]
mod tests;

pub use entry::{By, Claim, Entry, Holds, Look, Moment, Origin, Reason, State, Subject, Told};
pub use merge::{Answer, Observation};
pub use notice::Notice;
pub use observe::{CONSISTENT_AFTER, observations};
