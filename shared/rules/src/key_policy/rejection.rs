//! Why AWS rejects a principal.

use crate::language::Text;

/// What is wrong with a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rejection {
    ArnOutsideAws,
    OutsideTypes,
    ServiceWildcard,
    UnknownService,
    UnknownType,
    NoPrincipal,
    ArnWildcard,
    Group,
    AnyAccount,
    ArnAccount,
    IncompleteArn,
    AccountDigits,
    NoArn,
    PartitionOfKey,
    PartitionOfResource,
    UnknownPartition,
    StsOrIam,
    Region,
    Character,
}

impl Rejection {
    /// One clause.
    pub(super) fn text(self) -> Text {
        match self {
            Self::ArnOutsideAws => Text::literal("an ARN must be in `{\"AWS\": …}`"),
            Self::OutsideTypes => {
                Text::literal("a principal must be `*` or be in `{\"AWS\": …}` or `{\"Service\": …}`")
            }
            Self::ServiceWildcard => Text::literal("a service name must not have a wildcard"),
            Self::UnknownService => Text::literal("no service has this name; names look like `sqs.amazonaws.com`"),
            Self::UnknownType => Text::literal("only the principal types `AWS` and `Service` are accepted"),
            Self::NoPrincipal => Text::literal("only accounts, roles, users and sessions are principals"),
            Self::ArnWildcard => Text::literal("the ARN of a principal must not have a wildcard"),
            Self::Group => Text::literal("a group is not a principal; name a role, or the users of the group"),
            Self::AnyAccount => Text::literal("the ARN of a principal must name one account"),
            Self::ArnAccount => Text::literal("the account in the ARN must have twelve digits"),
            Self::IncompleteArn => {
                Text::literal("the ARN is incomplete; it must look like `arn:aws:iam::111122223333:role/name`")
            }
            Self::AccountDigits => Text::literal("an account id has twelve digits"),
            Self::NoArn => Text::literal("a value under `AWS` must be an account id or an ARN"),
            Self::PartitionOfKey => Text::literal("the key is in another partition of AWS"),
            Self::PartitionOfResource => Text::literal("the resource is in another partition of AWS"),
            Self::UnknownPartition => Text::literal("no partition of AWS has the name after `arn:`"),
            Self::StsOrIam => Text::literal("sessions belong to `sts`; accounts, roles and users to `iam`"),
            Self::Region => Text::literal("the ARN of a principal has no Region"),
            Self::Character => Text::literal("the ARN has a character that no name has"),
        }
    }
}
