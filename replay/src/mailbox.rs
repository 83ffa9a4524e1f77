//! `sealwatch replay --publish`: what the functions would have published, to a topic of SNS.

use sealwatch_rules::notification::Notification;
use sealwatch_runtime::live::Topic;

use crate::cli::Problem;

/// A topic, and what became of the messages to it.
pub(crate) struct Mailbox {
    topic: Topic,
    arn: String,
    published: usize,
    unsent: usize,
    /// Why the first one that was not taken was not.
    refused: Option<String>,
}

impl Mailbox {
    /// Makes ready to publish to the topic with this ARN.
    pub(crate) fn open(profile: Option<&str>, arn: &str) -> Result<Mailbox, Problem> {
        let topic = Topic::connect(profile, arn).map_err(|problem| Problem::Said(format!("--publish is {problem}")))?;
        Ok(Mailbox { topic, arn: arn.to_owned(), published: 0, unsent: 0, refused: None })
    }

    /// Publishes one message; behind the first that is refused no other is tried.
    pub(crate) fn publish(&mut self, notification: Notification) {
        if self.refused.is_none() {
            self.refused = self.topic.publish(notification).err();
        }
        match self.refused {
            Some(_) => self.unsent += 1,
            None => self.published += 1,
        }
    }

    /// Says what was done.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        let published = messages(self.published);
        match self.refused {
            Some(problem) => {
                let unsent = messages(self.unsent);
                Err(Problem::Said(format!("{problem}\n--publish sent {published}, and then not the other {unsent}")))
            }
            None => {
                anstream::eprintln!("sealwatch: {published} published to {}", self.arn);
                Ok(())
            }
        }
    }
}

fn messages(count: usize) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}
