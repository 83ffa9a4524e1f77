//! Publishing a notification to SNS.

use aws_sdk_sns::types::MessageAttributeValue;
use sealwatch_rules::arn::Arn;
use sealwatch_rules::notification::Notification;
use sealwatch_rules::text::plain;

use crate::problem::explained;

/// The Region of the topic with this ARN.
///
/// # Errors
/// Says what is wrong with the ARN.
pub(crate) fn region_of_topic(arn: &str) -> Result<&str, String> {
    if arn.ends_with(".fifo") {
        return Err(format!("`{}`: a FIFO topic cannot send e-mail, give a standard topic", plain(arn)));
    }
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "sns");
    parsed.map(|arn| arn.region).ok_or_else(|| format!("`{}`, which is no ARN of an SNS topic", plain(arn)))
}

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
