//! Firehose streams: `CreateDeliveryStream`, `UpdateDestination`, `StartDeliveryStreamEncryption`,
//! `StopDeliveryStreamEncryption`.
//!
//! Three encryptions are independent of each other: server-side encryption of the stream itself (SSE), the encryption of the
//! objects that it writes to S3, and TLS to its source and its destinations.
//!
//! <https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html>

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::kinesis_stream;
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;
use crate::connector;
use crate::util::text::plain;

/// What a call says about a Firehose stream.
#[derive(Debug, Clone)]
pub(crate) struct FirehoseStream {
    /// True for `CreateDeliveryStream`.
    pub created: bool,
    /// Where the data comes from.
    pub source: Source,
    /// Server-side encryption of the stream; absent if the call does not change it.
    pub sse: Field<Sse>,
    /// True if a later call started the server-side encryption of a new stream, which is evaluated itself.
    pub started_later: bool,
    /// Why a look-up did not show the encryption of a new stream.
    pub unresolved: Option<Unresolved>,
    /// The destination that an update changes.
    pub destination_id: Option<String>,
    /// Every S3 configuration in the call.
    pub s3_destinations: Vec<S3Destination>,
    /// A destination of a type that this version does not know, by the name of its member.
    pub unknown_destination: Option<String>,
    /// TLS to a database source: `sSLMode`. `None` if there is no such source.
    pub database_tls: Option<Field<bool>>,
    /// Endpoints whose URL is in the record.
    pub endpoints: Vec<Endpoint>,
    /// The destinations that take credentials.
    pub credentials: Vec<Credential>,
}

/// Where a stream's data comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Producers put records into the stream itself.
    DirectPut,
    /// A Kinesis data stream.
    Kinesis {
        /// The data stream's ARN.
        arn: Option<String>,
        /// Whether it is encrypted; `None` if it was not looked up.
        encrypted: Option<Result<bool, Unresolved>>,
    },
    /// An MSK cluster or a database: Firehose stores no data of its own.
    Other(&'static str),
    /// The record does not say.
    Unknown,
}

/// Server-side encryption of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sse {
    /// Off.
    Off,
    /// With a key that AWS owns.
    AwsOwned,
    /// With a customer managed key.
    Customer(Field<KeyRef>),
    /// The configuration is there, but does not say which of these: why.
    Unclear(String),
}

/// One S3 configuration of a stream.
#[derive(Debug, Clone)]
pub(crate) struct S3Destination {
    /// Its path in the record.
    pub path: String,
    /// The kind of destination that it belongs to, and its place there; `None` if the record does not show it.
    pub place: Option<(&'static DestinationKind, &'static S3Place)>,
    /// How the objects there are encrypted.
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

/// A kind of destination, as the API, the AWS CLI and Terraform call it.
#[derive(Debug)]
pub(crate) struct DestinationKind {
    /// The member of `CreateDeliveryStream`.
    created: &'static str,
    /// The member of `UpdateDestination`.
    updated: &'static str,
    /// The option of `aws firehose update-destination`.
    pub option: &'static str,
    /// The block in Terraform's `aws_kinesis_firehose_delivery_stream`.
    pub block: &'static str,
    /// Where it has S3 configurations.
    places: &'static [S3Place],
}

/// Where a destination has an S3 configuration.
#[derive(Debug)]
pub(crate) struct S3Place {
    /// The member of a new destination; empty for the destination itself.
    created: &'static str,
    /// The member of an update; empty for the destination itself.
    updated: &'static str,
    /// The same with a capital, as the AWS CLI calls it, and required members of it.
    pub cli: &'static str,
    /// The block in Terraform; empty for that of the destination itself.
    pub block: &'static str,
}

/// An endpoint that data is sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Its path in the record.
    pub path: &'static str,
    /// What may be displayed of its URL: the scheme and the host.
    pub url: Field<String>,
}

/// A destination that takes credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    /// The path of the destination in the record.
    pub path: &'static str,
    /// The members that hold a credential; redacted or omitted if the whole destination is. Their values are never read.
    pub inline: Field<Vec<&'static str>>,
    /// True if Secrets Manager supplies the credentials. Absent in a new destination means false, in an update that it
    /// stays as it was.
    pub secrets_manager: Field<bool>,
    /// True for a new destination.
    pub created: bool,
}

const ITSELF: S3Place = S3Place { created: "", updated: "", cli: "", block: "" };
const INTERMEDIATE: S3Place =
    S3Place { created: "s3Configuration", updated: "s3Update", cli: "S3Update", block: "s3_configuration" };
