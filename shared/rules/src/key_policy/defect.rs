//! What the policy grammar forbids and the reader accepts.

use crate::language::Text;

/// A defect of the document or of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defect {
    /// The document has several `Statement` elements.
    DuplicateStatementList,
    /// The document has several `Version` elements.
    DuplicateVersion,
    /// The statement stands in one of several `Statement` elements.
    InDuplicateStatementList,
    DuplicateEffect,
    DuplicateCondition,
    DuplicateElement,
    WrongType,
    AmbiguousCondition,
    /// A principal stands outside of `{"AWS": …}` and `{"Service": …}` or under an unknown type.
    PrincipalForm,
    PrincipalAndNotPrincipal,
    ActionAndNotAction,
}

impl Defect {
    /// One clause.
    pub(super) fn text(self) -> Text {
        match self {
            Self::DuplicateStatementList => Text::literal("`Statement` occurs twice"),
            Self::DuplicateVersion => Text::literal("`Version` occurs twice"),
            Self::InDuplicateStatementList => Text::literal("it is part of one of two `Statement` lists"),
            Self::DuplicateEffect => Text::literal("`Effect` occurs twice"),
            Self::DuplicateCondition => Text::literal("`Condition` occurs twice"),
            Self::DuplicateElement => Text::literal("an element occurs twice"),
            Self::WrongType => Text::literal("an element has a value of the wrong type"),
            Self::AmbiguousCondition => {
                Text::literal("its `Condition` names an operator or a key twice or has a value of the wrong type")
            }
            Self::PrincipalForm => Text::literal("its principal is not in a form that AWS accepts"),
            Self::PrincipalAndNotPrincipal => Text::literal("it has both `Principal` and `NotPrincipal`"),
            Self::ActionAndNotAction => Text::literal("it has both `Action` and `NotAction`"),
        }
    }
}
