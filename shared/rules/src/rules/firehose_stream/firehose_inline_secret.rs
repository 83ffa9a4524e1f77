//! A Firehose stream receives its credentials inline.
//!
//! ## What it detects
//! A Redshift password, Splunk HEC token, Snowflake private key or HTTP access key in the call
//! itself, while Secrets Manager is not enabled for that destination. CloudTrail blanks most of
//! these values; the presence of the member decides. Also a password or token in the URL of a
//! Splunk endpoint, and an update that disables Secrets Manager: Firehose then uses the
//! credentials that are stored inline. In a scan, a Splunk destination whose description has an
//! `HECToken`, or a password or token in its URL.
//!
//! ## Why it matters
//! Inline credentials end up in templates, state files and shell histories. CloudTrail does not
//! even redact `HECToken`: everyone who can read the trail has it.
//!
//! ## When it stays silent
//! A call without a destination that takes credentials is not applicable, and neither is an update
//! that names neither credentials nor Secrets Manager, or that enables Secrets Manager for a Splunk
//! endpoint without naming its URL. A new destination without inline credentials
//! is compliant, and so is one that uses Secrets Manager. A destination that the record does not
//! show is unverified. So is, in a scan, a destination of another kind without Secrets Manager:
//! `DescribeDeliveryStream` never shows passwords and keys. Values are never shown.
//!
//! ## How to fix
//! Store the credentials in Secrets Manager and enable it for the destination. Replace the
//! credentials that were exposed.
//!
//! ## References
//! - <https://docs.aws.amazon.com/firehose/latest/dev/using-secrets-manager.html>

use crate::cloudtrail::field::Field;
use crate::configuration::firehose_destination::Credential;
use crate::configuration::firehose_destination_kind::Form;
use crate::configuration::firehose_stream::FirehoseStream;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::firehose_stream::remediation::{INLINE_SECRET, destination_id};
use crate::rules::remediation::Value as Filled;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "firehose-inline-secret",
    title: "Firehose destination with inline credentials",
    severity: Severity::Medium,
    controls: &[nist("IA-5(7)")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("firehose_inline_secret.rs"),
};

/// What is wrong with a destination.
enum Problem<'a> {
    /// Secrets Manager no longer supplies its credentials.
    SwitchedOff,
    /// The call has these members.
    Inline(&'a [String]),
}

fn check(stream: &FirehoseStream, context: &RuleContext<'_>) -> Outcome {
    if let Some(unresolved) = stream.unknown() {
        return Outcome::unresolved(unresolved);
    }
    let (mut wrong, mut hidden, mut evaluated) = (Vec::new(), None, false);
    for place in &stream.destinations.credentials {
        let inline = match &place.inline {
            Field::Present(members) => members.as_slice(),
            missing => {
                hidden = Some(stream.missing(missing, &place.path));
                continue;
            }
        };
        let is_update = place.form == Form::Updated;
        match (place.secrets_manager, inline) {
            (Field::Present(true), _) => {}
            (Field::Absent, []) if is_update => continue, // it leaves the credentials as they are
            (Field::Present(false), []) if is_update => {
                wrong.push((place, Problem::SwitchedOff));
            }
            (missing, []) if is_update => hidden = Some(missing.missing(ENABLED)),
            (_, []) if place.form == Form::Described => hidden = hidden.or_else(|| not_shown(place)),
            (_, []) => {}
            (_, members) => wrong.push((place, Problem::Inline(members))),
        }
        evaluated = true;
    }
    match (wrong.is_empty(), hidden) {
        (false, _) => violation(stream, wrong, context),
        (true, Some(why)) => Outcome::unverified(why),
        (true, None) if evaluated && stream.destinations.credentials.iter().any(|place| place.keeps_endpoint) => {
            Outcome::not_applicable("the update leaves the URL of the endpoint as it is, which may hold a credential")
        }
        (true, None) if evaluated => Outcome::Compliant,
        (true, None) => Outcome::not_applicable("no credentials of a destination are set"),
    }
}

const ENABLED: &str = "secretsManagerConfiguration.enabled";

/// Why a description does not show that a destination has no credentials inline; `None` if it does.
///
/// A description has no member for a password, private key or access key, whether one is set or not. Without Secrets Manager
/// one may be set, or the endpoint takes none.
fn not_shown(place: &Credential) -> Option<Text> {
    let hidden: Vec<String> = place.kind?.hidden_secrets().collect();
    let first = hidden.first()?;
    Some(text!(
        "`DescribeDeliveryStream` never shows `{member}`, and Secrets Manager does not supply the credentials of `{place}`",
        member = first,
        place = &place.path
    ))
}