const BACKUP: S3Place = S3Place {
    created: "s3BackupConfiguration",
    updated: "s3BackupUpdate",
    cli: "S3BackupUpdate",
    block: "s3_backup_configuration",
};

/// The kinds of destinations, from the API model of Firehose.
static DESTINATIONS: [DestinationKind; 10] = [
    DestinationKind {
        created: "s3DestinationConfiguration",
        updated: "s3DestinationUpdate",
        option: "s3-destination-update",
        block: "extended_s3_configuration", // Terraform has no other
        places: &[ITSELF],
    },
    DestinationKind {
        created: "extendedS3DestinationConfiguration",
        updated: "extendedS3DestinationUpdate",
        option: "extended-s3-destination-update",
        block: "extended_s3_configuration",
        places: &[ITSELF, BACKUP],
    },
    DestinationKind {
        created: "redshiftDestinationConfiguration",
        updated: "redshiftDestinationUpdate",
        option: "redshift-destination-update",
        block: "redshift_configuration",
        places: &[INTERMEDIATE, BACKUP],
    },
    DestinationKind {
        created: "elasticsearchDestinationConfiguration",
        updated: "elasticsearchDestinationUpdate",
        option: "elasticsearch-destination-update",
        block: "elasticsearch_configuration",
        places: &[INTERMEDIATE],
    },
    DestinationKind {
        created: "amazonopensearchserviceDestinationConfiguration",
        updated: "amazonopensearchserviceDestinationUpdate",
        option: "amazonopensearchservice-destination-update",
        block: "opensearch_configuration",
        places: &[INTERMEDIATE],
    },
    DestinationKind {
        created: "amazonOpenSearchServerlessDestinationConfiguration",
        updated: "amazonOpenSearchServerlessDestinationUpdate",
        option: "amazon-open-search-serverless-destination-update",
        block: "opensearchserverless_configuration",
        places: &[INTERMEDIATE],
    },
    DestinationKind {
        created: "splunkDestinationConfiguration",
        updated: "splunkDestinationUpdate",
        option: "splunk-destination-update",
        block: "splunk_configuration",
        places: &[INTERMEDIATE],
    },
    DestinationKind {
        created: "httpEndpointDestinationConfiguration",
        updated: "httpEndpointDestinationUpdate",
        option: "http-endpoint-destination-update",
        block: "http_endpoint_configuration",
        places: &[INTERMEDIATE],
    },
    DestinationKind {
        created: "snowflakeDestinationConfiguration",
        updated: "snowflakeDestinationUpdate",
        option: "snowflake-destination-update",
        block: "snowflake_configuration",
        places: &[INTERMEDIATE],
    },
    DestinationKind {
        created: "icebergDestinationConfiguration",
        updated: "icebergDestinationUpdate",
        option: "iceberg-destination-update",
        block: "iceberg_configuration",
        // not `s3Update`: an update holds a whole S3 configuration, with its required members
        places: &[S3Place { updated: "s3Configuration", cli: "S3Configuration", ..INTERMEDIATE }],
    },
];

impl DestinationKind {
    /// The kind whose member in a call has this name.
    pub(crate) fn of(member: &str) -> Option<&'static DestinationKind> {
        DESTINATIONS
            .iter()
            .find(|kind| member.eq_ignore_ascii_case(kind.created) || member.eq_ignore_ascii_case(kind.updated))
    }

    fn member(&self, created: bool) -> &'static str {
        if created { self.created } else { self.updated }
    }
}

impl S3Place {
    fn member(&self, created: bool) -> &'static str {
        if created { self.created } else { self.updated }
    }

    /// True for the copy of the source records, which a setting switches on.
    fn is_backup(&self) -> bool {
        self.created == BACKUP.created
    }
}

/// Destinations that need credentials, and the members that may hold them in plaintext.
const CREDENTIALS: [(&str, &[&[&str]]); 8] = [
    ("redshiftDestinationConfiguration", &[&["password"]]),
    ("redshiftDestinationUpdate", &[&["password"]]),
    ("splunkDestinationConfiguration", &[&["hECToken"]]),
    ("splunkDestinationUpdate", &[&["hECToken"]]),
    ("snowflakeDestinationConfiguration", &[&["privateKey"], &["keyPassphrase"]]),
    ("snowflakeDestinationUpdate", &[&["privateKey"], &["keyPassphrase"]]),
    ("httpEndpointDestinationConfiguration", &[&["endpointConfiguration", "accessKey"]]),
    ("httpEndpointDestinationUpdate", &[&["endpointConfiguration", "accessKey"]]),
];

