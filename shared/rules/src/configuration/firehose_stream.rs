//! Firehose streams: `CreateDeliveryStream`, `UpdateDestination`, `StartDeliveryStreamEncryption`,
//! `StopDeliveryStreamEncryption`, and what `DescribeDeliveryStream` answers.
//!
//! Three encryptions are independent of each other: server-side encryption of the stream itself (SSE), the encryption of the
//! objects that it writes to S3, and TLS to its source and its destinations.
//!
//! <https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html>,
//! <https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeliveryStreamDescription.html>

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::firehose_destination::{Destinations, S3Encryption};
use crate::configuration::firehose_destination_kind::Form;
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::kinesis_stream;
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;
use crate::language::{Text, text};

/// What a call or a description says about a Firehose stream.
#[derive(Debug, Clone)]
pub(crate) struct FirehoseStream {
    /// Where that was read.
    pub origin: Origin,
    /// Where the data comes from.
    pub source: Source,
    /// Server-side encryption of the stream; absent if the call does not change it.
    pub sse: Field<Sse>,
    /// True if a later call started the server-side encryption of a new stream, which is evaluated itself.
    pub started_later: bool,
    /// Why a look-up did not show the encryption of a new stream, or anything of a listed one.
    pub unresolved: Option<Unresolved>,
    /// The destination that an update changes, or that a description shows.
    pub destination_id: Option<String>,
    /// The destinations.
    pub destinations: Destinations,
    /// TLS to a database source: `sSLMode`. `None` if there is no such source.
    pub database_tls: Option<Field<bool>>,
}

/// Where a stream was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `CreateDeliveryStream`
    Created,
    /// A call that changes a stream.
    Changed,
    /// A list: only its name is known, and `unresolved` says why.
    Listed,
    /// The answer of `DescribeDeliveryStream`.
    Described,
}

/// The paths of members. The names in a description differ from those in calls.
#[derive(Debug)]
pub(crate) struct Paths {
    /// Server-side encryption.
    pub sse: &'static str,
    /// Its key.
    pub sse_key: &'static str,
    /// The Kinesis data stream that it reads from.
    pub source_stream: &'static str,
    /// TLS to a database source.
    pub database_tls: &'static str,
}

static IN_CALLS: Paths = Paths {
    sse: "deliveryStreamEncryptionConfigurationInput",
    sse_key: "deliveryStreamEncryptionConfigurationInput.keyARN",
    source_stream: "kinesisStreamSourceConfiguration.kinesisStreamARN",
    database_tls: "databaseSourceConfiguration.sSLMode",
};

static IN_DESCRIPTIONS: Paths = Paths {
    sse: "DeliveryStreamEncryptionConfiguration",
    sse_key: "DeliveryStreamEncryptionConfiguration.KeyARN",
    source_stream: "Source.KinesisStreamSourceDescription.KinesisStreamARN",
    database_tls: "Source.DatabaseSourceDescription.SSLMode",
};

/// The member of a description that says which kind of key encrypts.
const SSE_TYPE: &str = "DeliveryStreamEncryptionConfiguration.KeyType";

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
    Unclear(Text),
}

