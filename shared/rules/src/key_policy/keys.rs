//! Condition keys: what each of them tells about the caller.

use super::action::{Action, Actions};

/// What a key tells
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tells {
    /// The account of the calling identity; no service has one
    Account,
    /// The account that calls; of a service, the one it calls for
    CallerAccount,
    PrincipalArn,
    Organization,
    OrganizationPath,
    UserId,
    /// Whether a service principal calls
    IsService,
    ServiceName,
    SourceAccount,
    SourceArn,
    SourceOrganization,
    SourceOrganizationPath,
    /// A VPC or VPC endpoint
    Vpc,
    Address,
    ViaService,
    /// What the caller wants sealed; a service sets it, everybody else makes it up
    Context,
    ForAwsResource,
    /// Who gets the grant, or under which constraint
    GrantTo,
    GrantOperations,
    /// Something every account gives its own identities
    Trait,
    /// The account of the key, and its organization
    ResourceAccount,
    ResourceOrganization,
    /// The same for every caller: a property of this key
    KeyProperty,
    /// Anybody can make it true
    Free,
}

/// Which requests carry the key
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carried {
    Always,
    /// By all IAM identities, not by services
    ByIdentities,
    Sometimes,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) tells: Tells,
    pub(super) carried: Carried,
    /// A request can carry several values
    pub(super) multivalued: bool,
    /// The only operations that carry it
    pub(super) only: Actions,
}

const ANY: Actions = Actions::ALL;
const CREATE_GRANT: Actions = Actions::of(&[Action::CreateGrant]);
const GRANTS: Actions = Actions::of(&[Action::CreateGrant, Action::ListGrants, Action::RevokeGrant]);
const SYMMETRIC: Actions = Actions::of(&[
    Action::Encrypt,
    Action::Decrypt,
    Action::ReEncryptFrom,
    Action::ReEncryptTo,
    Action::GenerateDataKey,
    Action::GenerateDataKeyPair,
    Action::GenerateDataKeyPairWithoutPlaintext,
    Action::GenerateDataKeyWithoutPlaintext,
    Action::CreateGrant,
    Action::RetireGrant,
]);
const ATTESTED: Actions =
    Actions::of(&[Action::Decrypt, Action::GenerateDataKey, Action::GenerateDataKeyPair, Action::DeriveSharedSecret]);
const PUT_KEY_POLICY: Actions = Actions::of(&[Action::PutKeyPolicy]);
const SCHEDULE_KEY_DELETION: Actions = Actions::of(&[Action::ScheduleKeyDeletion]);
const IMPORT: Actions = Actions::of(&[Action::ImportKeyMaterial]);

