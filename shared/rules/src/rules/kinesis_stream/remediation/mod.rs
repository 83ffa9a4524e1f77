//! Remediation that the rules on data streams recommend.

use crate::key_policy::Service;
use crate::language::Text;
use crate::rules::remediation::Template;
use crate::rules::resource_policy::analysis::Kind;

/// Encrypt the stream with a customer managed key.
pub(super) const ENCRYPT: Template = Template {
    cli: include_str!("encrypt.sh"),
    terraform: include_str!("encrypt.tf"),
    console: "Kinesis > Data streams > {{name}} > Configuration > Server-side encryption",
};

const fn shared(noun: Text, console: &'static str) -> Kind {
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

static CHANNEL: Kind = shared(Text::literal("channel"), "Kinesis > Channels > {{name}} > Sharing policy");
static CONSUMER: Kind =
    shared(Text::literal("consumer"), "Kinesis > Data streams > Enhanced fan-out > {{name}} > Sharing policy");
static QUEUE: Kind = shared(Text::literal("queue"), "Kinesis > Queues > {{name}} > Sharing policy");
static STREAM: Kind =
    shared(Text::literal("stream"), "Kinesis > Data streams > {{name}} > Data stream sharing > Sharing policy");

/// What the resource of this type is, and how its policy is changed.
pub(super) fn kind(resource_type: &str) -> &'static Kind {
    match resource_type {
        "AWS::Kinesis::Channel" => &CHANNEL,
        "AWS::Kinesis::Queue" => &QUEUE,
        "AWS::Kinesis::StreamConsumer" => &CONSUMER,
        _ => &STREAM,
    }
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn each_type_has_its_place_in_the_console() {
        for (resource_type, noun, place) in [
            ("AWS::Kinesis::Channel", "channel", "Kinesis > Channels > "),
            ("AWS::Kinesis::Queue", "queue", "Kinesis > Queues > "),
            ("AWS::Kinesis::Stream", "stream", "Kinesis > Data streams > {{name}} > Data"),
            ("AWS::Kinesis::StreamConsumer", "consumer", "Kinesis > Data streams > Enhanced fan-out > "),
        ] {
            let kind = kind(resource_type);
            assert_eq!((&*kind.noun, kind.change.console.starts_with(place)), (noun, true), "{resource_type}");
        }
    }
}
