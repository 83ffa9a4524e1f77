//! A scan: lists the resources that exist in one account and Region, looks up what the rules need, evaluates them, and says
//! what it could not see.
//!
//! One task owns everything that is known, so nothing is asked twice. Calls run beside it, each within the rate of its
//! operation. A resource is evaluated as soon as no look-up of it is pending.

mod caller;
pub(crate) mod function;
mod gap;
mod lists;
mod part;
mod places;
mod problem;
mod rate;
mod remember;
mod report;
mod requests;
#[cfg(test)]
mod tests;
mod work;

pub use crate::scan::gap::{Gap, Gaps};
pub use crate::scan::places::{Place, Places, Target, permissions, places};
pub use crate::scan::problem::Problem;
pub use crate::scan::report::{Counts, Cursor, Report, Step, Wanted, service_of};
use crate::scan::work::Scan;

/// Scans one account and Region. Goes on at `from`, if an earlier scan reached its deadline.
pub async fn scan(
    place: &Place,
    wanted: &Wanted<'_>,
    from: Option<Cursor>,
    tell: &mut (dyn FnMut(Step<'_>) + Send),
) -> Report {
    let mut scan = Scan::new(place, wanted, tell).await;
    scan.list_aliases(from.as_ref()).await;
    scan.list(from.as_ref());
    scan.run().await;
    scan.report()
}
