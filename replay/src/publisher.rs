//! `sealwatch replay --publish`: publishes to an SNS topic what the Lambda functions would publish.

use sealwatch_rules::output::sns::Notification;
use sealwatch_runtime::live::Topic;

use crate::error::{CliError, count};
use crate::messages;

/// Publishes messages to one topic and counts them.
pub(crate) struct Publisher {
    topic: Topic,
    arn: String,
    published: usize,
    unsent: usize,
    /// Why SNS rejected a message; `None` if it has taken them all.
    rejection: Option<String>,
}

impl Publisher {
    /// Prepares to publish to the topic with this ARN.
    pub(crate) fn connect(profile: Option<&str>, arn: &str) -> Result<Publisher, CliError> {
        let topic = Topic::connect(profile, arn).map_err(CliError::Topic)?;
        Ok(Publisher { topic, arn: arn.to_owned(), published: 0, unsent: 0, rejection: None })
    }

    /// Publishes one message. After the first rejection, no further message is sent.
    pub(crate) fn publish(&mut self, notification: Notification) {
        if self.rejection.is_none() {
            self.rejection = self.topic.publish(notification).err();
        }
        match self.rejection {
            Some(_) => self.unsent += 1,
            None => self.published += 1,
        }
    }

    /// Reports how many messages were published.
    pub(crate) fn finish(self) -> Result<(), CliError> {
        if let Some(problem) = self.rejection {
            return Err(CliError::Publish { problem, published: self.published, unsent: self.unsent });
        }
        messages::print(format!("{} published to {}", count(self.published), self.arn));
        Ok(())
    }
}
