//! Resources that exist already: how a scan lists them, and what it reads from an entry of a list.
//!
//! An existing resource is a change of which no call says anything. Everything is looked up, and then the same rules evaluate
//! it.

use std::fmt;

use serde_json::Value;

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::key::Scope;
use crate::configuration::resource::Resource;
use crate::engine::change::Change;
use crate::engine::configuration::Configuration;
use crate::engine::detector::{Detector, Permission};
use crate::engine::facts::Facts;
use crate::engine::rule::Rule;
use crate::language::Text;

/// Why a rule on policies is not applicable if a scan finds no policy: what was reported about one is over.
pub(crate) const NO_POLICY: Text = Text::literal("the resource has no policy");

/// Why a rule on the deletion of a resource is not applicable if a scan finds the resource: what was reported is over.
pub(crate) const EXISTS: Text = Text::literal("the resource exists and is not pending deletion");

/// A call that lists resources, page by page.
#[derive(Debug)]
pub struct Listing {
    /// The call, and what it is allowed on.
    pub permission: Permission,
    /// The parameters of each call, as JSON: the largest page that the service allows.
    pub parameters: &'static str,
    /// The member of the answer that holds the entries.
    pub entries: &'static str,
    /// How the next page is asked for; `None` if the answer is always complete.
    pub next: Option<Next>,
    /// The listing whose entries it is asked about, one by one; `None` if it lists a whole Region.
    pub of: Option<Of>,
}

/// How the next page is asked for.
#[derive(Debug)]
pub struct Next {
    /// The member of the answer that is true if there is another page; empty if only a token shows that.
    pub more: &'static str,
    /// The member of the answer that holds the token; empty if the last entry is the token.
    pub token: &'static str,
    /// The parameter that takes the token.
    pub parameter: &'static str,
}

/// What a listing is asked about: each entry of another one.
#[derive(Debug)]
pub struct Of {
    /// The other listing.
    pub listing: &'static Listing,
    /// The member of its entries that identifies the resource.
    pub member: &'static str,
    /// The parameter that takes it.
    pub parameter: &'static str,
    /// True for the entries to ask about.
    pub asks: fn(&Entry<'_>) -> bool,
}

/// A kind of resource that a listing finds: one row of [`EXISTING`](crate::rules::EXISTING).
pub struct Existing {
    /// The detector whose rules evaluate it.
    pub detector: &'static Detector,
    /// The call that lists it.
    pub listing: &'static Listing,
    /// The look-up whose answer an entry of the list already is; `None` if entries only name resources.
    pub described_by: Option<&'static str>,
    /// The permissions that its look-ups in a scan require.
    pub permissions: &'static [Permission],
    /// True for a policy that a resource of another row may have: one more call for each, so a scan makes them only on demand.
    pub is_policy: bool,
    /// Reads the resource from an entry; everything else is looked up. `None` if the entry is not evaluated: a key that AWS
    /// manages, a trail of another Region.
    pub read: fn(&Entry<'_>) -> Option<Unknown>,
}

/// A resource, and its configuration, of which nothing is known yet.
pub type Unknown = (Resource, Box<dyn Configuration>);

impl fmt::Debug for Existing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.detector.name, self.listing.permission.action)
    }
}

/// One entry of a list.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The entry: an object, or only a name.
    pub value: &'a Value,
    /// Where it was listed.
    pub scope: Scope<'a>,
    /// What is known already: the aliases of the account and Region.
    pub facts: &'a Facts,
}

impl<'a> Entry<'a> {
    /// A member of the entry.
    pub fn get(&self, name: &str) -> Node<'a> {
        Field::Present(self.value).get(name)
    }

    /// A text in the entry that is not empty.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name).text().value().filter(|text| !text.is_empty())
    }

    /// The name, in a list of names.
    pub fn name(&self) -> Option<&'a str> {
        self.value.as_str()
    }
}

impl Existing {
    /// True for a rule that evaluates what this row finds. A detector may evaluate resources and their policies, or keys and
    /// their grants: its rules are named after what they are about.
    pub fn evaluates(&self, rule: &Rule) -> bool {
        let of_policy = rule.id.strip_prefix(self.detector.name).is_some_and(|rest| rest.starts_with("-policy-"));
        let lists_grants = self.listing.permission.action == "kms:ListGrants";
        self.detector.rules.iter().any(|own| own.id == rule.id)
            && of_policy == self.is_policy
            && rule.is_about_a_part() == lists_grants
    }

    /// The resource of an entry as a change in `scope`, where it was listed, to be looked up and evaluated. `at` is the time of
    /// the look. `None` if the entry is not evaluated.
    pub fn change<'a>(&self, entry: &Entry<'_>, scope: Scope<'a>, at: &str) -> Option<Change<'a>> {
        let (resource, configuration) = (self.read)(entry)?;
        Some(Change::existing(self.detector, resource, configuration, scope, at))
    }
}
