//! A Firehose stream moves data over a connection without TLS.
//!
//! ## What it detects
//! A database source whose `SSLMode` is `Disabled`, and a Splunk HTTP Event Collector endpoint that
//! is not `https`. Other HTTP endpoints need no check: the API itself rejects `http://` for them. In
//! a scan, a stream that exists and has such a source or endpoint.
//!
//! ## Why it matters
//! Whole tables, or all events, cross the network readable, and the credentials with them.
//!
//! ## When it stays silent
//! A call or stream without such a source or endpoint is not applicable, and neither is a stream that
//! is being deleted. A source or endpoint that the
//! record does not show is unverified.
//!
//! ## How to fix
//! Enable TLS on the database and set `SSLMode` to `Enabled`. Give the Splunk endpoint as an
//! `https://` URL.
//!
//! ## References
//! - <https://docs.aws.amazon.com/firehose/latest/APIReference/API_DatabaseSourceConfiguration.html>
//! - <https://docs.aws.amazon.com/firehose/latest/APIReference/API_SplunkDestinationConfiguration.html>

use crate::cloudtrail::field::Field;
use crate::configuration::firehose_destination_kind::DestinationKind;
use crate::configuration::firehose_stream::FirehoseStream;
use crate::engine::context::RuleContext;
use crate::engine::control::{nist, pci};
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::firehose_stream::remediation::{PLAINTEXT_DATABASE, PLAINTEXT_ENDPOINT, destination_id};
use crate::rules::remediation::Value;
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "firehose-plaintext-endpoint",
    title: "Firehose moves data without TLS",
    severity: Severity::High,
    controls: &[nist("SC-8"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("firehose_plaintext_endpoint.rs"),
};

fn check(stream: &FirehoseStream, context: &RuleContext<'_>) -> Outcome {
    if let Some(unresolved) = stream.unknown() {
        return Outcome::unresolved(unresolved);
    }
    let (mut wrong, mut unknown, database) = (Vec::new(), None, stream.paths().database_tls);
    match &stream.database_tls {
        None | Some(Field::Present(true)) => {}
        Some(Field::Present(false)) => wrong.push((database, "Disabled".to_owned(), None)),
        Some(missing) => unknown = Some(stream.missing(missing, database)),
    }
    for endpoint in &stream.destinations.endpoints {
        match &endpoint.url {
            Field::Present(url) if is_https(url) => {}
            Field::Present(url) => wrong.push((endpoint.path.as_str(), plain(url), endpoint.kind)),
            missing => unknown = unknown.or(Some(stream.missing(missing, &endpoint.path))),
        }
    }
    match (wrong.first(), unknown) {
        (Some(first), _) => violation(stream, first, &wrong, context),
        (None, Some(why)) => Outcome::unverified(why),
        (None, None) if stream.database_tls.is_some() || !stream.destinations.endpoints.is_empty() => {
            Outcome::Compliant
        }
        (None, None) => Outcome::not_applicable("no such source or endpoint is named"),
    }
}

fn is_https(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
}

/// What is wrong: its path, what was found there, and the kind of a destination; `None` for a database.
type Plaintext<'a> = (&'a str, String, Option<&'static DestinationKind>);

/// The violation by the first of these, with all that is wrong as evidence.
fn violation(
    stream: &FirehoseStream,
    (_, found, kind): &Plaintext<'_>,
    wrong: &[Plaintext<'_>],
    context: &RuleContext<'_>,
) -> Outcome {
    let name = context.name();
    let (detail, remediation) = match kind {
        None => (
            text!("The Firehose stream `{name}` reads from its database without TLS.", name),
            PLAINTEXT_DATABASE.fill(context, &[]),
        ),
        Some(kind) => (
            text!("The Firehose stream `{name}` sends to {endpoint} without TLS.", name, endpoint = found),
            over_tls(stream, kind, context),
        ),
    };
    let mut violation = Violation::new(detail);
    for (path, found, _) in wrong {
        violation = violation.evidence(*path, found.as_str());
    }
    violation.remediation(remediation)
}

/// Another URL for the endpoint of a destination of this kind.
fn over_tls(stream: &FirehoseStream, kind: &DestinationKind, context: &RuleContext<'_>) -> Remediation {
    let (change, attribute) = match kind.is_splunk() {
        true => ("HECEndpoint=https://your-collector:8088", "hec_endpoint = \"https://your-collector:8088\""),
        false => ("'EndpointConfiguration={Url=https://your-endpoint}'", "url = \"https://your-endpoint\""),
    };
    let values = [
        ("destination", Value::Raw(&destination_id(stream, context))),
        ("option", Value::Raw(kind.option)),
        ("change", Value::Raw(change)),
        ("block", Value::Raw(kind.block)),
        ("attribute", Value::Raw(attribute)),
    ];
    PLAINTEXT_ENDPOINT.fill(context, &values)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{table, violation};
    use serde_json::json;

    #[test]
    fn the_ssl_mode_of_a_database_and_the_scheme_of_a_splunk_endpoint_decide() {
        let database = |mode: &str| json!({"deliveryStreamType": "DatabaseAsSource", "databaseSourceConfiguration": {"sSLMode": mode}});
        let splunk = |url: &str| json!({"splunkDestinationConfiguration": {"hECEndpoint": url}});
        table(
            &RULE,
            &[
                ("CreateDeliveryStream", database("Disabled"), "violation"),
                ("CreateDeliveryStream", database("Enabled"), "compliant"),
                ("CreateDeliveryStream", database("Maybe"), "unverified"),
                ("CreateDeliveryStream", json!({"databaseSourceConfiguration": {}}), "unverified"),
                ("CreateDeliveryStream", splunk("http://hec.example.com:8088"), "violation"),
                ("CreateDeliveryStream", splunk("hec.example.com:8088"), "violation"),
                ("CreateDeliveryStream", splunk("HTTPS://hec.example.com:8088"), "compliant"),
                ("UpdateDestination", json!({"splunkDestinationUpdate": {"hECEndpoint": "http://h"}}), "violation"),
                ("UpdateDestination", json!({"splunkDestinationUpdate": {}}), "not-applicable"),
                (
                    "CreateDeliveryStream",
                    json!({"httpEndpointDestinationConfiguration": {"endpointConfiguration": {"url": "***"}}}),
                    "not-applicable",
                ),
                ("CreateDeliveryStream", json!({"splunkDestinationConfiguration": "***"}), "unverified"),
                ("CreateDeliveryStream", json!({"omitted": true}), "unverified"),
                ("StopDeliveryStreamEncryption", json!({"omitted": true}), "not-applicable"),
                ("CreateDeliveryStream", json!({"deliveryStreamName": "clicks"}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn credentials_in_a_url_are_not_shown() {
        let call = json!({"deliveryStreamName": "clicks", "splunkDestinationConfiguration":
            {"hECEndpoint": "http://admin:hunter2@hec.example.com:8088/services?token=t0ken", "hECToken": "t0ken"}});
        let text = violation(&RULE, "CreateDeliveryStream", &call);
        assert!(!text.contains("hunter2") && !text.contains("t0ken"), "{text}");
        insta::assert_snapshot!(text, @r#"
        The Firehose stream `clicks` sends to http://hec.example.com:8088 without TLS.
        {"splunkDestinationConfiguration.hECEndpoint":"http://hec.example.com:8088"}
        aws firehose update-destination --delivery-stream-name clicks --destination-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query 'DeliveryStreamDescription.Destinations[0].DestinationId' --output text --region eu-west-1)" --current-delivery-stream-version-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query DeliveryStreamDescription.VersionId --output text --region eu-west-1)" --splunk-destination-update HECEndpoint=https://your-collector:8088 --region eu-west-1
        resource "aws_kinesis_firehose_delivery_stream" "this" {
          name = "clicks"
          splunk_configuration {
            hec_endpoint = "https://your-collector:8088"
          }
        }
        Amazon Data Firehose > Firehose streams > clicks > Configuration > Destination settings
        "#);
    }
}