/// The violation by the first destination, with the evidence of all.
fn violation(stream: &FirehoseStream, wrong: Vec<(&Credential, Problem<'_>)>, context: &RuleContext<'_>) -> Outcome {
    let name = context.name();
    let detail = match wrong.first() {
        Some((_, Problem::Inline(members))) => text!(
            "The Firehose stream `{name}` gets {members} inline instead of from Secrets Manager.",
            name,
            members = Text::literal(" and ").join(members.iter().map(|member| format!("`{member}`").into()))
        ),
        _ => text!("The Firehose stream `{name}` no longer gets its credentials from Secrets Manager.", name),
    };
    let kind = wrong.first().and_then(|(place, _)| place.kind);
    let remediation = INLINE_SECRET.fill(
        context,
        &[
            ("destination", Filled::Raw(&destination_id(stream, context))),
            ("option", Filled::Raw(kind.map_or("", |kind| kind.option))),
            ("block", Filled::Raw(kind.map_or("", |kind| kind.block))),
        ],
    );
    let mut violation = Violation::new(detail);
    for (Credential { path, .. }, problem) in wrong {
        violation = match problem {
            Problem::SwitchedOff => violation.evidence(format!("{path}.{ENABLED}"), false),
            Problem::Inline(members) => members.iter().fold(violation, |violation, member| {
                violation.evidence_text(&format!("{path}.{member}"), Text::literal("(not shown)"))
            }),
        };
    }
    violation.remediation(remediation)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{table, violation};
    use serde_json::{Value, json};

    #[test]
    fn a_credential_in_the_call_is_a_violation_unless_secrets_manager_supplies_it() {
        let managed = json!({"enabled": true, "secretARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x"});
        let manager = |kind: &str, manager: Value| {
            let mut call = json!({});
            call[format!("{kind}DestinationUpdate")] = json!({"secretsManagerConfiguration": manager});
            call
        };
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
                ("UpdateDestination", json!({"splunkDestinationUpdate": {"retryOptions": {}}}), "not-applicable"),
                (
                    "UpdateDestination",
                    json!({"splunkDestinationUpdate": {"retryOptions": {}}, "redshiftDestinationUpdate": {"password": ""}}),
                    "violation",
                ),
                ("UpdateDestination", manager("redshift", json!({"enabled": true})), "compliant"),
                ("UpdateDestination", manager("splunk", json!({"enabled": true})), "not-applicable"),
                (
                    "UpdateDestination",
                    json!({"splunkDestinationUpdate": {"hECEndpoint": "https://hec.example.com:8088",
                        "secretsManagerConfiguration": {"enabled": true}}}),
                    "compliant",
                ),
                ("UpdateDestination", manager("splunk", json!({"enabled": false})), "violation"),
                ("UpdateDestination", manager("redshift", json!({"enabled": "false"})), "violation"),
                ("UpdateDestination", manager("snowflake", json!({"enabled": false})), "violation"),
                ("UpdateDestination", manager("httpEndpoint", json!({"enabled": false})), "violation"),
                ("UpdateDestination", manager("splunk", json!("***")), "unverified"),
                ("UpdateDestination", manager("splunk", json!({"secretARN": "arn"})), "not-applicable"),
                ("UpdateDestination", json!({"splunkDestinationUpdate": "***"}), "unverified"),
                (
                    "CreateDeliveryStream",
                    json!({"httpEndpointDestinationConfiguration": {"secretsManagerConfiguration": {"enabled": false}}}),
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
        aws firehose update-destination --delivery-stream-name clicks --destination-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query 'DeliveryStreamDescription.Destinations[0].DestinationId' --output text --region eu-west-1)" --current-delivery-stream-version-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query DeliveryStreamDescription.VersionId --output text --region eu-west-1)" --splunk-destination-update 'SecretsManagerConfiguration={Enabled=true,SecretARN=your-secret-arn}' --region eu-west-1
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

    #[test]
    fn an_update_that_disables_secrets_manager_is_told_as_such() {
        let call = json!({"deliveryStreamName": "clicks", "destinationId": "destinationId-000000000003",
            "snowflakeDestinationUpdate": {"secretsManagerConfiguration": {"enabled": false}}});
        insta::assert_snapshot!(violation(&RULE, "UpdateDestination", &call), @r#"
        The Firehose stream `clicks` no longer gets its credentials from Secrets Manager.
        {"snowflakeDestinationUpdate.secretsManagerConfiguration.enabled":false}
        aws firehose update-destination --delivery-stream-name clicks --destination-id destinationId-000000000003 --current-delivery-stream-version-id "$(aws firehose describe-delivery-stream --delivery-stream-name clicks --query DeliveryStreamDescription.VersionId --output text --region eu-west-1)" --snowflake-destination-update 'SecretsManagerConfiguration={Enabled=true,SecretARN=your-secret-arn}' --region eu-west-1
        resource "aws_kinesis_firehose_delivery_stream" "this" {
          name = "clicks"
          snowflake_configuration {
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
