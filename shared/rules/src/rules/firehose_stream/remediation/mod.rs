//! Remediation that the rules on Firehose streams recommend.

use crate::rules::remediation::Template;

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

/// Encrypt the objects in S3 with a customer managed key.
pub(super) const CUSTOMER_KEY: Template = Template {
    cli: include_str!("customer_key.sh"),
    terraform: include_str!("customer_key.tf"),
    console: "Amazon Data Firehose > Firehose streams > {{name}} > Configuration > Destination settings > Encryption for data records",
};

/// Take the credentials from Secrets Manager. `option` is the CLI's name for the destination, `block` Terraform's.
pub(super) const INLINE_SECRET: Template = Template {
    cli: include_str!("inline_secret.sh"),
    terraform: include_str!("inline_secret.tf"),
    console: "Amazon Data Firehose > Firehose streams > {{name}} > Configuration > Destination settings > Authentication > Secrets Manager",
};

/// Send to Splunk over TLS.
pub(super) const PLAINTEXT_ENDPOINT: Template = Template {
    cli: include_str!("plaintext_endpoint.sh"),
    terraform: include_str!("plaintext_endpoint.tf"),
    console: "Amazon Data Firehose > Firehose streams > {{name}} > Configuration > Destination settings > Splunk cluster endpoint",
};

/// Read from the database over TLS: the source of a stream cannot be changed, so the stream is created again.
pub(super) const PLAINTEXT_DATABASE: Template = Template {
    cli: include_str!("plaintext_database.sh"),
    terraform: include_str!("plaintext_database.tf"),
    console: "Amazon Data Firehose > Create Firehose stream > Source settings > SSL mode: Enabled",
};
