//! Remediation that the rules on data streams recommend.

use crate::key_policy::Service;
use crate::rules::remediation::Template;
use crate::rules::resource_policy::analysis::Kind;

/// Encrypt the stream with a customer managed key.
pub(super) const ENCRYPT: Template = Template {
    cli: include_str!("encrypt.sh"),
    terraform: include_str!("encrypt.tf"),
    console: "Kinesis > Data streams > {{name}} > Configuration > Server-side encryption",
};

const fn shared(noun: &'static str, console: &'static str) -> Kind {
    let cli = include_str!("change_policy.sh");
    let terraform = include_str!("change_policy.tf");
    Kind {
        service: Service::Kinesis,
        noun,
        placeholder: "your-resource-arn",
        change: Template { cli, terraform, console },
        delete: Some(Template {
            cli: include_str!("delete_policy.sh"),
            terraform: include_str!("delete_policy.tf"),
            console,
        }),
    }
}

static CHANNEL: Kind = shared("channel", "Kinesis > Channels > {{name}} > Sharing policy: {{change}}");
static CONSUMER: Kind =
    shared("consumer", "Kinesis > Data streams > Enhanced fan-out > {{name}} > Sharing policy: {{change}}");
static QUEUE: Kind = shared("queue", "Kinesis > Queues > {{name}} > Sharing policy: {{change}}");
static STREAM: Kind =
    shared("stream", "Kinesis > Data streams > {{name}} > Data stream sharing > Sharing policy: {{change}}");

/// What the resource of this type is, and how its policy is changed.
pub(super) fn kind(resource_type: &str) -> &'static Kind {
    match resource_type {
        "AWS::Kinesis::Channel" => &CHANNEL,
        "AWS::Kinesis::Queue" => &QUEUE,
        "AWS::Kinesis::StreamConsumer" => &CONSUMER,
        _ => &STREAM,
    }
}