/// Name in lower case, what it tells, who carries it, several values, operations
type Row = (&'static str, Tells, Carried, bool, Actions);

const KEYS: &[Row] = &[
    // Who calls. Source: IAM user guide, "AWS global condition context keys", properties of the principal, and the line
    // "Availability" of each; KMS developer guide, "AWS KMS condition keys", for the key of KMS.
    ("aws:principalaccount", Tells::Account, Carried::Always, false, ANY),
    ("kms:calleraccount", Tells::CallerAccount, Carried::ByIdentities, false, ANY),
    ("aws:principalarn", Tells::PrincipalArn, Carried::ByIdentities, false, ANY),
    ("aws:principalorgid", Tells::Organization, Carried::Sometimes, false, ANY),
    ("aws:principalorgpaths", Tells::OrganizationPath, Carried::Sometimes, true, ANY),
    ("aws:userid", Tells::UserId, Carried::ByIdentities, false, ANY),
    ("aws:principalisawsservice", Tells::IsService, Carried::Always, false, ANY),
    ("aws:principalservicename", Tells::ServiceName, Carried::Sometimes, false, ANY),
    ("aws:username", Tells::Trait, Carried::Sometimes, false, ANY),
    ("aws:principaltype", Tells::Trait, Carried::Sometimes, false, ANY),
    ("aws:sourceidentity", Tells::Trait, Carried::Sometimes, false, ANY),
    // For whom a service calls: "only when the call to your resource is made directly by an AWS service principal".
    // Source: the same page, properties of the resource that makes the request; `aws:SourceOwner` is the older name that
    // SNS and others still send.
    ("aws:sourceaccount", Tells::SourceAccount, Carried::Sometimes, false, ANY),
    ("aws:sourceowner", Tells::SourceAccount, Carried::Sometimes, false, ANY),
    ("aws:sourcearn", Tells::SourceArn, Carried::Sometimes, false, ANY),
    ("aws:sourceorgid", Tells::SourceOrganization, Carried::Sometimes, false, ANY),
    ("aws:sourceorgpaths", Tells::SourceOrganizationPath, Carried::Sometimes, true, ANY),
    // From where. Source: S3 user guide, "The meaning of public": a fixed VPC, endpoint or range is not public.
    ("aws:sourcevpc", Tells::Vpc, Carried::Sometimes, false, ANY),
    ("aws:sourcevpce", Tells::Vpc, Carried::Sometimes, false, ANY),
    ("aws:sourceip", Tells::Address, Carried::Sometimes, false, ANY),
    // How. Source: KMS developer guide, "AWS KMS condition keys".
    ("kms:viaservice", Tells::ViaService, Carried::Sometimes, false, ANY),
    ("kms:grantisforawsresource", Tells::ForAwsResource, Carried::Sometimes, false, GRANTS),
    ("kms:granteeprincipal", Tells::GrantTo, Carried::Sometimes, false, CREATE_GRANT),
    ("kms:granteeserviceprincipal", Tells::GrantTo, Carried::Sometimes, false, CREATE_GRANT),
    ("kms:grantconstraintsourcearn", Tells::GrantTo, Carried::Sometimes, false, CREATE_GRANT),
    ("kms:grantconstrainttype", Tells::GrantTo, Carried::Sometimes, false, CREATE_GRANT),
    ("kms:grantoperations", Tells::GrantOperations, Carried::Sometimes, true, CREATE_GRANT),
    ("kms:retiringprincipal", Tells::Free, Carried::Sometimes, false, CREATE_GRANT),
    ("kms:encryptioncontextkeys", Tells::Free, Carried::Sometimes, true, SYMMETRIC),
    ("kms:bypasspolicylockoutsafetycheck", Tells::Free, Carried::Sometimes, false, PUT_KEY_POLICY),
    ("kms:schedulekeydeletionpendingwindowindays", Tells::Free, Carried::Sometimes, false, SCHEDULE_KEY_DELETION),
    ("kms:expirationmodel", Tells::Free, Carried::Sometimes, false, IMPORT),
    ("kms:validto", Tells::Free, Carried::Sometimes, false, IMPORT),
    // The key itself. Source: the same pages, properties of the resource.
    ("aws:resourceaccount", Tells::ResourceAccount, Carried::Always, false, ANY),
    ("aws:resourceorgid", Tells::ResourceOrganization, Carried::Sometimes, false, ANY),
    ("aws:resourceorgpaths", Tells::KeyProperty, Carried::Sometimes, true, ANY),
    ("aws:requestedregion", Tells::KeyProperty, Carried::Always, false, ANY),
    ("kms:keyspec", Tells::KeyProperty, Carried::Sometimes, false, ANY),
    ("kms:keyusage", Tells::KeyProperty, Carried::Sometimes, false, ANY),
    ("kms:keyorigin", Tells::KeyProperty, Carried::Sometimes, false, ANY),
    ("kms:multiregion", Tells::KeyProperty, Carried::Sometimes, false, ANY),
    ("kms:multiregionkeytype", Tells::KeyProperty, Carried::Sometimes, false, ANY),
    ("kms:resourcealiases", Tells::KeyProperty, Carried::Sometimes, true, ANY),
];

/// Beginnings of keys that have a name of their own after it
const FAMILIES: &[Row] = &[
    ("kms:encryptioncontext:", Tells::Context, Carried::Sometimes, false, SYMMETRIC),
    ("kms:recipientattestation:", Tells::Free, Carried::Sometimes, false, ATTESTED),
    ("aws:principaltag/", Tells::Trait, Carried::Sometimes, false, ANY),
    ("aws:resourcetag/", Tells::KeyProperty, Carried::Sometimes, false, ANY),
];

impl Key {
    /// `name` in any letter case; a key that is not in the tables tells nothing
    pub(super) fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let exact = KEYS.iter().find(|(known, ..)| *known == name);
        let row = exact.or_else(|| FAMILIES.iter().find(|(start, ..)| name.starts_with(start)));
        let &(_, tells, carried, multivalued, only) =
            row.unwrap_or(&("", Tells::Free, Carried::Sometimes, name.starts_with("aws:calledvia"), ANY));
        Self { tells, carried, multivalued, only }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lower_case() {
        let mut names: Vec<_> = KEYS.iter().chain(FAMILIES).map(|(name, ..)| *name).collect();
        assert!(names.iter().all(|name| *name == name.to_ascii_lowercase()));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KEYS.len() + FAMILIES.len());
    }

    #[test]
    fn letter_case_does_not_count() {
        assert_eq!(Key::of("KMS:callerACCOUNT").tells, Tells::CallerAccount);
        assert_eq!(Key::of("kms:EncryptionContext:aws:sqs:arn").tells, Tells::Context);
        assert_eq!(Key::of("aws:NoKeyAtAll").tells, Tells::Free);
    }
}
