//! The destinations of a Firehose stream: where it writes objects to S3, the endpoints that it sends to, and the credentials
//! that these take.
//!
//! `CreateDeliveryStream`, `UpdateDestination` and `DescribeDeliveryStream` have the same members under different names. One
//! reader reads all three.
//!
//! <https://docs.aws.amazon.com/firehose/latest/APIReference/API_DestinationDescription.html>

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::firehose_destination_kind::{DESTINATIONS, DestinationKind, Form, S3Place};
use crate::configuration::key::{KeyRef, Scope};
use crate::connector;

/// The destinations in a call or description. A stream has one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Destinations {
    /// Every S3 configuration.
    pub s3: Vec<S3Destination>,
    /// Endpoints whose URL is shown.
    pub endpoints: Vec<Endpoint>,
    /// The destinations that take credentials.
    pub credentials: Vec<Credential>,
    /// A destination of a type that this version does not know, by the name of its member.
    pub unknown: Option<String>,
}

/// One S3 configuration of a stream.
#[derive(Debug, Clone)]
pub(crate) struct S3Destination {
    /// Its path.
    pub path: String,
    /// The path of its encryption.
    pub encryption_path: String,
    /// The kind of destination that it belongs to, and its place there; `None` if the record does not show it.
    pub place: Option<(&'static DestinationKind, &'static S3Place)>,
    /// How the objects there are encrypted. Absent in an update that leaves that as it is, or the place as a whole.
    pub encryption: Field<S3Encryption>,
}

/// The encryption that a stream requests for the objects that it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum S3Encryption {
    /// `NoEncryption`: the default of the bucket decides.
    None,
    /// SSE-KMS with this key.
    Kms(Field<KeyRef>),
    /// The update switches a backup on and does not say how its objects are encrypted.
    Unclear,
}

/// An endpoint that data is sent to.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// Its path.
    pub path: String,
    /// The kind of its destination; `None` if the record does not show it.
    pub kind: Option<&'static DestinationKind>,
    /// What may be displayed of its URL: the scheme and the host.
    pub url: Field<String>,
}

/// A destination that takes credentials.
#[derive(Debug, Clone)]
pub(crate) struct Credential {
    /// The path of the destination.
    pub path: String,
    /// The kind of the destination; `None` if the record does not show it.
    pub kind: Option<&'static DestinationKind>,
    /// What it was read from.
    pub form: Form,
    /// The members that hold a credential; redacted or omitted if the whole destination is. Their values are never read.
    pub inline: Field<Vec<String>>,
    /// True for an update that leaves the URL of an endpoint as it is, which may hold a credential.
    pub keeps_endpoint: bool,
    /// True if Secrets Manager supplies the credentials. Absent in a new destination means false, in an update that it
    /// stays as it was.
    pub secrets_manager: Field<bool>,
}

/// A destination to be read.
struct Destination<'a> {
    kind: &'static DestinationKind,
    node: Node<'a>,
    form: Form,
    path: String,
}

impl Destinations {
    /// Reads the destinations in the request of a call.
    pub(crate) fn of_request(request: Node<'_>, form: Form, scope: Scope<'_>) -> Destinations {
        let mut found = Destinations::default();
        if request == Field::Omitted {
            found.omit(form);
            return found;
        }
        found.read(request, form, "", scope);
        found
    }

    /// Reads the destinations that `DescribeDeliveryStream` shows.
    pub(crate) fn of_description(description: Node<'_>, scope: Scope<'_>) -> Destinations {
        let mut found = Destinations::default();
        let entries = description.get("Destinations").value().and_then(serde_json::Value::as_array);
        for (index, entry) in entries.into_iter().flatten().enumerate() {
            found.read(Field::Present(entry), Form::Described, &format!("Destinations[{index}]."), scope);
        }
        found
    }

    /// One entry for all that an omitted request may have held.
    fn omit(&mut self, form: Form) {
        let path = || "requestParameters".to_owned();
        let encryption_path = format!("{}.encryptionConfiguration", path());
        self.s3.push(S3Destination { path: path(), encryption_path, place: None, encryption: Field::Omitted });
        self.endpoints.push(Endpoint { path: path(), kind: None, url: Field::Omitted });
        let (inline, secrets_manager) = (Field::Omitted, Field::Omitted);
        let keeps_endpoint = false;
        self.credentials.push(Credential { path: path(), kind: None, form, inline, keeps_endpoint, secrets_manager });
    }

    /// Reads the destinations that are members of `holder`, each of which `prefix` leads to.
    fn read(&mut self, holder: Node<'_>, form: Form, prefix: &str, scope: Scope<'_>) {
        // AWS describes a destination in S3 twice, with the backup only in the extended form:
        // <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html>
        let is_twice = form == Form::Described && holder.get("ExtendedS3DestinationDescription") != Field::Absent;
        for kind in &DESTINATIONS {
            let node = holder.get(kind.member(form));
            if node == Field::Absent || is_twice && kind.described == "S3DestinationDescription" {
                continue;
            }
            let destination = Destination { kind, node, form, path: format!("{prefix}{}", kind.member(form)) };
            destination.s3(scope, &mut self.s3);
            self.endpoints.extend(destination.endpoint());
            self.credentials.extend(destination.credentials());
            self.credentials.extend(destination.credentials_in_endpoint());
        }
        let members = holder.value().and_then(serde_json::Value::as_object).into_iter().flatten();
        let suffix = match form {
            Form::Created => "DestinationConfiguration",
            Form::Updated => "DestinationUpdate",
            Form::Described => "DestinationDescription",
        };
        let is_unknown = |name: &&String| {
            name.ends_with(suffix) && !DESTINATIONS.iter().any(|kind| name.eq_ignore_ascii_case(kind.member(form)))
        };
        let unknown = members.map(|(name, _)| name).find(is_unknown);
        self.unknown = self.unknown.take().or_else(|| unknown.map(|name| format!("{prefix}{name}")));
    }
}

