//! Publishing notifications to SNS.

use std::sync::OnceLock;

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use sealwatch_rules::output::sns::Notification;

use crate::aws_error::describe;

/// Publishes to one topic.
///
/// Its client is created at the first message. Creating one takes a quarter of a cold start, because the SDK reads the
/// list of all Regions, and most events publish nothing: they are compliant, or not of a monitored call.
#[derive(Debug)]
pub(crate) struct Publisher {
    topic_arn: String,
    config: SdkConfig,
    client: OnceLock<Client>,
}

impl Publisher {
    pub(crate) fn new(topic_arn: String, config: SdkConfig) -> Publisher {
        Publisher { topic_arn, config, client: OnceLock::new() }
    }

    /// Publishes one message.
    ///
    /// # Errors
    /// Names the topic and the response of SNS.
    pub(crate) async fn publish(&self, notification: Notification) -> Result<(), String> {
        let mut call = self
            .client
            .get_or_init(|| Client::new(&self.config))
            .publish()
            .topic_arn(&self.topic_arn)
            .subject(notification.subject)
            .message(notification.message)
            .message_structure("json");
        for (name, value) in notification.attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            let value = value.map_err(|error| format!("cannot build the message attribute `{name}`: {error}"))?;
            call = call.message_attributes(name, value);
        }
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("cannot publish the findings to `{}`: {}", self.topic_arn, describe(&error))),
        }
    }
}
