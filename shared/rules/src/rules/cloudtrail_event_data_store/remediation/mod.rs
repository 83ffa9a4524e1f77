//! Remediation that the rules on event data stores recommend.

use crate::key_policy::Service;
use crate::language::Text;
use crate::rules::remediation::Template;
use crate::rules::resource_policy::analysis::Kind;

/// Encrypt the events with a customer managed key.
pub(super) const CUSTOMER_KEY: Template = Template {
    cli: include_str!("customer_key.sh"),
    terraform: include_str!("customer_key.tf"),
    console: "CloudTrail > Lake > Event data stores > {{name}} > General details > Edit > Use my own AWS KMS key",
};

/// Collect all management events.
pub(super) const MANAGEMENT_EVENTS: Template = Template {
    cli: include_str!("management_events.sh"),
    terraform: include_str!("management_events.tf"),
    console: "CloudTrail > Lake > Event data stores > {{name}} > Management events > Edit",
};

/// A new event data store: the key of an existing one cannot be changed.
pub(super) const OTHER_KEY: Template = Template {
    cli: include_str!("other_key.sh"),
    terraform: include_str!("other_key.tf"),
    console: "CloudTrail > Lake > Event data stores > Create event data store > Use my own AWS KMS key",
};

/// Bring a deleted event data store back.
pub(super) const RESTORE: Template = Template {
    cli: include_str!("restore.sh"),
    terraform: include_str!("restore.tf"),
    console: "CloudTrail > Lake > Event data stores > {{name}} > Actions > Restore",
};

/// Start ingestion again.
pub(super) const START: Template = Template {
    cli: include_str!("start.sh"),
    terraform: include_str!("start.tf"),
    console: "CloudTrail > Lake > Event data stores > {{name}} > Actions > Start ingestion",
};

const fn with_policy(noun: Text, console: &'static str) -> Kind {
    Kind {
        service: Service::CloudTrail,
        noun,
        placeholder: "your-resource-arn",
        change: Template {
            cli: include_str!("change_policy.sh"),
            terraform: include_str!("change_policy.tf"),
            console,
        },
        delete: Some(Template {
            cli: include_str!("delete_policy.sh"),
            terraform: include_str!("delete_policy.tf"),
            console,
        }),
    }
}

static CHANNEL: Kind =
    with_policy(Text::literal("channel"), "CloudTrail > Lake > Integrations > {{name}} > Resource policy");
static DASHBOARD: Kind = with_policy(
    Text::literal("dashboard"),
    "CloudTrail > Lake > Dashboard > {{name}} > Refresh schedule > Resource policy",
);
static STORE: Kind = with_policy(
    Text::literal("event data store"),
    "CloudTrail > Lake > Event data stores > {{name}} > Resource policy > Edit",
);

/// What the resource of this type is, and how its policy is changed.
pub(super) fn kind(resource_type: &str) -> &'static Kind {
    match resource_type {
        "AWS::CloudTrail::Channel" => &CHANNEL,
        "AWS::CloudTrail::Dashboard" => &DASHBOARD,
        _ => &STORE,
    }
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn each_type_has_its_place_in_the_console() {
        for (resource_type, noun, place) in [
            ("AWS::CloudTrail::Channel", "channel", "CloudTrail > Lake > Integrations > "),
            ("AWS::CloudTrail::Dashboard", "dashboard", "CloudTrail > Lake > Dashboard > "),
            ("AWS::CloudTrail::EventDataStore", "event data store", "CloudTrail > Lake > Event data stores > "),
        ] {
            let kind = kind(resource_type);
            assert_eq!((&*kind.noun, kind.change.console.starts_with(place)), (noun, true), "{resource_type}");
        }
    }
}
