//! Firehose streams: `CreateDeliveryStream`, `UpdateDestination`, `StartDeliveryStreamEncryption`,
//! `StopDeliveryStreamEncryption`.
//!
//! Three encryptions are independent of each other: that of the stream itself (SSE), that of each
//! S3 bucket it writes to, and TLS to what it reads from and writes to.
//!
//! <https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html>

use super::{Call, Configuration, Open, kinesis_stream};
use crate::key::{KeyRef, Place};
use crate::resource::Resource;
use crate::said::{Node, Said};

/// What a call says about a Firehose stream.
#[derive(Debug, Clone)]
pub struct FirehoseStream {
    /// True for `CreateDeliveryStream`.
    pub created: bool,
    /// Where the data comes from.
    pub source: Source,
    /// Server-side encryption of the stream; not said where the call does not touch it.
    pub sse: Said<Sse>,
    /// Why it cannot be told what became of the encryption of a new stream.
    pub open: Option<Open>,
    /// Every S3 configuration that the call holds.
    pub places: Vec<S3Place>,
    /// A member that looks like a destination of a kind that is not known here.
    pub unknown_destination: Option<String>,
    /// TLS to a database source: `sSLMode`. Not said where there is no such source.
    pub database_tls: Option<Said<bool>>,
    /// Endpoints whose URL stands in the record.
    pub endpoints: Vec<Endpoint>,
    /// Places for credentials, and how they are filled.
    pub credentials: Vec<Credential>,
}

/// Where a stream's data comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Producers put records into the stream itself.
    DirectPut,
    /// A Kinesis data stream.
    Kinesis {
        /// The data stream's ARN.
        arn: Option<String>,
        /// Whether it is encrypted; none where nobody looked.
        encrypted: Option<Result<bool, Open>>,
    },
    /// An MSK cluster or a database: Firehose keeps no data of its own.
    Other(&'static str),
    /// The record does not tell.
    Unknown,
}

/// Server-side encryption of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sse {
    /// Switched off.
    Off,
    /// With a key that AWS owns.
    AwsOwned,
    /// With a customer managed key.
    Customer(Said<KeyRef>),
}

/// One S3 configuration of a stream.
#[derive(Debug, Clone)]
pub struct S3Place {
    /// Its path in the record.
    pub path: String,
    /// How objects there are encrypted.
    pub encryption: Said<S3Encryption>,
}

/// What a stream asks of S3 for the objects it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum S3Encryption {
    /// `NoEncryption`: the bucket's default decides.
    None,
    /// SSE-KMS with this key.
    Kms(Said<KeyRef>),
}

/// An endpoint that data is sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its path in the record.
    pub path: &'static str,
    /// The scheme and host of its URL: credentials and query are dropped when it is read.
    pub url: Said<String>,
}

/// A place for credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The path of the destination in the record.
    pub path: &'static str,
    /// The members that hold a credential; not said by calls with another purpose, hidden where the
    /// whole destination is. Their values are never read.
    pub inline: Said<Vec<&'static str>>,
    /// True where Secrets Manager supplies the credentials.
    pub secrets_manager: bool,
}

