//! Condition keys, and what each of them says about the caller.

use super::action::{Action, Actions};
use super::service::Service;

/// What a key says about the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyMeaning {
    /// The account of the calling identity; services have none.
    Account,
    /// The account that calls; for a service, the account it calls for.
    CallerAccount,
    PrincipalArn,
    Organization,
    OrganizationPath,
    UserId,
    /// Whether the caller is a service principal.
    IsService,
    ServiceName,
    /// All names of the calling service.
    ServiceNames,
    /// The resource to which a service delivered the credentials of the role, or the identity provider: it is in the
    /// account of the role.
    SessionSource,
    SourceAccount,
    SourceArn,
    SourceOrganization,
    SourceOrganizationPath,
    /// A VPC or VPC endpoint.
    Vpc,
    VpcArn,
    /// The account, organization or path of the owner of the VPC endpoint.
    VpceAccount,
    VpceOrganization,
    VpceOrganizationPath,
    SourceIp,
    ViaService,
    /// The encryption context. A service sets it itself; any other caller can choose it freely.
    EncryptionContext,
    GrantIsForAwsResource,
    /// Who receives the grant, or under which constraint.
    GrantTarget,
    GrantOperations,
    /// An attribute that each account assigns to its own identities.
    SelfAssigned,
    /// The account of the key.
    ResourceAccount,
    /// The organization of the key.
    ResourceOrganization,
    /// A property of this key, the same for every caller.
    KeyProperty,
    /// Any caller can make a condition on it true.
    CallerControlled,
    /// A key of another service: no request to this one carries it.
    OtherService,
    /// The key is in no table, but could be new: AWS adds keys, so it may restrict the caller or not.
    Unknown,
}

/// Which requests carry the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Always,
    /// In all requests of IAM identities, in none of services.
    IdentitiesOnly,
    Sometimes,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) meaning: KeyMeaning,
    pub(super) presence: Presence,
    /// A request can carry several values.
    pub(super) multivalued: bool,
    /// The only operations whose requests carry it.
    pub(super) actions: Actions,
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