/// Endpoints whose URL the caller chooses: the path as text, and in parts.
const ENDPOINTS: [(&str, &[&str]); 4] = [
    ("splunkDestinationConfiguration.hECEndpoint", &["splunkDestinationConfiguration", "hECEndpoint"]),
    ("splunkDestinationUpdate.hECEndpoint", &["splunkDestinationUpdate", "hECEndpoint"]),
    (
        "httpEndpointDestinationConfiguration.endpointConfiguration.url",
        &["httpEndpointDestinationConfiguration", "endpointConfiguration", "url"],
    ),
    (
        "httpEndpointDestinationUpdate.endpointConfiguration.url",
        &["httpEndpointDestinationUpdate", "endpointConfiguration", "url"],
    ),
];

impl FirehoseStream {
    /// Reads a call on a Firehose stream.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, FirehoseStream) {
        let created = call.name == "CreateDeliveryStream";
        let request = call.payload.request();
        let sse = request.get("deliveryStreamEncryptionConfigurationInput");
        let stream = FirehoseStream {
            created,
            source: source(request),
            sse: match call.name {
                "CreateDeliveryStream" if sse == Field::Absent => Field::Present(Sse::Off),
                // without a configuration the API uses an AWS owned key
                "StartDeliveryStreamEncryption" if sse == Field::Absent => Field::Present(Sse::AwsOwned),
                "CreateDeliveryStream" | "StartDeliveryStreamEncryption" => read_sse(sse, call.scope),
                "StopDeliveryStreamEncryption" => Field::Present(Sse::Off),
                _ => Field::Absent,
            },
            started_later: false,
            unresolved: None,
            destination_id: call.requested("destinationId").map(str::to_owned),
            s3_destinations: s3_destinations(call, created),
            unknown_destination: unknown_destination(request),
            database_tls: match request.get("databaseSourceConfiguration") {
                Field::Absent => None,
                Field::Omitted => None, // `endpoints` has an entry for the omitted request
                node => Some(match node.get("sSLMode").text() {
                    Field::Present(mode) if mode.eq_ignore_ascii_case("enabled") => Field::Present(true),
                    Field::Present(mode) if mode.eq_ignore_ascii_case("disabled") => Field::Present(false),
                    Field::Present(_) => Field::Redacted,
                    other => other.map(|_| false),
                }),
            },
            endpoints: endpoints(call),
            credentials: credentials(call, created).into_iter().chain(credentials_in_endpoints(call)).collect(),
        };
        let name = call.requested("deliveryStreamName");
        let arn = call.arn("deliveryStreamARN", "deliveryStreamARN");
        let arn = arn.or_else(|| call.build_arn("firehose", format!("deliverystream/{}", name?)));
        (Resource::new("AWS::KinesisFirehose::DeliveryStream", arn, name), stream)
    }

    /// The keys that the call names.
    pub(crate) fn keys(&self) -> Vec<&KeyRef> {
        let sse = match &self.sse {
            Field::Present(Sse::Customer(Field::Present(key))) if !self.started_later => Some(key),
            _ => None,
        };
        let destinations = self.s3_destinations.iter().filter_map(|destination| match &destination.encryption {
            Field::Present(S3Encryption::Kms(Field::Present(key))) => Some(key),
            _ => None,
        });
        sse.into_iter().chain(destinations).collect()
    }

    /// The ARN of the Kinesis data stream that it reads from.
    pub(crate) fn source_arn(&self) -> Option<&str> {
        match &self.source {
            Source::Kinesis { arn, .. } => arn.as_deref(),
            _ => None,
        }
    }

    fn is_encrypted(&self) -> bool {
        matches!(self.sse, Field::Present(Sse::AwsOwned | Sse::Customer(_)))
    }

    /// Fills in the server-side encryption of a new stream, according to the calls that followed.
    pub(crate) fn add_later(&mut self, sse: Field<Sse>) {
        self.sse = sse;
        self.started_later = self.is_encrypted();
    }

    /// True for a new stream whose encryption a second call may still start, or whose source decides.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.created && !self.is_encrypted() && !matches!(self.source, Source::Other(_))
    }

    /// Fills in the server-side encryption of a new stream from the answer of `DescribeDeliveryStream`, and its source if
    /// the record does not show it. `started_by_record` is true if a record of the call that started the encryption is
    /// evaluated too.
    pub(crate) fn add_description(
        &mut self,
        described: Result<Node<'_>, Unresolved>,
        started_by_record: bool,
        scope: Scope<'_>,
    ) {
        if !self.is_incomplete() {
            return;
        }
        let described = match described {
            Ok(described) => described,
            Err(unresolved) => return self.unresolved = Some(unresolved),
        };
        let sse = described.get("DeliveryStreamEncryptionConfiguration");
        self.unresolved = match (sse.get("Status").text(), described.get("DeliveryStreamStatus").text()) {
            (Field::Present("ENABLED"), _) => None,
            (_, Field::Present("DELETING")) => Some(Unresolved::Deleted),
            (Field::Present(status @ ("ENABLING" | "DISABLING")), _) | (_, Field::Present(status @ "CREATING")) => {
                Some(Unresolved::InProgress(status.to_owned()))
            }
            _ => None,
        };
        let enabled = sse.get("Status").text() == Field::Present("ENABLED");
        let created_without = self.sse == Field::Present(Sse::Off);
        self.sse = if enabled { read_sse(sse, scope) } else { Field::Present(Sse::Off) };
        self.started_later = started_by_record && created_without && self.is_encrypted();
        if self.source == Source::Unknown {
            let arn = described.at(&["Source", "KinesisStreamSourceDescription", "KinesisStreamARN"]).text().value();
            self.source = match source(described) {
                Source::Kinesis { .. } => Source::Kinesis { arn: arn.map(str::to_owned), encrypted: None },
                source => source,
            };
        }
    }

    /// Fills in the encryption of the Kinesis data stream that it reads from, from the answer of `DescribeStreamSummary`.
    pub(crate) fn add_source_description(&mut self, summary: Result<Node<'_>, Unresolved>) {
        let Source::Kinesis { encrypted, .. } = &mut self.source else { return };
        *encrypted = match summary {
            Ok(summary) => kinesis_stream::is_encrypted(summary).map(Ok),
            Err(unresolved) => Some(Err(unresolved)),
        };
    }
}