/// The S3 configurations: destination member, then the path inside it. `created` ones belong to
/// `CreateDeliveryStream`, the others to `UpdateDestination`.
const PLACES: [(bool, &str, &[&str]); 24] = [
    (true, "s3DestinationConfiguration", &[]),
    (true, "extendedS3DestinationConfiguration", &[]),
    (true, "extendedS3DestinationConfiguration", &["s3BackupConfiguration"]),
    (true, "redshiftDestinationConfiguration", &["s3Configuration"]),
    (true, "redshiftDestinationConfiguration", &["s3BackupConfiguration"]),
    (true, "elasticsearchDestinationConfiguration", &["s3Configuration"]),
    (true, "amazonopensearchserviceDestinationConfiguration", &["s3Configuration"]),
    (true, "amazonOpenSearchServerlessDestinationConfiguration", &["s3Configuration"]),
    (true, "splunkDestinationConfiguration", &["s3Configuration"]),
    (true, "httpEndpointDestinationConfiguration", &["s3Configuration"]),
    (true, "snowflakeDestinationConfiguration", &["s3Configuration"]),
    (true, "icebergDestinationConfiguration", &["s3Configuration"]),
    (false, "s3DestinationUpdate", &[]),
    (false, "extendedS3DestinationUpdate", &[]),
    (false, "extendedS3DestinationUpdate", &["s3BackupUpdate"]),
    (false, "redshiftDestinationUpdate", &["s3Update"]),
    (false, "redshiftDestinationUpdate", &["s3BackupUpdate"]),
    (false, "elasticsearchDestinationUpdate", &["s3Update"]),
    (false, "amazonopensearchserviceDestinationUpdate", &["s3Update"]),
    (false, "amazonOpenSearchServerlessDestinationUpdate", &["s3Update"]),
    (false, "splunkDestinationUpdate", &["s3Update"]),
    (false, "httpEndpointDestinationUpdate", &["s3Update"]),
    (false, "snowflakeDestinationUpdate", &["s3Update"]),
    (false, "icebergDestinationUpdate", &["s3Configuration"]), // not `s3Update`: so the API model
];

/// Destinations that need credentials, and the members that may hold them in the clear.
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

/// Endpoints whose URL the caller chooses.
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
    pub fn read<'a>(call: &Call<'a>) -> (Resource, Configuration<'a>) {
        let created = call.name == "CreateDeliveryStream";
        let request = call.bodies.request();
        let sse = request.get("deliveryStreamEncryptionConfigurationInput");
        let stream = FirehoseStream {
            created,
            source: source(request),
            sse: match call.name {
                "CreateDeliveryStream" if sse == Said::NotSaid => Said::Said(Sse::Off),
                // without a configuration the API takes an AWS owned key
                "StartDeliveryStreamEncryption" if sse == Said::NotSaid => Said::Said(Sse::AwsOwned),
                "CreateDeliveryStream" | "StartDeliveryStreamEncryption" => read_sse(sse, call.place),
                "StopDeliveryStreamEncryption" => Said::Said(Sse::Off),
                _ => Said::NotSaid,
            },
            open: None,
            places: places(call, created),
            unknown_destination: unknown_destination(request),
            database_tls: match request.get("databaseSourceConfiguration") {
                Said::NotSaid => None,
                Said::Omitted => None, // the endpoints stand for it
                node => Some(match node.get("sSLMode").text() {
                    Said::Said(mode) if mode.eq_ignore_ascii_case("enabled") => Said::Said(true),
                    Said::Said(mode) if mode.eq_ignore_ascii_case("disabled") => Said::Said(false),
                    Said::Said(_) => Said::Redacted,
                    other => other.map(|_| false),
                }),
            },
            endpoints: endpoints(call),
            credentials: credentials(call),
        };
        let name = call.requested("deliveryStreamName");
        let arn = call.arn("deliveryStreamARN", "deliveryStreamARN");
        let arn = arn.or_else(|| call.built("firehose", format!("deliverystream/{}", name?)));
        (Resource::new("AWS::KinesisFirehose::DeliveryStream", arn, name), Configuration::FirehoseStream(stream))
    }

    /// The keys that the call names.
    pub fn keys(&self) -> Vec<&KeyRef> {
        let sse = match &self.sse {
            Said::Said(Sse::Customer(Said::Said(key))) => Some(key),
            _ => None,
        };
        let places = self.places.iter().filter_map(|place| match &place.encryption {
            Said::Said(S3Encryption::Kms(Said::Said(key))) => Some(key),
            _ => None,
        });
        sse.into_iter().chain(places).collect()
    }

    /// The ARN of the Kinesis data stream that it reads from.
    pub fn source_arn(&self) -> Option<&str> {
        match &self.source {
            Source::Kinesis { arn, .. } => arn.as_deref(),
            _ => None,
        }
    }

    /// True for a new stream whose encryption a second call may still switch on, or whose source is still to be judged.
    pub fn settles(&self) -> bool {
        let on = matches!(self.sse, Said::Said(Sse::AwsOwned | Sse::Customer(_)));
        self.created && !on && !matches!(self.source, Source::Other(_))
    }

    /// A new stream as `DescribeDeliveryStream` shows its server-side encryption, and its source where the record does
    /// not tell that.
    pub(crate) fn described(&mut self, described: Result<Node<'_>, Open>, place: Place<'_>) {
        if !self.settles() {
            return;
        }
        let described = match described {
            Ok(described) => described,
            Err(open) => return self.open = Some(open),
        };
        let sse = described.get("DeliveryStreamEncryptionConfiguration");
        self.open = match (sse.get("Status").text(), described.get("DeliveryStreamStatus").text()) {
            (Said::Said("ENABLED"), _) => None,
            (_, Said::Said("DELETING")) => Some(Open::Gone),
            (Said::Said(status @ ("ENABLING" | "DISABLING")), _) | (_, Said::Said(status @ "CREATING")) => {
                Some(Open::Unsettled(status.to_owned()))
            }
            _ => None,
        };
        let enabled = sse.get("Status").text() == Said::Said("ENABLED");
        self.sse = if enabled { read_sse(sse, place) } else { Said::Said(Sse::Off) };
        if self.source == Source::Unknown {
            let arn = described.at(&["Source", "KinesisStreamSourceDescription", "KinesisStreamARN"]).text().said();
            self.source = match source(described) {
                Source::Kinesis { .. } => Source::Kinesis { arn: arn.map(str::to_owned), encrypted: None },
                source => source,
            };
        }
    }

    /// The encryption of the Kinesis data stream that it reads from, as `DescribeStreamSummary` shows it.
    pub(crate) fn source_described(&mut self, summary: Result<Node<'_>, Open>) {
        let Source::Kinesis { encrypted, .. } = &mut self.source else { return };
        *encrypted = match summary {
            Ok(summary) => kinesis_stream::encryption(summary).map(Ok),
            Err(open) => Some(Err(open)),
        };
    }
}