impl Destinations {
    /// True for an update that leaves the encryption of objects as it is in a place where the stream may write some.
    pub(crate) fn keeps_encryption(&self) -> bool {
        self.s3.iter().any(|destination| destination.encryption == Field::Absent)
    }
}

impl Destination<'_> {
    fn s3(&self, scope: Scope<'_>, found: &mut Vec<S3Destination>) {
        let &Destination { kind, node: destination, form, .. } = self;
        let backup_mode = destination.get("s3BackupMode").text();
        let is_mode = |wanted: &str| matches!(backup_mode, Field::Present(mode) if mode.eq_ignore_ascii_case(wanted));
        let (starts_backup, stops_backup) = (form == Form::Updated && is_mode("enabled"), is_mode("disabled"));
        for place in kind.places {
            let member = place.member(form);
            let node = if member.is_empty() { destination } else { destination.get(member) };
            let is_backup = place.is_backup();
            let is_absent = node == Field::Absent && !(is_backup && starts_backup) && form != Form::Updated;
            if is_absent || is_backup && stops_backup {
                continue;
            }
            let path = match member {
                "" => self.path.clone(),
                member => format!("{}.{member}", self.path),
            };
            let encryption = match s3_encryption(node.get("encryptionConfiguration"), scope) {
                Field::Absent if form != Form::Updated => Field::Present(S3Encryption::None), // the API's default
                // a backup that exists keeps its encryption, but a backup that is switched on has none yet
                Field::Absent if is_backup && starts_backup => Field::Present(S3Encryption::Unclear),
                encryption => encryption,
            };
            let encryption_path = format!("{path}.{}", form.path(&["encryptionConfiguration"]));
            found.push(S3Destination { path, encryption_path, place: Some((kind, place)), encryption });
        }
    }

    fn endpoint(&self) -> Option<Endpoint> {
        let &Destination { kind, node, form, .. } = self;
        if kind.endpoint.is_empty() {
            return None;
        }
        let hidden = match node {
            // CloudTrail always redacts the URL of an HTTP endpoint, and the API accepts only https there.
            Field::Present(value) => !value.is_object() || kind.is_splunk(),
            _ => true,
        };
        let path = || format!("{}.{}", self.path, form.path(kind.endpoint));
        match node.at(kind.endpoint).text() {
            Field::Absent | Field::Present("") => None,
            Field::Redacted | Field::Omitted if !hidden => None,
            url => Some(Endpoint { path: path(), kind: Some(kind), url: url.map(connector::display_address) }),
        }
    }

    fn credentials(&self) -> Option<Credential> {
        let &Destination { kind, node, form, .. } = self;
        if kind.secrets.is_empty() {
            return None;
        }
        // CloudTrail blanks most of the values; in a description, an empty one is none
        let is_set = |names: &&&[&str]| match node.at(names) {
            value if form == Form::Described => value.text() != Field::Present("") && value.is_present(),
            value => value.is_present(),
        };
        let inline = match node {
            Field::Present(value) if value.is_object() => {
                let set = kind.secrets.iter().filter(is_set);
                Field::Present(set.filter_map(|names| Some(form.path(&[names.last()?]))).collect())
            }
            _ => Field::Redacted,
        };
        let secrets_manager = node.at(&["secretsManagerConfiguration", "enabled"]).flag();
        let keeps_endpoint = form == Form::Updated && kind.is_splunk() && node.at(kind.endpoint) == Field::Absent;
        let path = self.path.clone();
        Some(Credential { path, kind: Some(kind), form, inline, keeps_endpoint, secrets_manager })
    }

    /// A credential in the URL of the endpoint, which Secrets Manager does not replace.
    ///
    /// Only Splunk's can have one: the API model allows no parameters in `ClusterJDBCURL`, and CloudTrail redacts the other
    /// URLs.
    fn credentials_in_endpoint(&self) -> Option<Credential> {
        let &Destination { kind, node, form, .. } = self;
        let url = node.at(kind.endpoint).text().value().filter(|_| kind.is_splunk())?;
        let inline = Field::Present(vec![form.path(kind.endpoint)]);
        // not an update of something that may come from elsewhere
        let form = if form == Form::Updated { Form::Created } else { form };
        connector::address_has_secret(url).then(|| Credential {
            path: self.path.clone(),
            kind: Some(kind),
            form,
            inline,
            keeps_endpoint: false,
            secrets_manager: Field::Absent,
        })
    }
}

fn s3_encryption(configured: Node<'_>, scope: Scope<'_>) -> Field<S3Encryption> {
    match configured {
        Field::Present(_) if configured.get("kMSEncryptionConfig").is_present() => {
            let key = configured.at(&["kMSEncryptionConfig", "aWSKMSKeyARN"]).text();
            Field::Present(S3Encryption::Kms(key.map(|given| KeyRef::read(given, scope))))
        }
        Field::Present(value) if value.is_object() => Field::Present(S3Encryption::None),
        Field::Present(_) => Field::Redacted,
        other => other.map(|_| S3Encryption::None),
    }
}
