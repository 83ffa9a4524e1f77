//! A Firehose stream receives its credentials inline.
//!
//! ## What it detects
//! A Redshift password, Splunk HEC token, Snowflake private key or HTTP access key in the call
//! itself, while Secrets Manager is not enabled for that destination. CloudTrail blanks most of
//! these values; the presence of the member decides. Also a password or token in the URL of a
//! Splunk endpoint.
//!
//! ## Why it matters
//! Inline credentials end up in templates, state files and shell histories. CloudTrail does not
//! even redact `HECToken`: everyone who can read the trail has it.
//!
//! ## When it stays silent
//! A call without a destination that takes credentials is not applicable. A destination without
//! inline credentials is compliant. A destination that the record does not show is unverified.
//! Values are never shown.
//!
//! ## How to fix
//! Store the credentials in Secrets Manager and enable it for the destination. Replace the
//! credentials that were exposed.
//!
//! ## References
//! - <https://docs.aws.amazon.com/firehose/latest/dev/using-secrets-manager.html>

use crate::cloudtrail::field::Field;
use crate::configuration::firehose_stream::FirehoseStream;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::rules::firehose_stream::remediation::INLINE_SECRET;
use crate::rules::remediation::Value;
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "firehose-inline-secret",
    title: "Firehose destination with inline credentials",
    severity: Severity::Medium,
    controls: &[nist("IA-5(7)")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("firehose_inline_secret.rs"),
};

fn check(stream: &FirehoseStream, context: &RuleContext<'_>) -> Outcome {
    let (mut inline, mut hidden) = (Vec::new(), None);
    for place in stream.credentials.iter().filter(|place| !place.secrets_manager) {
        match &place.inline {
            Field::Present(members) if members.is_empty() => {}
            Field::Present(members) => inline.push((place.path, members.as_slice())),
            missing => hidden = Some(missing.missing(place.path)),
        }
    }
    match (inline.first(), hidden) {
        (Some((path, members)), _) => violation(path, members, &inline, context),
        (None, Some(why)) => Outcome::unverified(why),
        (None, None) if stream.credentials.is_empty() => {
            Outcome::not_applicable("the call names no destination with credentials")
        }
        (None, None) => Outcome::Compliant,
    }
}

/// The violation by the destination at `path`, with the members that hold credentials of all destinations as evidence.
fn violation(path: &str, members: &[&str], inline: &[(&str, &[&str])], context: &RuleContext<'_>) -> Outcome {
    let name = plain(context.name());
    let mut violation = Violation::new(format!(
        "The Firehose stream `{name}` gets `{}` inline instead of from Secrets Manager.",
        members.join("` and `")
    ));
    for (path, members) in inline {
        for member in *members {
            violation = violation.evidence(format!("{path}.{member}"), "(not shown)");
        }
    }
    // `redshiftDestinationConfiguration` is `redshift-destination-update` in the AWS CLI and
    // `redshift_configuration` in Terraform
    let kind = match path.split("Destination").next().unwrap_or_default() {
        "httpEndpoint" => "http-endpoint",
        kind => kind,
    };
    let option = format!("{kind}-destination-update");
    let block = format!("{}_configuration", kind.replace('-', "_"));
    let values = [("option", Value::Raw(&option)), ("block", Value::Raw(&block))];
    violation.remediation(INLINE_SECRET.fill(context, &values))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{table, violation};
    use serde_json::json;

    #[test]
    fn a_credential_in_the_call_is_a_violation_unless_secrets_manager_supplies_it() {
        let managed = json!({"enabled": true, "secretARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x"});
        table(
            &RULE,
            &[
                (
                    "CreateDeliveryStream",
                    json!({"redshiftDestinationConfiguration": {"username": "", "password": ""}}),
                    "violation",
                ),
                (
                    "CreateDeliveryStream",
                    json!({"redshiftDestinationConfiguration": {"secretsManagerConfiguration": managed}}),
                    "compliant",
                ),
                (
                    "CreateDeliveryStream",
                    json!({"redshiftDestinationConfiguration": {"password": "", "secretsManagerConfiguration": {"enabled": false}}}),
                    "violation",
                ),
                ("CreateDeliveryStream", json!({"splunkDestinationConfiguration": {"hECToken": "t"}}), "violation"),
                ("UpdateDestination", json!({"splunkDestinationUpdate": {"hECToken": "t"}}), "violation"),
                (
                    "CreateDeliveryStream",
                    json!({"snowflakeDestinationConfiguration": {"privateKey": "***"}}),
                    "violation",
                ),
                (
                    "CreateDeliveryStream",
                    json!({"httpEndpointDestinationConfiguration": {"endpointConfiguration": {"accessKey": ""}}}),
                    "violation",
                ),
                (
                    "CreateDeliveryStream",
                    json!({"httpEndpointDestinationConfiguration": {"endpointConfiguration": {"url": ""}}}),
                    "compliant",
                ),
                ("CreateDeliveryStream", json!({"redshiftDestinationConfiguration": "***"}), "unverified"),
                ("CreateDeliveryStream", json!({"omitted": true}), "unverified"),
                ("StopDeliveryStreamEncryption", json!({"omitted": true}), "not-applicable"),
                ("CreateDeliveryStream", json!({"extendedS3DestinationConfiguration": {}}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn a_credential_in_the_url_of_an_endpoint_is_a_violation_even_with_secrets_manager() {
        let managed = json!({"enabled": true, "secretARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x"});
        let splunk = |url: &str| json!({"splunkDestinationConfiguration": {"hECEndpoint": url, "secretsManagerConfiguration": managed}});
        table(
            &RULE,
            &[
                ("CreateDeliveryStream", splunk("https://hec.example.com:8088"), "compliant"),
                ("CreateDeliveryStream", splunk("https://ops:tulip-41@hec.example.com:8088"), "violation"),
                ("CreateDeliveryStream", splunk("https://hec.example.com:8088/services?token=tulip-41"), "violation"),
                (
                    "UpdateDestination",
                    json!({"splunkDestinationUpdate": {"hECEndpoint": "https://ops:tulip/41@hec.example.com"}}),
                    "violation",
                ),
            ],
        );
    }

    #[test]
    fn the_value_is_never_shown() {
        let call =
            json!({"deliveryStreamName": "clicks", "splunkDestinationConfiguration": {"hECToken": "5ecr3t-t0ken"}});
        let text = violation(&RULE, "CreateDeliveryStream", &call);
        assert!(!text.contains("5ecr3t"), "{text}");
        insta::assert_snapshot!(text, @r#"
        The Firehose stream `clicks` gets `hECToken` inline instead of from Secrets Manager.
        {"splunkDestinationConfiguration.hECToken":"(not shown)"}
        aws firehose update-destination --delivery-stream-name clicks --destination-id destinationId-000000000001 --current-delivery-stream-version-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query DeliveryStreamDescription.VersionId --output text --region eu-west-1)" --splunk-destination-update 'SecretsManagerConfiguration={Enabled=true,SecretARN=your-secret-arn}' --region eu-west-1
        resource "aws_kinesis_firehose_delivery_stream" "this" {
          name = "clicks"
          splunk_configuration {
            secrets_manager_configuration {
              enabled    = true
              secret_arn = aws_secretsmanager_secret.this.arn
            }
          }
        }
        Amazon Data Firehose > Firehose streams > clicks > Configuration > Destination settings > Authentication > Secrets Manager
        "#);
    }
}