impl FirehoseStream {
    /// Reads a call on a Firehose stream.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, FirehoseStream) {
        let request = call.payload.request();
        let sse = request.get("deliveryStreamEncryptionConfigurationInput");
        let form = match call.name {
            "CreateDeliveryStream" => Some(Form::Created),
            "UpdateDestination" => Some(Form::Updated),
            _ => None,
        };
        let stream = FirehoseStream {
            origin: if form == Some(Form::Created) { Origin::Created } else { Origin::Changed },
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
            destinations: match form {
                Some(form) => Destinations::of_request(request, form, call.scope),
                None => Destinations::default(),
            },
            database_tls: database_tls(request),
        };
        let name = call.requested("deliveryStreamName");
        let arn = call.arn("deliveryStreamARN", "deliveryStreamARN");
        let arn = arn.or_else(|| call.build_arn("firehose", format!("deliverystream/{}", name?)));
        (Resource::new("AWS::KinesisFirehose::DeliveryStream", arn, name), stream)
    }

    /// The stream with this name in a list: nothing else is known, because of `unresolved`.
    pub(crate) fn listed(unresolved: Unresolved) -> FirehoseStream {
        FirehoseStream {
            origin: Origin::Listed,
            source: Source::Unknown,
            sse: Field::Absent,
            started_later: false,
            unresolved: Some(unresolved),
            destination_id: None,
            destinations: Destinations::default(),
            database_tls: None,
        }
    }

    /// Reads the whole answer of `DescribeDeliveryStream`.
    pub(crate) fn described(described: Node<'_>, scope: Scope<'_>) -> FirehoseStream {
        let mut source = source(described);
        let (sse, unresolved) = match (described_sse(described, scope), &mut source) {
            (Err(Unresolved::Deleted), _) => return FirehoseStream::listed(Unresolved::Deleted),
            // SSE is only for direct puts, so its status says nothing about others
            (_, Source::Other(_)) => (Sse::Off, None),
            (_, Source::Kinesis { arn, encrypted }) => {
                *encrypted = arn.is_none().then(|| Err(not_shown(IN_DESCRIPTIONS.source_stream)));
                (Sse::Off, None)
            }
            (Ok(sse), _) => (sse, None),
            (Err(unresolved), _) => (Sse::Off, Some(unresolved)),
        };
        let first = described.get("Destinations").value().and_then(|list| list.get(0));
        FirehoseStream {
            origin: Origin::Described,
            source,
            sse: Field::Present(sse),
            started_later: false,
            unresolved,
            destination_id: first
                .and_then(|first| Field::Present(first).get("DestinationId").text().value())
                .map(str::to_owned),
            destinations: Destinations::of_description(described, scope),
            database_tls: database_tls(described),
        }
    }

    /// Why nothing is known about the stream, which a scan listed.
    pub(crate) fn unknown(&self) -> Option<&Unresolved> {
        self.unresolved.as_ref().filter(|_| self.origin == Origin::Listed)
    }

    /// The paths of members in what was read.
    pub(crate) fn paths(&self) -> &'static Paths {
        match self.origin {
            Origin::Created | Origin::Changed => &IN_CALLS,
            Origin::Listed | Origin::Described => &IN_DESCRIPTIONS,
        }
    }

    /// Why there is no value of the member at `path`.
    pub(crate) fn missing<T>(&self, member: &Field<T>, path: &str) -> Text {
        match self.origin {
            Origin::Described => does_not_show(path),
            _ => member.missing(path),
        }
    }

    /// The keys that it names.
    pub(crate) fn keys(&self) -> Vec<&KeyRef> {
        let sse = match &self.sse {
            Field::Present(Sse::Customer(Field::Present(key))) if !self.started_later => Some(key),
            _ => None,
        };
        let destinations = self.destinations.s3.iter().filter_map(|destination| match &destination.encryption {
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
        self.origin == Origin::Created && !self.is_encrypted() && !matches!(self.source, Source::Other(_))
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
        let status = described.at(&["DeliveryStreamEncryptionConfiguration", "Status"]).text();
        let sse = match status {
            // a new stream had no other key before
            Field::Present("ENABLING_FAILED") if !is_deleting(described) => Ok(Sse::Off),
            _ => described_sse(described, scope),
        };
        let created_without = self.sse == Field::Present(Sse::Off);
        let (sse, unresolved) = match sse {
            Ok(sse) => (sse, None),
            Err(unresolved) => (Sse::Off, Some(unresolved)),
        };
        (self.sse, self.unresolved) = (Field::Present(sse), unresolved);
        self.started_later = started_by_record && created_without && self.is_encrypted();
        if self.source == Source::Unknown {
            self.source = source(described);
        }
    }

    /// Fills in the encryption of the Kinesis data stream that it reads from, from the answer of `DescribeStreamSummary`.
    pub(crate) fn add_source_description(&mut self, summary: Result<Node<'_>, Unresolved>) {
        let Source::Kinesis { encrypted, .. } = &mut self.source else { return };
        *encrypted = Some(summary.and_then(kinesis_stream::is_encrypted));
    }
}

/// Why a member is not known that a description should have.
fn not_shown(path: &str) -> Unresolved {
    Unresolved::Unknown(does_not_show(path))
}

fn does_not_show(path: &str) -> Text {
    text!("the answer of `DescribeDeliveryStream` does not show `{path}`", path)
}

fn is_deleting(described: Node<'_>) -> bool {
    described.get("DeliveryStreamStatus").text() == Field::Present("DELETING")
}

/// The server-side encryption that `DescribeDeliveryStream` shows.
///
/// # Errors
/// Why it does not show it.
fn described_sse(described: Node<'_>, scope: Scope<'_>) -> Result<Sse, Unresolved> {
    let sse = described.get("DeliveryStreamEncryptionConfiguration");
    if is_deleting(described) {
        return Err(Unresolved::Deleted);
    }
    let enabled = || match read_sse(sse, scope) {
        Field::Present(Sse::Unclear(_)) if sse.get("KeyType") == Field::Absent => Err(not_shown(SSE_TYPE)),
        Field::Present(sse) => Ok(sse),
        _ => Err(not_shown(SSE_TYPE)),
    };
    let is_creating = described.get("DeliveryStreamStatus").text() == Field::Present("CREATING");
    match sse.get("Status").text() {
        Field::Present("ENABLED") => enabled(),
        Field::Present(status @ ("ENABLING" | "DISABLING")) => Err(Unresolved::InProgress(status.to_owned())),
        _ if is_creating => Err(Unresolved::InProgress("CREATING".to_owned())),
        // It is the status of the latest attempt: a stream that was encrypted before stays so, with its old key.
        // <https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html>
        Field::Present(status @ ("ENABLING_FAILED" | "DISABLING_FAILED")) => Err(Unresolved::Unknown(text!(
            "the latest change of its server-side encryption ended as {status}, and the description does not show whether it was encrypted before",
            status
        ))),
        Field::Present("DISABLED") => Ok(Sse::Off),
        // AWS always shows the status, but stand-ins for it do not
        Field::Absent if sse.get("KeyType").is_present() => enabled(),
        Field::Absent => Ok(Sse::Off),
        Field::Present(other) => Err(Unresolved::Unknown(text!(
            "this version does not know the status `{status}` of server-side encryption",
            status = other
        ))),
        Field::Redacted | Field::Omitted => Err(not_shown(IN_DESCRIPTIONS.sse)),
    }
}

fn read_sse(node: Node<'_>, scope: Scope<'_>) -> Field<Sse> {
    match node.get("keyType").text() {
        Field::Present("AWS_OWNED_CMK") => Field::Present(Sse::AwsOwned),
        Field::Present("CUSTOMER_MANAGED_CMK") => {
            Field::Present(Sse::Customer(node.get("keyARN").text().map(|given| KeyRef::read(given, scope))))
        }
        Field::Present(other) => Field::Present(Sse::Unclear(text!(
            "this version does not know the key type `{key_type}`",
            key_type = other
        ))),
        // the API requires the member
        Field::Absent => Field::Present(Sse::Unclear(Field::<()>::Absent.missing("keyType"))),
        other => other.map(|_| Sse::Off),
    }
}

/// The source in a request, or in a description, which has it one level deeper.
fn source(stream: Node<'_>) -> Source {
    let of = |called: &str, described: &str| stream.get(called).or(|| stream.at(&["Source", described]));
    let stream_source = of("kinesisStreamSourceConfiguration", "KinesisStreamSourceDescription");
    let kinesis = || Source::Kinesis {
        arn: stream_source.get("kinesisStreamARN").text().value().map(str::to_owned),
        encrypted: None,
    };
    match stream.get("deliveryStreamType").text() {
        Field::Present("KinesisStreamAsSource") => kinesis(),
        Field::Present("MSKAsSource") => Source::Other("an MSK cluster"),
        Field::Present("DatabaseAsSource") => Source::Other("a database"),
        Field::Present("DirectPut") => Source::DirectPut,
        Field::Absent if stream_source.is_present() => kinesis(),
        Field::Absent if of("mSKSourceConfiguration", "MSKSourceDescription").is_present() => {
            Source::Other("an MSK cluster")
        }
        Field::Absent if of("databaseSourceConfiguration", "DatabaseSourceDescription").is_present() => {
            Source::Other("a database")
        }
        Field::Absent => Source::DirectPut, // the API's default
        Field::Present(_) | Field::Redacted | Field::Omitted => Source::Unknown,
    }
}

/// TLS to the database that is the source in a request or description; `None` if there is no such source.
fn database_tls(stream: Node<'_>) -> Option<Field<bool>> {
    let database = stream.get("databaseSourceConfiguration").or(|| stream.at(&["Source", "DatabaseSourceDescription"]));
    match database {
        Field::Absent => None,
        Field::Omitted => None, // `endpoints` has an entry for the omitted request
        node => Some(match node.get("sSLMode").text() {
            Field::Present(mode) if mode.eq_ignore_ascii_case("enabled") => Field::Present(true),
            Field::Present(mode) if mode.eq_ignore_ascii_case("disabled") => Field::Present(false),
            Field::Present(_) => Field::Redacted,
            other => other.map(|_| false),
        }),
    }
}
