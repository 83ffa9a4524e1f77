//! The result of an analysis.

use super::action::Actions;
use super::ineffective::IneffectiveCondition;
use super::lockout::Lockout;
use super::organization::OWN_ORGANIZATION;
use crate::language::{Text, text};
use crate::util::severity::Severity;
use std::fmt;

/// Whom a statement admits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Grantee {
    /// Every principal of every account.
    Everyone,
    /// Every principal of every account that calls from a certain network.
    Network,
    /// Every principal of every account whose requests meet a condition on this condition key, which the analyzer does not know.
    UnknownCondition(String),
    /// An account: its IAM policies decide which of its identities are admitted.
    Account(String),
    /// A role, user or session, by its ARN.
    Identity(String),
    /// Every account of an organization; `${aws:ResourceOrgID}` for the owner's organization.
    Organization(String),
    /// A role or user by its unique id, which does not contain the account.
    UniqueId(String),
    /// A service that acts for any customer; `*` for every service.
    Service(String),
    /// Services that act for an account.
    SourceAccount(String),
    /// Services that act for an organization.
    SourceOrganization(String),
}

impl Grantee {
    /// A noun phrase.
    pub(crate) fn text(&self) -> Text {
        match self {
            Self::Everyone => Text::literal("every principal of every account"),
            Self::Network => Text::literal("every principal of every account from one network"),
            Self::UnknownCondition(key) => text!(
                "every principal of every account that meets the condition on `{key}`, an unknown condition key,",
                key
            ),
            Self::Account(account) => text!("account {account}", account),
            Self::Identity(arn) => Text::from(arn),
            Self::Organization(id) if id == OWN_ORGANIZATION => {
                Text::literal("every account of the owner's organization")
            }
            Self::Organization(id) => text!("every account of organization {id}", id),
            Self::UniqueId(id) => text!("the role or user with the id {id}", id),
            Self::Service(name) if name == "*" => Text::literal("every AWS service for any customer"),
            Self::Service(name) => text!("{name} for any customer", name),
            Self::SourceAccount(account) => text!("AWS services acting for account {account}", account),
            Self::SourceOrganization(id) if id == OWN_ORGANIZATION => {
                Text::literal("AWS services acting for the owner's organization")
            }
            Self::SourceOrganization(id) => text!("AWS services acting for organization {id}", id),
        }
    }
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// Someone whom a statement admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// The severity.
    pub severity: Severity,
    /// True if it is unknown whose organization, id or network this is.
    pub unverified: bool,
    /// The index of the statement.
    pub statement: usize,
    /// Whom the statement admits.
    pub who: Grantee,
    /// What they may call, limited to the operations that matter for this kind of exposure.
    pub actions: Actions,
}

impl Exposure {
    /// The name of the service, account or identity.
    pub(crate) fn name(&self) -> Text {
        match &self.who {
            Grantee::Service(name) | Grantee::Account(name) | Grantee::Identity(name) => Text::from(name),
            _ => Text::literal("anyone"),
        }
    }
}

/// A note about the text that helps to understand the exposures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What the remark is about.
    pub kind: RemarkKind,
    /// The index of the statement, `None` if the remark is about the document.
    pub statement: Option<usize>,
    /// One clause.
    pub text: Text,
}

/// What a remark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RemarkKind {
    /// The grammar forbids it; the worst reading was analyzed.
    Malformed,
    /// Allow with `NotPrincipal`.
    NotPrincipal,
    /// Allow with `NotAction`.
    NotAction,
    /// A condition that looks like a restriction but is none, or that no request can meet.
    WeakCondition,
    /// A statement without effect.
    NoEffect,
    /// A principal that has been deleted.
    DeletedPrincipal,
    /// A session where only the ARN of a role can stand.
    SessionArn,
}

/// What a policy admits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Analysis {
    /// Everyone.
    pub public: Vec<Exposure>,
    /// Everyone who calls from a certain network that is not trusted, or who meets a condition on an unknown key.
    pub network_bound: Vec<Exposure>,
    /// Accounts and organizations that are not trusted.
    pub foreign: Vec<Exposure>,
    /// Keys: every identity of the owner's account, without any IAM policy.
    pub account_wide: Vec<Exposure>,
    /// Keys: services that act for any customer.
    pub unbound_services: Vec<Exposure>,
    /// Keys: services that may administer them.
    pub broad_services: Vec<Exposure>,
    /// Keys: `CreateGrant` without a restriction on who receives the grant.
    pub unbounded_grants: Vec<Exposure>,
    /// Keys: identities that both administer and use them.
    pub mixed_duties: Vec<Exposure>,
    /// Keys: whether the owner can still change the policy.
    pub lockout: Lockout,
    /// Notes about the text.
    pub remarks: Vec<Remark>,
    /// Conditions that do not restrict the caller.
    pub(crate) ineffective_conditions: Vec<IneffectiveCondition>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_caller_is_named() {
        let text = |of: fn(String) -> Grantee, name: &str| of(name.to_owned()).to_string();
        assert_eq!(Grantee::Everyone.to_string(), "every principal of every account");
        assert_eq!(Grantee::Network.to_string(), "every principal of every account from one network");
        for (of, name, want) in [
            (Grantee::Account as fn(String) -> Grantee, "111122223333", "account 111122223333"),
            (Grantee::Identity, "arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/a"),
            (Grantee::Organization, "o-a1b2c3d4e5", "every account of organization o-a1b2c3d4e5"),
            (Grantee::Organization, OWN_ORGANIZATION, "every account of the owner's organization"),
            (Grantee::UniqueId, "AROAEXAMPLE", "the role or user with the id AROAEXAMPLE"),
            (Grantee::Service, "*", "every AWS service for any customer"),
            (Grantee::Service, "sns.amazonaws.com", "sns.amazonaws.com for any customer"),
            (Grantee::SourceAccount, "111122223333", "AWS services acting for account 111122223333"),
            (Grantee::SourceOrganization, "o-a1b2c3d4e5", "AWS services acting for organization o-a1b2c3d4e5"),
            (Grantee::SourceOrganization, OWN_ORGANIZATION, "AWS services acting for the owner's organization"),
        ] {
            assert_eq!(text(of, name), want);
        }
    }
}