fn read_sse(node: Node<'_>, place: Place<'_>) -> Said<Sse> {
    match node.get("keyType").text() {
        Said::Said("AWS_OWNED_CMK") => Said::Said(Sse::AwsOwned),
        Said::Said("CUSTOMER_MANAGED_CMK") => {
            Said::Said(Sse::Customer(node.get("keyARN").text().map(|given| KeyRef::read(given, place))))
        }
        Said::Said(_) => Said::Redacted,
        other => other.map(|_| Sse::Off),
    }
}

fn source(request: Node<'_>) -> Source {
    let kinesis = || Source::Kinesis {
        arn: request.at(&["kinesisStreamSourceConfiguration", "kinesisStreamARN"]).text().said().map(str::to_owned),
        encrypted: None,
    };
    match request.get("deliveryStreamType").text() {
        Said::Said("KinesisStreamAsSource") => kinesis(),
        Said::Said("MSKAsSource") => Source::Other("an MSK cluster"),
        Said::Said("DatabaseAsSource") => Source::Other("a database"),
        Said::Said("DirectPut") => Source::DirectPut,
        Said::NotSaid if request.get("kinesisStreamSourceConfiguration").stands() => kinesis(),
        Said::NotSaid if request.get("mSKSourceConfiguration").stands() => Source::Other("an MSK cluster"),
        Said::NotSaid if request.get("databaseSourceConfiguration").stands() => Source::Other("a database"),
        Said::NotSaid => Source::DirectPut, // the API's default
        Said::Said(_) | Said::Redacted | Said::Omitted => Source::Unknown,
    }
}

