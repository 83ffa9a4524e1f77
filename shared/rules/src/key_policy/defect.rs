//! What the policy grammar forbids and the reader accepts.

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
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::DuplicateStatementList => "`Statement` occurs twice",
            Self::DuplicateVersion => "`Version` occurs twice",
            Self::InDuplicateStatementList => "it is part of one of two `Statement` lists",
            Self::DuplicateEffect => "`Effect` occurs twice",
            Self::DuplicateCondition => "`Condition` occurs twice",
            Self::DuplicateElement => "an element occurs twice",
            Self::WrongType => "an element has a value of the wrong type",
            Self::AmbiguousCondition => {
                "its `Condition` names an operator or a key twice or has a value of the wrong type"
            }
            Self::PrincipalForm => "its principal is not in a form that AWS accepts",
            Self::PrincipalAndNotPrincipal => "it has both `Principal` and `NotPrincipal`",
            Self::ActionAndNotAction => "it has both `Action` and `NotAction`",
        }
    }
}
