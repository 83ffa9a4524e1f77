//! Remediation that the rules on MSK Connect connectors recommend.

use crate::rules::remediation::Template;

/// Change the connector's settings. `comments` and `settings` are the property lines to write.
pub(super) const CHANGE_SETTINGS: Template = Template {
    cli: include_str!("change_settings.sh"),
    terraform: include_str!("change_settings.tf"),
    console: "Amazon MSK > MSK Connect > Connectors > {{name}} > Edit connector configuration",
};

/// A new connector that uses TLS to its Kafka cluster.
pub(super) const PLAINTEXT_KAFKA: Template = Template {
    cli: include_str!("plaintext_kafka.sh"),
    terraform: include_str!("plaintext_kafka.tf"),
    console: "Amazon MSK > MSK Connect > Connectors > Create connector > Security > Encryption in transit",
};

/// A new connector that authenticates to its Kafka cluster with IAM.
pub(super) const UNAUTHENTICATED_KAFKA: Template = Template {
    cli: include_str!("unauthenticated_kafka.sh"),
    terraform: include_str!("unauthenticated_kafka.tf"),
    console: "Amazon MSK > MSK Connect > Connectors > Create connector > Security > Authentication",
};

/// Name a customer managed key in `property`.
pub(super) const UNENCRYPTED_OUTPUT: Template = Template {
    cli: include_str!("unencrypted_output.sh"),
    terraform: include_str!("unencrypted_output.tf"),
    console: "Amazon MSK > MSK Connect > Connectors > {{name}} > Edit connector configuration",
};

/// A new connector that delivers its worker logs.
pub(super) const WITHOUT_LOGS: Template = Template {
    cli: include_str!("without_logs.sh"),
    terraform: include_str!("without_logs.tf"),
    console: "Amazon MSK > MSK Connect > Connectors > Create connector > Logs",
};
