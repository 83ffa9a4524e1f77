//! Whom a policy admits, as the rules read it.

use super::action::Actions;
use super::condition::Why;
use super::lockout::Lockout;
use super::value::OWN_ORGANIZATION;
use crate::severity::Severity;
use std::fmt;

/// Whom a statement admits
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Every principal of every account
    Everyone,
    /// Every principal of every account that calls from a certain network
    Network,
    /// Whatever an account lets in
    Account(String),
    /// A role, user or session, by its ARN
    Identity(String),
    /// Every account of an organization; the variable `${aws:ResourceOrgID}` for the key's own
    Organization(String),
    /// A role or user by its unique id, which does not tell the account
    UniqueId(String),
    /// A service for any customer; `*` for every service
    Service(String),
    /// Services acting for an account
    SourceAccount(String),
    /// Services acting for an organization
    SourceOrganization(String),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("every principal of every account"),
            Self::Network => f.write_str("every principal of every account from one network"),
            Self::Account(account) => write!(f, "account {account}"),
            Self::Identity(arn) => f.write_str(arn),
            Self::Organization(id) if id == OWN_ORGANIZATION => {
                f.write_str("every account of the key's own organization")
            }
            Self::Organization(id) => write!(f, "every account of organization {id}"),
            Self::UniqueId(id) => write!(f, "the role or user with the id {id}"),
            Self::Service(name) if name == "*" => f.write_str("every AWS service for any customer"),
            Self::Service(name) => write!(f, "{name} for any customer"),
            Self::SourceAccount(account) => write!(f, "AWS services acting for account {account}"),
            Self::SourceOrganization(id) if id == OWN_ORGANIZATION => {
                f.write_str("AWS services acting for the key's own organization")
            }
            Self::SourceOrganization(id) => write!(f, "AWS services acting for organization {id}"),
        }
    }
}

/// Somebody a statement admits
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// How bad it is
    pub severity: Severity,
    /// Whether it is one depends on what nobody has said: whose organization, id or network this is
    pub unverified: bool,
    /// The place of the statement, counted from zero
    pub statement: usize,
    /// Whom the statement admits
    pub who: Who,
    /// What they may call; only what matters for the verdict
    pub actions: Actions,
}

impl Exposure {
    /// The bare name of whom it admits
    pub(crate) fn name(&self) -> &str {
        match &self.who {
            Who::Service(name) | Who::Account(name) | Who::Identity(name) => name,
            _ => "anybody",
        }
    }
}

/// Something about the text that is no verdict but helps to read one
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What it is about
    pub kind: RemarkKind,
    /// The place of the statement, counted from zero; none for the document
    pub statement: Option<usize>,
    /// One clause, to follow the name of the statement
    pub text: String,
}

/// What a remark is about
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemarkKind {
    /// The grammar forbids it; the worst reading was judged
    Malformed,
    /// Allow with `NotPrincipal`
    NotPrincipal,
    /// Allow with `NotAction`
    NotAction,
    /// A condition that looks like a bound and is none, or that nobody can meet
    WeakCondition,
    /// A statement without effect
    Inert,
    /// A principal that has been deleted
    Orphan,
}

/// What a policy comes to
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    /// Anybody
    pub public: Vec<Exposure>,
    /// Anybody who calls from a certain network
    pub network_bound: Vec<Exposure>,
    /// Accounts and organizations that are not trusted
    pub foreign: Vec<Exposure>,
    /// Every identity of the owner's account, without any IAM policy
    pub account_wide: Vec<Exposure>,
    /// Services that can be made to act for any customer
    pub unbound_services: Vec<Exposure>,
    /// Services that hold more than use
    pub broad_services: Vec<Exposure>,
    /// `CreateGrant` without a bound on whom the grant goes to
    pub unbounded_grants: Vec<Exposure>,
    /// One identity that both administers and uses the key
    pub mixed_duties: Vec<Exposure>,
    /// Whether the owner can still change the policy
    pub lockout: Lockout,
    /// What else there is to know about the text
    pub remarks: Vec<Remark>,
    /// Statement, place of the condition in it, why it does not protect
    pub(super) useless: Vec<(usize, usize, Why)>,
}
