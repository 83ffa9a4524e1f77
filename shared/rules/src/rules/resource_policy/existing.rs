//! The policy of a resource that exists.

use crate::aws::account::is_account;
use crate::aws::arn::Arn;
use crate::cloudtrail::field::Field;
use crate::configuration::resource_policy::{ResourcePolicy, policy_text};
use crate::configuration::unresolved::Unresolved;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::existing::NO_POLICY;
use crate::engine::facts::Facts;
use crate::engine::lookup::Lookup;
use crate::engine::outcome::Outcome;
use crate::rules::resource_policy::analysis::Kind;
use crate::rules::resource_policy::subject::PolicySubject;

/// The policy of a resource that a scan found. It is looked up.
#[derive(Debug)]
pub(crate) struct ExistingPolicy {
    /// The look-up.
    pub(crate) call: &'static str,
    /// The member of its answer that holds the policy.
    pub(crate) member: &'static str,
    /// What the resource is.
    pub(crate) kind: &'static Kind,
}

impl Configuration for ExistingPolicy {
    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        vec![Lookup::new(self.call, arn)]
    }

    /// Most resources have no policy. Then the look-up answers like one about a resource that does not exist.
    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        let arn = context.resource.arn.as_deref()?;
        let without = || Outcome::NotApplicable(NO_POLICY);
        let document = context.facts.resource(self.call, arn)?.map(|answer| policy_text(answer.get(self.member)));
        let subject = match document {
            Ok(Field::Present(text)) if !is_empty(&text) => {
                let owner = Arn::parse(arn).map(|arn| arn.account).filter(|account| is_account(account));
                let owner = owner.unwrap_or(context.scope.account).to_owned();
                PolicySubject::new(ResourcePolicy { owner, document: Field::Present(text) }, self.kind)
            }
            Ok(Field::Present(_) | Field::Absent) | Err(Unresolved::Deleted) => {
                PolicySubject::decided(without(), self.kind)
            }
            Ok(hidden) => {
                let unresolved = Unresolved::NotShown(self.call);
                PolicySubject::decided(Outcome::missing(Some(&unresolved), &hidden, self.member), self.kind)
            }
            Err(unresolved) => PolicySubject::decided(Outcome::unresolved(&unresolved), self.kind),
        };
        Some(Box::new(subject))
    }
}

/// True for the text of no policy. Local stand-ins for AWS answer with an empty object instead of an error.
fn is_empty(policy: &str) -> bool {
    policy.chars().all(|character| character.is_whitespace() || matches!(character, '{' | '}'))
}
