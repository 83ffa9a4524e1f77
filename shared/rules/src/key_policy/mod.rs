//! The analyzer of resource policies: who can use or administer a KMS key, and who can use a
//! stream, cluster or event data store.
//!
//! Key policies came first and have the most rules; the `service` of a policy says what differs elsewhere: the operations
//! and condition keys that exist, and what `Resource` can name. Lockouts, grants and the other findings about the
//! administration of keys are for keys only.
//!
//! Text in, data out: the analyzer knows no record, rule or setting. The pipeline, file by file:
//!
//! 1. `reader` parses the text into a `document` and records each `defect`, or says in a `parse_error` why it cannot.
//! 2. `statement` finds the statements that have no effect on this resource.
//! 3. `principal` turns each principal into a set of `callers`, or says in a `rejection` why AWS accepts none. Their bounds are `set`s, and sets of `operations` are in
//!    `action`.
//! 4. `condition` restricts the callers, using the tables in `operator` and `keys`. `value` says what one value matches,
//!    `limit` whom all values of a condition admit. A condition that restricts nobody is `ineffective`.
//! 5. `deny` subtracts the callers that the Deny statements remove. What remains of one principal is a `permission`.
//! 6. `exposures` grades the permissions, given the `owner` and whether it trusts an `organization`. `listings` limits how
//!    often it lists a set that many permissions share. `lockout` says whether the owner can still change the policy.
//!    `remarks` are notes about the text.
//! 7. `analyze` runs these steps and returns an `analysis`. `diff` reduces it to what an earlier policy did not admit, and
//!    `correction` writes corrected statements, with the conditions in `service_bounds`. `admits` compares a policy with a
//!    grant.
//!
//! Each step may keep callers that an exact reading would drop, and never drops a caller that AWS would admit.
//!
//! The analyzer reads the policy alone: no IAM policies, service or resource control policies, grants or endpoint policies.
//! AWS Config's `kms-key-policy-no-public-access` and IAM Access Analyzer do not read them either.

mod action;
mod admits;
mod analysis;
mod analyze;
mod callers;
mod condition;
mod correction;
mod defect;
mod deny;
mod diff;
mod document;
mod exposures;
mod ineffective;
mod keys;
mod limit;
mod listings;
mod lockout;
mod operations;
mod operator;
mod organization;
mod owner;
mod parse_error;
mod permission;
mod principal;
mod reader;
mod rejection;
mod remarks;
mod service;
mod service_bounds;
mod set;
mod statement;
mod value;

pub use action::Actions;
pub(crate) use admits::{admits, admits_grants};
pub use analysis::{Analysis, Exposure, Grantee, Remark, RemarkKind};
pub use analyze::analyze;
pub(crate) use correction::{Correction, Fix, corrected, root_statement};
pub use document::{Policy, PolicyError};
pub use lockout::{Lockout, LockoutLevel};
pub(crate) use owner::ACCOUNT_PLACEHOLDER;
pub use owner::{Members, Owner, Trust};
pub use service::Service;