fn places(call: &Call<'_>, created: bool) -> Vec<S3Place> {
    let mut places = Vec::new();
    if !created && call.name != "UpdateDestination" {
        return places;
    }
    let request = call.bodies.request();
    if request == Said::Omitted {
        return vec![S3Place { path: "requestParameters".to_owned(), encryption: Said::Omitted }];
    }
    for (_, destination, inner) in PLACES.iter().filter(|(of_create, ..)| *of_create == created) {
        let node = request.get(destination).at(inner);
        if node == Said::NotSaid {
            continue;
        }
        let path = std::iter::once(destination).chain(*inner).copied().collect::<Vec<_>>().join(".");
        let configured = node.get("encryptionConfiguration");
        let encryption = match configured {
            Said::Said(_) if configured.get("kMSEncryptionConfig").stands() => {
                let key = configured.at(&["kMSEncryptionConfig", "aWSKMSKeyARN"]).text();
                Said::Said(S3Encryption::Kms(key.map(|given| KeyRef::read(given, call.place))))
            }
            Said::Said(value) if value.is_object() => Said::Said(S3Encryption::None),
            Said::Said(_) => Said::Redacted,
            Said::NotSaid if created => Said::Said(S3Encryption::None), // the API's default
            other => other.map(|_| S3Encryption::None),
        };
        places.push(S3Place { path, encryption });
    }
    places
}

fn unknown_destination(request: Node<'_>) -> Option<String> {
    let members = request.said()?.as_object()?;
    let is_destination =
        |name: &&String| name.ends_with("DestinationConfiguration") || name.ends_with("DestinationUpdate");
    let is_known = |name: &&String| PLACES.iter().any(|(_, known, _)| name.eq_ignore_ascii_case(known));
    members.keys().filter(is_destination).find(|name| !is_known(name)).cloned()
}

fn endpoints(call: &Call<'_>) -> Vec<Endpoint> {
    let request = call.bodies.request();
    let read = |(path, names): &(&'static str, &[&str])| {
        let url = request.at(names).text();
        let hidden = match names.first().map(|destination| request.get(destination)) {
            // The URL of an HTTP endpoint is always redacted, and the API takes it only with https.
            Some(Said::Said(value)) => !value.is_object() || path.starts_with("splunk"),
            _ => true,
        };
        match url {
            Said::NotSaid | Said::Said("") => None,
            Said::Redacted | Said::Omitted if !hidden => None,
            url => Some(Endpoint { path, url: url.map(without_credentials) }),
        }
    };
    match request {
        Said::Omitted => omitted(call, |path| Endpoint { path, url: Said::Omitted }),
        _ => ENDPOINTS.iter().filter_map(read).collect(),
    }
}

/// What stands for all that a call left out may have held.
fn omitted<T>(call: &Call<'_>, of: impl Fn(&'static str) -> T) -> Vec<T> {
    match call.name {
        "CreateDeliveryStream" | "UpdateDestination" => vec![of("requestParameters")],
        _ => Vec::new(),
    }
}

/// Scheme, host and port of a URL: what stands before `@` and behind the host may hold a secret.
fn without_credentials(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match scheme {
        "" => host.to_owned(),
        scheme => format!("{scheme}://{host}"),
    }
}

fn credentials(call: &Call<'_>) -> Vec<Credential> {
    let request = call.bodies.request();
    let read = |(destination, members): &(&'static str, &[&[&'static str]])| {
        let node = request.get(destination);
        let filled =
            || members.iter().filter(|names| node.at(names).stands()).filter_map(|names| names.last().copied());
        let inline = match node {
            Said::NotSaid => return None,
            Said::Said(value) if value.is_object() => Said::Said(filled().collect()),
            _ => Said::Redacted,
        };
        let secrets_manager = node.at(&["secretsManagerConfiguration", "enabled"]).flag() == Said::Said(true);
        Some(Credential { path: destination, inline, secrets_manager })
    };
    match request {
        Said::Omitted => omitted(call, |path| Credential { path, inline: Said::Omitted, secrets_manager: false }),
        _ => CREDENTIALS.iter().filter_map(read).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_everything_that_may_be_secret() {
        for (url, want) in [
            ("https://user:pa@ss@hec.example.com:8088/services?token=t", "https://hec.example.com:8088"),
            ("http://hec.example.com", "http://hec.example.com"),
            ("hec.example.com/x", "hec.example.com"),
            ("", ""),
        ] {
            assert_eq!(without_credentials(url), want);
        }
    }
}
