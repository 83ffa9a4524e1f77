//! The ledger of a deployment: a DynamoDB table that remembers what was told. What an entry means is in
//! [`sealwatch_rules::ledger`].

mod item;
mod phases;
mod table;

pub use item::from_item;
pub(crate) use phases::{Claimed, Teller, claim_pending, confirm, take_in};
pub(crate) use table::Store;
pub use table::Table;
