//! Japanese: what the analyzer of policies and the rules on policies and grants say.

mod analyzer;
mod rules;

pub(super) use analyzer::TEXTS as ANALYZER;
pub(super) use rules::TEXTS as RULES;
