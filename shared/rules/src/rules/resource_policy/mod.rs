//! What the rules on policies of keys, event data stores, streams and clusters share: from the text of a policy to the outcome of a rule.

pub(crate) mod analysis;
pub(crate) mod exposed;
pub(crate) mod report;
pub(crate) mod subject;
