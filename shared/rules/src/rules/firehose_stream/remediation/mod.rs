//! Remediation that the rules on Firehose streams recommend.
//!
//! `update-destination` merges the named members into a destination of the same kind, and replaces one of another kind. So
//! each command names the kind of the destination, which is in the call, and its id.
//!
//! <https://docs.aws.amazon.com/firehose/latest/APIReference/API_UpdateDestination.html>

use crate::configuration::firehose_stream::FirehoseStream;
use crate::engine::context::RuleContext;
use crate::rules::remediation::Template;
use crate::util::text::shell_value;

/// The destination's id in shell syntax, with what separates it from its option: from the call, or else a command that prints it. A stream has one destination.
pub(super) fn destination_id(stream: &FirehoseStream, context: &RuleContext<'_>) -> String {
    if let Some(id) = &stream.destination_id {
        return shell_value(id);
    }
    let region = match context.scope.region {
        "" => String::new(),
        region => format!(" --region{}", shell_value(region)),
    };
    format!(
        " \"$(aws firehose describe-delivery-stream --delivery-stream-name{} --query 'DeliveryStreamDescription.Destinations[0].DestinationId' --output text{region})\"",
        shell_value(context.name())
    )
}

/// Encrypt the stream with a customer managed key.
pub(super) const ENCRYPT: Template = Template {
    cli: include_str!("encrypt.sh"),
    terraform: include_str!("encrypt.tf"),
    console: "Amazon Data Firehose > Firehose streams > {{name}} > Configuration > Server-side encryption",
};

/// Encrypt the Kinesis data stream `source`, from which the stream reads.
pub(super) const ENCRYPT_SOURCE: Template = Template {
    cli: include_str!("encrypt_source.sh"),
    terraform: include_str!("encrypt_source.tf"),
    console: "Kinesis > Data streams > (the source) > Configuration > Server-side encryption",
};

/// Encrypt the objects in S3 with a customer managed key. `destination` is the destination's id, `option` the CLI's name
/// of its kind and `change` the value of that, `block` Terraform's name and `places` the lines in that block.
pub(super) const CUSTOMER_KEY: Template = Template {
    cli: include_str!("customer_key.sh"),
    terraform: include_str!("customer_key.tf"),
    console: "Amazon Data Firehose > Firehose streams > {{name}} > Configuration > Destination settings > Encryption for data records",
};

/// Take the credentials from Secrets Manager. `destination` is the destination's id, `option` is the CLI's name for the destination, `block` Terraform's.
pub(super) const INLINE_SECRET: Template = Template {
    cli: include_str!("inline_secret.sh"),
    terraform: include_str!("inline_secret.tf"),
    console: "Amazon Data Firehose > Firehose streams > {{name}} > Configuration > Destination settings > Authentication > Secrets Manager",
};

/// Send over TLS. `destination` is the destination's id, `option` the CLI's name of its kind and `change` the value of
/// that, `block` Terraform's name and `attribute` the line in that block.
pub(super) const PLAINTEXT_ENDPOINT: Template = Template {
    cli: include_str!("plaintext_endpoint.sh"),
    terraform: include_str!("plaintext_endpoint.tf"),
    console: "Amazon Data Firehose > Firehose streams > {{name}} > Configuration > Destination settings",
};

/// Read from the database over TLS: the source of a stream cannot be changed, so the stream is created again.
pub(super) const PLAINTEXT_DATABASE: Template = Template {
    cli: include_str!("plaintext_database.sh"),
    terraform: include_str!("plaintext_database.tf"),
    console: "Amazon Data Firehose > Create Firehose stream > Source settings > SSL mode: Enabled",
};
