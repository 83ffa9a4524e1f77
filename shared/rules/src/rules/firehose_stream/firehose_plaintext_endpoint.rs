//! A Firehose stream moves data over a connection without TLS.
//!
//! ## What it detects
//! A database source whose `SSLMode` is `Disabled`, and a Splunk HTTP Event Collector endpoint that
//! is not https. The API itself refuses `http://` for other HTTP endpoints.
//!
//! ## Why it matters
//! Whole tables, or every event, cross the network readable, and with them the credentials.
//!
//! ## When it stays silent
//! Calls that name no such source or endpoint.
//!
//! ## How to fix
//! Switch TLS on at the database and set `SSLMode` to `Enabled`; give Splunk's endpoint as `https://`.
//!
//! ## References
//! - <https://docs.aws.amazon.com/firehose/latest/APIReference/API_DatabaseSourceConfiguration.html>
//! - <https://docs.aws.amazon.com/firehose/latest/APIReference/API_SplunkDestinationConfiguration.html>

use super::remediation::update_destination;
use crate::cloudtrail::field::Field;
use crate::configuration::firehose_stream::FirehoseStream;
use crate::engine::context::RuleContext;
use crate::engine::control::{nist, pci};
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain, shell};

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "firehose-plaintext-endpoint",
    title: "Firehose moves data without TLS",
    severity: Severity::High,
    controls: &[nist("SC-8"), pci("4.2.1")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("firehose_plaintext_endpoint.rs"),
};

const DATABASE: &str = "databaseSourceConfiguration.sSLMode";

fn check(stream: &FirehoseStream, context: &RuleContext<'_>) -> Outcome {
    let (mut wrong, mut unknown) = (Vec::new(), None);
    match &stream.database_tls {
        None | Some(Field::Present(true)) => {}
        Some(Field::Present(false)) => wrong.push((DATABASE, "Disabled".to_owned())),
        Some(missing) => unknown = Some(missing.missing(DATABASE)),
    }
    for endpoint in &stream.endpoints {
        match &endpoint.url {
            Field::Present(url) if is_https(url) => {}
            Field::Present(url) => wrong.push((endpoint.path, plain(url))),
            missing => unknown = unknown.or(Some(missing.missing(endpoint.path))),
        }
    }
    if let Some((path, found)) = wrong.first() {
        let name = plain(context.name());
        let what = match *path {
            DATABASE => "reads from its database without TLS".to_owned(),
            _ => format!("sends to {found} without TLS"),
        };
        let mut violation = Violation::new(format!("The Firehose stream `{name}` {what}."));
        for (path, found) in &wrong {
            violation = violation.evidence(*path, found.as_str());
        }
        return fix(violation, *path == DATABASE, context);
    }
    match unknown {
        Some(why) => Outcome::Unverified(why),
        None if stream.database_tls.is_some() || !stream.endpoints.is_empty() => Outcome::Compliant,
        None => Outcome::not_applicable("the call names no such source or endpoint"),
    }
}

fn is_https(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
}

fn fix(violation: Violation, database: bool, context: &RuleContext<'_>) -> Outcome {
    let name = plain(context.name());
    let stream = shell(context.name());
    match database {
        true => violation.remediation(Remediation { cli: context.aws(&format!("firehose delete-delivery-stream --delivery-stream-name {stream}"))
                + " # then create it again with DatabaseSourceConfiguration.SSLMode=Enabled", terraform: format!("# name = {}\n# database_source_configuration: ssl_mode = \"Enabled\"", hcl(context.name())), console: "Amazon Data Firehose > Create Firehose stream > Source settings > SSL mode: Enabled".to_owned() }),
        false => violation.remediation(Remediation { cli: update_destination(context, "--splunk-destination-update HECEndpoint=https://your-collector:8088"), terraform: format!(
                "resource \"aws_kinesis_firehose_delivery_stream\" \"this\" {{\n  name = {}\n  splunk_configuration {{\n    hec_endpoint = \"https://your-collector:8088\"\n  }}\n}}",
                hcl(context.name())
            ), console: format!("Amazon Data Firehose > Firehose streams > {name} > Configuration > Destination settings > Splunk cluster endpoint") }),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{table, violation};
    use serde_json::json;

    #[test]
    fn every_answer() {
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
        aws firehose update-destination --delivery-stream-name clicks --destination-id destinationId-000000000001 --current-delivery-stream-version-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query DeliveryStreamDescription.VersionId --output text --region eu-west-1)" --splunk-destination-update HECEndpoint=https://your-collector:8088 --region eu-west-1
        resource "aws_kinesis_firehose_delivery_stream" "this" {
          name = "clicks"
          splunk_configuration {
            hec_endpoint = "https://your-collector:8088"
          }
        }
        Amazon Data Firehose > Firehose streams > clicks > Configuration > Destination settings > Splunk cluster endpoint
        "#);
    }
}
