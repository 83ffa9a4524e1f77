//! What the ledger stores for one rule and one resource.

use serde::{Deserialize, Serialize};

use crate::util::severity::Severity;
use crate::util::time::Seconds;

/// What the ledger stores for one fingerprint: one item of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The rule and the resource.
    #[serde(flatten)]
    pub subject: Subject,
    /// Counts the writes: a write names the version that it read, and fails if another one came first.
    pub version: u64,
    /// What holds, from the newest looks.
    pub state: State,
    /// Of the violation, or of the last one.
    pub severity: Severity,
    /// The newest look that decided: a violation, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Look>,
    /// The newest look that could not decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Look>,
    /// The time of the first violation, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<String>,
    /// The time since which it is open, or was when it was resolved, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<String>,
    /// The time of the look that resolved it last, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<String>,
    /// Who resolved it last, and by which call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<By>,
    /// The finding as it was published last, in the JSON of `docs/finding.schema.json`: text, so that it is stored as it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub finding: String,
    /// What was told last; `None` if nobody was told anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// What is being told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// What was told, oldest first: the last [`Entry::HISTORY`] messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Told>,
    /// `account/region` while it is open or unverified: the key of the index that finds such entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_in: Option<String>,
    /// Present while something is to be told, [`Entry::CLAIMED`] or the name of the message that will gather it: the key of the
    /// index that finds what was left over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<String>,
    /// When DynamoDB may delete it, in seconds since 1970. Never while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Seconds>,
}

/// The rule and the resource of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Subject {
    /// The key of the table.
    pub fingerprint: String,
    /// The id of the rule.
    pub rule: String,
    /// The detector of the rule.
    pub detector: String,
    /// The ARN of the resource, or its name if the ARN is not known.
    pub resource: String,
    /// The account that owns it.
    pub account: String,
    /// Its Region.
    pub region: String,
}

/// What holds about a rule and a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A violation.
    Open,
    /// The newest look could not decide, and no older one found a violation.
    Unverified,
    /// No violation.
    Resolved,
}

/// Why there is no violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// The configuration is as the rule requires.
    Fixed,
    /// The resource is gone.
    Deleted,
    /// An exception of the settings accepts it, or they switch the rule off.
    Excepted,
}

/// When something was seen, so that of two looks the newer one decides. Of two in the same second, the later in the life of a
/// resource is the newer one; of two calls of the same kind, the violation, because nobody may miss it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    /// The time of the call; in a scan, of the look.
    pub time: Seconds,
    /// 0 for a call that creates the resource, 2 for one that deletes it, 1 for all others.
    pub rank: u8,
    /// True for a violation.
    pub wrong: bool,
    /// The id of the event; empty in a scan.
    pub event: String,
}

/// What made the look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// An event, when it came.
    Event,
    /// The same event, after the settle time.
    Recheck,
    /// The scan.
    Scan,
}

/// One look at a rule and a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When.
    pub moment: Moment,
    /// By what. A scan that sees what an event reported leaves it to the event.
    pub origin: Origin,
    /// Why there is no violation; `None` if there is one, or if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// A digest of the evidence of a violation: it changes if the evidence does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
}

/// Who made a change, and by which call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct By {
    /// The caller in one line; empty in a scan.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// The name of the call; empty in a scan.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub call: String,
    /// The id of the event; empty in a scan.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub event: String,
    /// The text of the exception, if one accepts the violation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub exception: String,
    /// Why there is no violation any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// What holds, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Holds {
    /// The state.
    pub state: State,
    /// Its severity.
    pub severity: Severity,
    /// The digest of the evidence; empty unless it is open.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
}

/// What was told, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What it said.
    #[serde(flatten)]
    pub holds: Holds,
    /// The time of the event that it was about, RFC 3339.
    pub at: String,
    /// Who made the call that it was about, and which.
    #[serde(default)]
    pub by: By,
    /// True if it went to the topic: who got it has to hear of the end, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub published: bool,
}

/// What is being told: a message about it may have been published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The invocation that tells it. When it is tried again it has the same id.
    pub invocation: String,
    /// What it tells.
    #[serde(flatten)]
    pub told: Told,
    /// What an unconfirmed claim that this one replaced told, if that was something else: it may have been published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Holds>,
}

impl Entry {
    /// The most messages that an entry remembers.
    pub const HISTORY: usize = 50;

    /// Being told by the invocation of the claim.
    pub const CLAIMED: &'static str = "claimed";

    /// What holds, as far as it is told.
    pub fn holds(&self) -> Holds {
        let evidence = match (self.state, &self.verdict) {
            (State::Open, Some(look)) => look.evidence.clone(),
            _ => String::new(),
        };
        Holds { state: self.state, severity: self.severity, evidence }
    }

    /// True while a message that gathers several entries will tell it.
    pub fn is_gathered(&self) -> bool {
        self.pending.as_ref().is_some_and(|message| message != Entry::CLAIMED)
    }

    /// True while it is in the index of what is to be told, although there is nothing to tell.
    pub fn is_done(&self) -> bool {
        self.pending.is_some() && self.claim.is_none() && self.notice().is_none()
    }

    /// The look that the state is from.
    pub fn look(&self) -> Option<&Look> {
        match self.state {
            State::Unverified => self.doubt.as_ref(),
            State::Open | State::Resolved => self.verdict.as_ref(),
        }
    }
}