/// Name in lower case, meaning, presence, whether it is multivalued, operations.
type Row = (&'static str, KeyMeaning, Presence, bool, Actions);

const KEYS: &[Row] = &[
    // The caller. Source: IAM user guide, "AWS global condition context keys", properties of the principal, and the line
    // "Availability" of each; KMS developer guide, "AWS KMS condition keys", for the key of KMS.
    ("aws:principalaccount", KeyMeaning::Account, Presence::Always, false, ANY),
    ("kms:calleraccount", KeyMeaning::CallerAccount, Presence::IdentitiesOnly, false, ANY),
    ("aws:principalarn", KeyMeaning::PrincipalArn, Presence::IdentitiesOnly, false, ANY),
    ("aws:principalorgid", KeyMeaning::Organization, Presence::Sometimes, false, ANY),
    ("aws:principalorgpaths", KeyMeaning::OrganizationPath, Presence::Sometimes, true, ANY),
    ("aws:userid", KeyMeaning::UserId, Presence::IdentitiesOnly, false, ANY),
    ("aws:principalisawsservice", KeyMeaning::IsService, Presence::Always, false, ANY),
    ("aws:principalservicename", KeyMeaning::ServiceName, Presence::Sometimes, false, ANY),
    ("aws:principalservicenameslist", KeyMeaning::ServiceNames, Presence::Sometimes, true, ANY),
    ("aws:username", KeyMeaning::SelfAssigned, Presence::Sometimes, false, ANY),
    ("aws:principaltype", KeyMeaning::SelfAssigned, Presence::Sometimes, false, ANY),
    ("aws:sourceidentity", KeyMeaning::SelfAssigned, Presence::Sometimes, false, ANY),
    // The session of a role. Source: the same page, properties of a role session. A function, instance or node gets the
    // credentials of a role in its own account only.
    ("lambda:sourcefunctionarn", KeyMeaning::SessionSource, Presence::Sometimes, false, ANY),
    ("ec2:sourceinstancearn", KeyMeaning::SessionSource, Presence::Sometimes, false, ANY),
    ("ssm:sourceinstancearn", KeyMeaning::SessionSource, Presence::Sometimes, false, ANY),
    ("aws:chatbotsourcearn", KeyMeaning::SessionSource, Presence::Sometimes, false, ANY),
    ("aws:federatedprovider", KeyMeaning::SessionSource, Presence::Sometimes, false, ANY),
    ("aws:ec2instancesourcevpc", KeyMeaning::Vpc, Presence::Sometimes, false, ANY),
    // Everybody can choose the addresses in a VPC of their own.
    ("aws:ec2instancesourceprivateipv4", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:assumedroot", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:multifactorauthage", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:multifactorauthpresent", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:tokenissuetime", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("ec2:roledelivery", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("glue:credentialissuingservice", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("glue:roleassumedby", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    // The account a service acts for: "only when the call to your resource is made directly by an AWS service principal".
    // Source: the same page, properties of the resource that makes the request; `aws:SourceOwner` is the older name that
    // SNS and others still send.
    ("aws:sourceaccount", KeyMeaning::SourceAccount, Presence::Sometimes, false, ANY),
    ("aws:sourceowner", KeyMeaning::SourceAccount, Presence::Sometimes, false, ANY),
    ("aws:sourcearn", KeyMeaning::SourceArn, Presence::Sometimes, false, ANY),
    ("aws:sourceorgid", KeyMeaning::SourceOrganization, Presence::Sometimes, false, ANY),
    ("aws:sourceorgpaths", KeyMeaning::SourceOrganizationPath, Presence::Sometimes, true, ANY),
    // The network. Source: S3 user guide, "The meaning of public": a fixed VPC, endpoint or range is not public.
    ("aws:sourcevpc", KeyMeaning::Vpc, Presence::Sometimes, false, ANY),
    ("aws:sourcevpce", KeyMeaning::Vpc, Presence::Sometimes, false, ANY),
    ("aws:sourcevpcarn", KeyMeaning::VpcArn, Presence::Sometimes, false, ANY),
    ("aws:vpceaccount", KeyMeaning::VpceAccount, Presence::Sometimes, false, ANY),
    ("aws:vpceorgid", KeyMeaning::VpceOrganization, Presence::Sometimes, false, ANY),
    ("aws:vpceorgpaths", KeyMeaning::VpceOrganizationPath, Presence::Sometimes, true, ANY),
    ("aws:sourceip", KeyMeaning::SourceIp, Presence::Sometimes, false, ANY),
    ("aws:vpcsourceip", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    // The request. Source: the same page, properties of the request.
    ("aws:calledvia", KeyMeaning::CallerControlled, Presence::Sometimes, true, ANY),
    ("aws:calledviafirst", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:calledvialast", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:calledviaawsmcp", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:currenttime", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:epochtime", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:referer", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:securetransport", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:tagkeys", KeyMeaning::CallerControlled, Presence::Sometimes, true, ANY),
    ("aws:useragent", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:viaawsmcpservice", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:viaawsservice", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    // How the call is made. Source: KMS developer guide, "AWS KMS condition keys".
    ("kms:viaservice", KeyMeaning::ViaService, Presence::Sometimes, false, ANY),
    ("kms:grantisforawsresource", KeyMeaning::GrantIsForAwsResource, Presence::Sometimes, false, GRANTS),
    ("kms:granteeprincipal", KeyMeaning::GrantTarget, Presence::Sometimes, false, CREATE_GRANT),
    ("kms:granteeserviceprincipal", KeyMeaning::GrantTarget, Presence::Sometimes, false, CREATE_GRANT),
    ("kms:grantconstraintsourcearn", KeyMeaning::GrantTarget, Presence::Sometimes, false, CREATE_GRANT),
    ("kms:grantconstrainttype", KeyMeaning::GrantTarget, Presence::Sometimes, false, CREATE_GRANT),
    ("kms:grantoperations", KeyMeaning::GrantOperations, Presence::Sometimes, true, CREATE_GRANT),
    ("kms:retiringprincipal", KeyMeaning::CallerControlled, Presence::Sometimes, false, CREATE_GRANT),
    ("kms:encryptioncontextkeys", KeyMeaning::CallerControlled, Presence::Sometimes, true, SYMMETRIC),
    ("kms:bypasspolicylockoutsafetycheck", KeyMeaning::CallerControlled, Presence::Sometimes, false, PUT_KEY_POLICY),
    (
        "kms:schedulekeydeletionpendingwindowindays",
        KeyMeaning::CallerControlled,
        Presence::Sometimes,
        false,
        SCHEDULE_KEY_DELETION,
    ),
    ("kms:expirationmodel", KeyMeaning::CallerControlled, Presence::Sometimes, false, IMPORT),
    ("kms:validto", KeyMeaning::CallerControlled, Presence::Sometimes, false, IMPORT),
    ("kms:datakeypairspec", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("kms:encryptionalgorithm", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("kms:keyagreementalgorithm", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("kms:macalgorithm", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("kms:messagetype", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("kms:primaryregion", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("kms:reencryptonsamekey", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("kms:replicaregion", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("kms:requestalias", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("kms:rotationperiodindays", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("kms:signingalgorithm", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("kms:wrappingalgorithm", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("kms:wrappingkeyspec", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    // The key itself. Source: the same pages, properties of the resource.
    ("aws:resourceaccount", KeyMeaning::ResourceAccount, Presence::Always, false, ANY),
    ("aws:resourceorgid", KeyMeaning::ResourceOrganization, Presence::Sometimes, false, ANY),
    ("aws:resourceorgpaths", KeyMeaning::KeyProperty, Presence::Sometimes, true, ANY),
    ("aws:requestedregion", KeyMeaning::KeyProperty, Presence::Always, false, ANY),
    ("kms:customermasterkeyspec", KeyMeaning::KeyProperty, Presence::Sometimes, false, ANY),
    ("kms:customermasterkeyusage", KeyMeaning::KeyProperty, Presence::Sometimes, false, ANY),
    ("kms:keyspec", KeyMeaning::KeyProperty, Presence::Sometimes, false, ANY),
    ("kms:keyusage", KeyMeaning::KeyProperty, Presence::Sometimes, false, ANY),
    ("kms:keyorigin", KeyMeaning::KeyProperty, Presence::Sometimes, false, ANY),
    ("kms:multiregion", KeyMeaning::KeyProperty, Presence::Sometimes, false, ANY),
    ("kms:multiregionkeytype", KeyMeaning::KeyProperty, Presence::Sometimes, false, ANY),
    ("kms:resourcealiases", KeyMeaning::KeyProperty, Presence::Sometimes, true, ANY),
];

/// Prefixes of keys that end in a name of the user's choice.
const PREFIXES: &[Row] = &[
    ("kms:encryptioncontext:", KeyMeaning::EncryptionContext, Presence::Sometimes, false, SYMMETRIC),
    ("kms:recipientattestation:", KeyMeaning::CallerControlled, Presence::Sometimes, false, ATTESTED),
    ("aws:requesttag/", KeyMeaning::CallerControlled, Presence::Sometimes, false, ANY),
    ("aws:principaltag/", KeyMeaning::SelfAssigned, Presence::Sometimes, false, ANY),
    ("aws:resourcetag/", KeyMeaning::KeyProperty, Presence::Sometimes, false, ANY),
];

/// What the keys name that restrict who calls, from where or for whom. A key that is in no table and names none of them is
/// taken for a mistake: nothing shows that any request carries it.
const RESTRICTING: [&str; 22] = [
    "account",
    "arn",
    "caller",
    "called",
    "credential",
    "device",
    "endpoint",
    "federat",
    "identity",
    "instance",
    "ip",
    "network",
    "org",
    "owner",
    "principal",
    "region",
    "resource",
    "service",
    "session",
    "source",
    "user",
    "vpc",
];

/// True for a name that AWS could have given to a new key in requests to this service.
fn may_be_new(name: &str, service: Service) -> bool {
    let own = name.starts_with("aws:") || service.owns_key(name);
    let name = name.split_once(':').map_or("", |(_, name)| name);
    own && RESTRICTING.iter().any(|word| name.contains(word))
}

impl Key {
    /// The key with this name in any letter case, in requests to this service.
    pub(super) fn of(name: &str, service: Service) -> Self {
        let name = name.to_ascii_lowercase();
        if service != Service::Kms && Service::Kms.owns_key(&name) {
            let meaning = KeyMeaning::OtherService;
            return Self { meaning, presence: Presence::Sometimes, multivalued: false, actions: ANY };
        }
        let exact = KEYS.iter().find(|(known, ..)| *known == name);
        let row = exact.or_else(|| PREFIXES.iter().find(|(prefix, ..)| name.starts_with(prefix)));
        let unknown = if may_be_new(&name, service) { KeyMeaning::Unknown } else { KeyMeaning::CallerControlled };
        let unknown = &("", unknown, Presence::Sometimes, false, ANY);
        let &(_, meaning, presence, multivalued, actions) = row.unwrap_or(unknown);
        Self { meaning, presence, multivalued, actions }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lower_case() {
        let mut names: Vec<_> = KEYS.iter().chain(PREFIXES).map(|(name, ..)| *name).collect();
        assert!(names.iter().all(|name| *name == name.to_ascii_lowercase()));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KEYS.len() + PREFIXES.len());
    }

    #[test]
    fn letter_case_is_ignored() {
        assert_eq!(Key::of("KMS:callerACCOUNT", Service::Kms).meaning, KeyMeaning::CallerAccount);
        assert_eq!(Key::of("kms:EncryptionContext:aws:sqs:arn", Service::Kms).meaning, KeyMeaning::EncryptionContext);
    }

    #[test]
    fn keys_of_kms_are_sent_to_kms_only() {
        for service in [Service::CloudTrail, Service::Kinesis, Service::Msk] {
            assert_eq!(Key::of("kms:CallerAccount", service).meaning, KeyMeaning::OtherService);
            assert_eq!(Key::of("aws:PrincipalAccount", service).meaning, KeyMeaning::Account);
        }
        assert_eq!(Key::of("cloudtrail:ExternalId", Service::CloudTrail).meaning, KeyMeaning::CallerControlled);
        assert_eq!(Key::of("kafka-cluster:SourceNetwork", Service::Msk).meaning, KeyMeaning::Unknown);
        assert_eq!(Key::of("kafka-cluster:SourceNetwork", Service::Kinesis).meaning, KeyMeaning::CallerControlled);
    }

    #[test]
    fn a_key_in_no_table_may_be_new_or_a_mistake() {
        for name in ["aws:SourceSubnet", "aws:PrincipalCostCenter", "aws:VpceTag", "kms:CallerNetwork"] {
            assert_eq!(Key::of(name, Service::Kms).meaning, KeyMeaning::Unknown, "{name}");
        }
        for name in ["aws:NotAKey", "s3:prefix", "ec2:Vpc", "sourceVpc", ""] {
            assert_eq!(Key::of(name, Service::Kms).meaning, KeyMeaning::CallerControlled, "{name}");
        }
    }
}
