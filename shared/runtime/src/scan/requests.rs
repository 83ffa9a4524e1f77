//! The request of each look-up.

use sealwatch_rules::Lookup;
use sealwatch_rules::aws::arn::Arn;
use sealwatch_rules::engine::lookup::DESCRIBE_KEY;
use sealwatch_rules::rules::EXISTING;
use serde_json::{Value, json};

use crate::lookups::cluster_of_channel;

/// The parameters of a look-up; `None` if no row makes it.
pub(super) fn parameters(lookup: &Lookup) -> Option<Value> {
    let arn = lookup.arn.as_str();
    match lookup.call {
        "firehose:DescribeDeliveryStream" => Some(json!({ "DeliveryStreamName": Arn::parse(arn)?.name() })),
        "kafka:DescribeChannel" => Some(json!({ "clusterArn": cluster_of_channel(arn)?, "channelArn": arn })),
        // some servers want the name, although there is only one
        "kms:GetKeyPolicy" => Some(json!({ "KeyId": arn, "PolicyName": "default" })),
        DESCRIBE_KEY => Some(json!({ "KeyId": arn })),
        call => {
            let permission =
                EXISTING.iter().flat_map(|row| row.permissions).find(|permission| permission.action == call)?;
            Some(match permission.parameter {
                "" => json!({}),
                parameter => json!({ parameter: arn }),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_look_up_of_a_row_has_its_parameters() {
        const CHANNEL: &str = "arn:aws:kafka:eu-west-1:111122223333:channel/orders/a-1/b";
        for permission in EXISTING.iter().flat_map(|row| row.permissions) {
            let request = parameters(&Lookup::new(permission.action, CHANNEL)).unwrap();
            // these two take no resource: all trails of the Region, all accounts of the organization
            let takes_none = ["cloudtrail:DescribeTrails", "organizations:ListAccounts"].contains(&permission.action);
            assert_eq!(request.as_object().unwrap().is_empty(), takes_none, "{}", permission.action);
        }
    }
}
