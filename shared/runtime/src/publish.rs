//! Publishing a notification to SNS.

use aws_sdk_sns::types::MessageAttributeValue;
use sealwatch_rules::notification::Notification;

use crate::problem::explained;

/// Publishes one message.
///
/// # Errors
/// Says what SNS answered; the event is then tried again.
pub(crate) async fn publish(
    sns: &aws_sdk_sns::Client,
    topic_arn: &str,
    notification: Notification,
) -> Result<(), String> {
    let mut call = sns
        .publish()
        .topic_arn(topic_arn)
        .subject(notification.subject)
        .message(notification.message)
        .message_structure("json");
    for (name, value) in notification.attributes {
        let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
        let value = value.map_err(|error| format!("the attribute `{name}` cannot be sent: {error}"))?;
        call = call.message_attributes(name, value);
    }
    match call.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("the findings could not be published to `{topic_arn}`: {}", explained(&error))),
    }
}