fn read_sse(node: Node<'_>, scope: Scope<'_>) -> Field<Sse> {
    match node.get("keyType").text() {
        Field::Present("AWS_OWNED_CMK") => Field::Present(Sse::AwsOwned),
        Field::Present("CUSTOMER_MANAGED_CMK") => {
            Field::Present(Sse::Customer(node.get("keyARN").text().map(|given| KeyRef::read(given, scope))))
        }
        Field::Present(other) => {
            Field::Present(Sse::Unclear(format!("this version does not know the key type `{}`", plain(other))))
        }
        // the API requires the member
        Field::Absent => Field::Present(Sse::Unclear(Field::<()>::Absent.missing("keyType"))),
        other => other.map(|_| Sse::Off),
    }
}

fn source(request: Node<'_>) -> Source {
    let kinesis = || Source::Kinesis {
        arn: request.at(&["kinesisStreamSourceConfiguration", "kinesisStreamARN"]).text().value().map(str::to_owned),
        encrypted: None,
    };
    match request.get("deliveryStreamType").text() {
        Field::Present("KinesisStreamAsSource") => kinesis(),
        Field::Present("MSKAsSource") => Source::Other("an MSK cluster"),
        Field::Present("DatabaseAsSource") => Source::Other("a database"),
        Field::Present("DirectPut") => Source::DirectPut,
        Field::Absent if request.get("kinesisStreamSourceConfiguration").is_present() => kinesis(),
        Field::Absent if request.get("mSKSourceConfiguration").is_present() => Source::Other("an MSK cluster"),
        Field::Absent if request.get("databaseSourceConfiguration").is_present() => Source::Other("a database"),
        Field::Absent => Source::DirectPut, // the API's default
        Field::Present(_) | Field::Redacted | Field::Omitted => Source::Unknown,
    }
}

