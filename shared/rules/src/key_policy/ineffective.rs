//! Conditions that do not restrict the caller, and why.

use crate::language::Text;

/// A condition of an Allow that does not do what it seems to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IneffectiveCondition {
    /// Index of the statement in the policy.
    pub(crate) statement: usize,
    /// Index of the condition in the statement.
    pub(crate) condition: usize,
    pub(crate) reason: IneffectiveReason,
}

/// Why a condition does not restrict the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IneffectiveReason {
    UnknownOperator,
    Ambiguous,
    Negated,
    IfExists,
    ForAllValues,
    PresenceOnly,
    WrongOperator,
    UnboundedValue,
    WideNetwork,
    ViaServiceOnly,
    CallerChosenContext,
    /// For services, which set the encryption context themselves.
    OpenContext,
    SelfAssigned,
    KeyProperty,
    CallerControlled,
    /// The opposite case: nothing matches it, so nobody is admitted.
    NeverMatches,
}

impl IneffectiveReason {
    /// A clause whose subject is the condition.
    pub(crate) fn text(self) -> Text {
        match self {
            Self::UnknownOperator => Text::literal("is not a condition operator, so it protects nothing"),
            Self::Ambiguous => Text::literal("occurs twice or has no clear value, so it cannot be relied on"),
            Self::Negated => Text::literal("only excludes the values it lists and admits everyone else"),
            Self::IfExists => Text::literal("is true for every caller whose request lacks the key"),
            Self::ForAllValues => {
                Text::literal("is true for every caller whose request lacks the key (`ForAllValues`)")
            }
            Self::PresenceOnly => Text::literal("only checks whether the key is present"),
            Self::WrongOperator => Text::literal("compares a number, a date or bytes, which anyone can satisfy"),
            Self::UnboundedValue => Text::literal("has a value that callers of any account can match"),
            Self::WideNetwork => Text::literal("covers so many addresses that it restricts nobody"),
            Self::ViaServiceOnly => Text::literal(
                "names the service that the call comes through, not the account it is for: any account can use that service",
            ),
            Self::CallerChosenContext => {
                Text::literal("restricts no role or user: identities choose their encryption context themselves")
            }
            Self::OpenContext => {
                Text::literal("has a value without an account, so it holds for every customer of the service")
            }
            Self::SelfAssigned => Text::literal("is assigned by each account to its own identities"),
            Self::KeyProperty => Text::literal("is a property of this resource and the same for every caller"),
            Self::CallerControlled => Text::literal("says nothing about the caller"),
            Self::NeverMatches => Text::literal("cannot match any request, so the statement admits nobody"),
        }
    }

    /// True if the condition looks like a restriction of the caller but is none.
    pub(super) fn is_weak(self) -> bool {
        matches!(self, Self::IfExists | Self::ForAllValues | Self::NeverMatches)
    }
}
