//! The ledger of a deployment: a DynamoDB table that remembers what was told. What an entry means is in
//! [`sealwatch_rules::ledger`].

mod item;
mod phases;
mod table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use item::{from_item, to_item};
pub(crate) use phases::{Claimed, Teller, claim_pending, confirm, remember, take_in};
pub use table::Table;
pub(crate) use table::{Store, WINDOW};