fn s3_destinations(call: &Call<'_>, created: bool) -> Vec<S3Destination> {
    let mut found = Vec::new();
    if !created && call.name != "UpdateDestination" {
        return found;
    }
    let request = call.payload.request();
    if request == Field::Omitted {
        let path = "requestParameters".to_owned();
        return vec![S3Destination { path, place: None, encryption: Field::Omitted }];
    }
    for kind in &DESTINATIONS {
        let destination = request.get(kind.member(created));
        if destination == Field::Absent {
            continue;
        }
        let backup_mode = destination.get("s3BackupMode").text();
        let is_mode = |wanted: &str| matches!(backup_mode, Field::Present(mode) if mode.eq_ignore_ascii_case(wanted));
        let (starts_backup, stops_backup) = (!created && is_mode("enabled"), is_mode("disabled"));
        for place in kind.places {
            let member = place.member(created);
            let node = if member.is_empty() { destination } else { destination.get(member) };
            let is_backup = place.is_backup();
            if node == Field::Absent && !(is_backup && starts_backup) || is_backup && stops_backup {
                continue;
            }
            let path = match member {
                "" => kind.member(created).to_owned(),
                member => format!("{}.{member}", kind.member(created)),
            };
            let encryption = match s3_encryption(node.get("encryptionConfiguration"), call.scope) {
                Field::Absent if created => Field::Present(S3Encryption::None), // the API's default
                // a backup that exists keeps its encryption, but a backup that is switched on has none yet
                Field::Absent if is_backup && starts_backup => Field::Present(S3Encryption::Unclear),
                encryption => encryption,
            };
            found.push(S3Destination { path, place: Some((kind, place)), encryption });
        }
    }
    found
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

fn unknown_destination(request: Node<'_>) -> Option<String> {
    let members = request.value()?.as_object()?;
    let is_destination =
        |name: &&String| name.ends_with("DestinationConfiguration") || name.ends_with("DestinationUpdate");
    members.keys().filter(is_destination).find(|name| DestinationKind::of(name).is_none()).cloned()
}

fn endpoints(call: &Call<'_>) -> Vec<Endpoint> {
    let request = call.payload.request();
    let read = |(path, names): &(&'static str, &[&str])| {
        let url = request.at(names).text();
        let hidden = match names.first().map(|destination| request.get(destination)) {
            // CloudTrail always redacts the URL of an HTTP endpoint, and the API accepts only https there.
            Some(Field::Present(value)) => !value.is_object() || path.starts_with("splunk"),
            _ => true,
        };
        match url {
            Field::Absent | Field::Present("") => None,
            Field::Redacted | Field::Omitted if !hidden => None,
            url => Some(Endpoint { path, url: url.map(connector::display_address) }),
        }
    };
    match request {
        Field::Omitted => omitted(call, |path| Endpoint { path, url: Field::Omitted }),
        _ => ENDPOINTS.iter().filter_map(read).collect(),
    }
}

/// Destinations whose endpoint has a credential in its URL, which Secrets Manager does not replace.
///
/// Only Splunk's can: the API model allows no parameters in `ClusterJDBCURL`, and CloudTrail redacts the other URLs.
fn credentials_in_endpoints(call: &Call<'_>) -> impl Iterator<Item = Credential> {
    let request = call.payload.request();
    ["splunkDestinationConfiguration", "splunkDestinationUpdate"].into_iter().filter_map(move |path| {
        let url = request.at(&[path, "hECEndpoint"]).text().value()?;
        let inline = Field::Present(vec!["hECEndpoint"]);
        connector::address_has_secret(url).then_some(Credential {
            path,
            inline,
            secrets_manager: Field::Absent,
            created: true,
        })
    })
}

/// One entry for all that an omitted request may have held.
fn omitted<T>(call: &Call<'_>, of: impl Fn(&'static str) -> T) -> Vec<T> {
    match call.name {
        "CreateDeliveryStream" | "UpdateDestination" => vec![of("requestParameters")],
        _ => Vec::new(),
    }
}

fn credentials(call: &Call<'_>, created: bool) -> Vec<Credential> {
    let request = call.payload.request();
    let read = |(destination, members): &(&'static str, &[&[&'static str]])| {
        let node = request.get(destination);
        let filled =
            || members.iter().filter(|names| node.at(names).is_present()).filter_map(|names| names.last().copied());
        let inline = match node {
            Field::Absent => return None,
            Field::Present(value) if value.is_object() => Field::Present(filled().collect()),
            _ => Field::Redacted,
        };
        let secrets_manager = node.at(&["secretsManagerConfiguration", "enabled"]).flag();
        Some(Credential { path: destination, inline, secrets_manager, created })
    };
    let hidden = |path| Credential { path, inline: Field::Omitted, secrets_manager: Field::Omitted, created };
    match request {
        Field::Omitted => omitted(call, hidden),
        _ => CREDENTIALS.iter().filter_map(read).collect(),
    }
}
