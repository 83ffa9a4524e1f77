//! A call that sets the policy of a stream or cluster, and the analysis of that policy.

use std::sync::OnceLock;

use crate::configuration::resource_policy::ResourcePolicy;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::outcome::Outcome;
use crate::rules::resource_policy::analysis::{Kind, PolicyAnalysis, analyze_text, owner};

/// What the rules evaluate: the policy, and the analysis that they share.
#[derive(Debug)]
pub(crate) struct PolicySubject {
    policy: ResourcePolicy,
    kind: &'static Kind,
    /// Computed for the first rule that needs it.
    analysis: OnceLock<Result<Box<PolicyAnalysis>, Outcome>>,
}

impl PolicySubject {
    pub(crate) fn new(policy: ResourcePolicy, kind: &'static Kind) -> PolicySubject {
        PolicySubject { policy, kind, analysis: OnceLock::new() }
    }

    /// The analysis of the policy.
    ///
    /// # Errors
    /// The outcome of every rule if there is nothing to analyze.
    pub(crate) fn analysis(&self, context: &RuleContext<'_>) -> Result<&PolicyAnalysis, Outcome> {
        let analyze = || match self.policy.document.as_deref().value() {
            Some(text) => {
                let owner = owner(&self.policy.owner, context.resource.arn.clone(), context);
                analyze_text(text, owner, self.kind, context).map(Box::new)
            }
            // The API requires the policy, so even a call that shows none has set one.
            None => Err(Outcome::unverified(self.policy.document.as_ref().missing("policy"))),
        };
        match self.analysis.get_or_init(analyze) {
            Ok(analysis) => Ok(analysis),
            Err(outcome) => Err(outcome.clone()),
        }
    }
}

impl Configuration for PolicySubject {
    /// A new analysis for each evaluation, because it depends on facts and settings.
    fn resolve(&self, _context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        Some(Box::new(PolicySubject::new(self.policy.clone(), self.kind)))
    }
}
