//! The lists of a scan: which there are, and their pages.

use sealwatch_rules::engine::existing::{Existing, Listing};
use sealwatch_rules::rules::EXISTING;
use serde_json::{Map, Value};

use crate::scan::caller::Caller;
use crate::scan::problem::Problem;

/// The call that lists aliases. It comes first: aliases tell which keys AWS manages, and which key a reference means.
pub(super) const LIST_ALIASES: &str = "kms:ListAliases";

const LIST_KEYS: &str = "kms:ListKeys";

/// The list of the whole Region that a list is asked about; the list itself if it is one.
pub(super) fn region_list(listing: &'static Listing) -> &'static Listing {
    listing.of.as_ref().map_or(listing, |of| of.listing)
}

/// The row of aliases.
pub(super) fn aliases() -> Option<&'static Existing> {
    EXISTING.iter().copied().find(|row| row.listing.permission.action == LIST_ALIASES)
}

/// True if keys are scanned, or their grants or aliases.
pub(super) fn needs_aliases(rows: &[&Existing]) -> bool {
    rows.iter().any(|row| [LIST_ALIASES, LIST_KEYS].contains(&region_list(row.listing).permission.action))
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) listing: &'static Listing,
    pub(super) parameters: Map<String, Value>,
    /// The resource that the list is asked about.
    pub(super) parent: Option<usize>,
}

impl Page {
    pub(super) fn first(listing: &'static Listing) -> Page {
        let parameters = serde_json::from_str(listing.parameters).unwrap_or_default();
        Page { listing, parameters, parent: None }
    }

    pub(super) fn action(&self) -> &'static str {
        self.listing.permission.action
    }

    /// The answer, which is a list. AWS may leave out one that is empty.
    pub(super) async fn ask(&self, caller: &Caller) -> Result<Value, Problem> {
        let answer = caller.ask(self.action(), &Value::Object(self.parameters.clone()), "").await?;
        let is_list = match member(&answer, self.listing.entries) {
            Some(Value::Array(entries)) => entries.iter().all(|entry| entry.is_object() || entry.is_string()),
            Some(_) => false,
            None => answer.is_object(),
        };
        match is_list {
            true => Ok(answer),
            false => Err(Problem::Failed(format!("`{}` of the answer is no list of resources", self.listing.entries))),
        }
    }
}

/// A member of an answer. REST APIs write names with a small first letter.
pub(super) fn member<'v>(answer: &'v Value, name: &str) -> Option<&'v Value> {
    let members = answer.as_object()?;
    let same = |(key, _): &(&String, &Value)| key.eq_ignore_ascii_case(name);
    members.iter().find(same).map(|(_, value)| value).filter(|value| !value.is_null())
}

/// The entries of a page.
pub(super) fn entries<'v>(listing: &Listing, answer: &'v Value) -> &'v [Value] {
    member(answer, listing.entries).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
