//! What a call started and the looks at it since have not shown to be finished.

use std::borrow::Cow;

use crate::facts::Described;
use crate::rule::Outcome;
use crate::said::{Node, Said};

/// Why something that a call only started can be called neither good nor bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// It was deleted meanwhile.
    Gone,
    /// It is still being put together: the status that AWS shows.
    Unsettled(String),
    /// It could not be looked at, and why.
    Unknown(String),
}

impl Open {
    /// What a rule answers that waits for the finished configuration.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Open::Gone => Outcome::NotApplicable(Cow::Borrowed("it was deleted before it was settled")),
            Open::Unsettled(status) => {
                Outcome::Unverified(format!("it is still {status}: whether it ends up encrypted cannot be told yet"))
            }
            Open::Unknown(why) => Outcome::Unverified(why.clone()),
        }
    }

    /// What a rule answers about a member that the record does not show: the looks at the resource tell why, where there were any.
    pub(crate) fn unseen<T>(open: Option<&Open>, member: &Said<T>, path: &str) -> Outcome {
        match (open, member) {
            (Some(open), Said::NotSaid | Said::Redacted | Said::Omitted) => open.outcome(),
            _ => Outcome::Unverified(member.missing(path)),
        }
    }

    /// What was described, or why nothing can be told from it; none where nobody looked.
    pub(crate) fn read(described: Option<&Described>) -> Option<Result<Node<'_>, Open>> {
        Some(match described? {
            Described::As(answer) => Ok(Said::Said(answer)),
            Described::Gone => Err(Open::Gone),
            Described::Unknown(why) => Err(Open::Unknown(why.clone())),
        })
    }
}
