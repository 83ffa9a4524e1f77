//! Asking AWS what a record does not tell: one file for each service.
//!
//! A function names the services that it asks, so that the clients of all others are left out of its binary.

mod cloudtrail;
mod firehose;
mod kafka;
mod kafka_connect;
mod kinesis;
mod kms;

pub use cloudtrail::CLOUDTRAIL;
pub use firehose::FIREHOSE;
pub use kafka::KAFKA;
pub use kafka_connect::KAFKA_CONNECT;
pub use kinesis::KINESIS;
pub use kms::KMS;

use std::pin::Pin;

use aws_config::SdkConfig;
use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use sealwatch_rules::facts::{Connector, Described, Facts, Worker};
use sealwatch_rules::judge::Need;
use sealwatch_rules::key::{Key, Rotation};
use sealwatch_rules::text::plain;
use serde_json::Value;

use crate::problem::{Refused, refused};

/// All services that can be asked.
pub static ALL: [&Service; 6] = [&CLOUDTRAIL, &FIREHOSE, &KAFKA, &KAFKA_CONNECT, &KINESIS, &KMS];

/// A service that can be asked.
#[derive(Debug)]
pub struct Service {
    /// True for what it can be asked about.
    pub(crate) answers: fn(&Need) -> bool,
    /// Makes a client.
    pub(crate) connect: fn(&SdkConfig) -> Ask,
}

/// Asks about one need.
pub(crate) type Ask = Box<dyn Fn(Need) -> Asked + Send + Sync>;

/// What comes of it: an answer, or why there was none, so that another try may get one.
pub(crate) type Asked = Pin<Box<dyn Future<Output = Result<Answer, String>> + Send>>;

/// What AWS answered.
pub(crate) enum Answer {
    Key(Key),
    Rotation(Rotation),
    Connector(Connector),
    Worker(Worker),
    /// A stream, cluster or trail, with the member names of the API.
    Resource(Value),
    /// There is no such resource any more.
    Gone,
    /// Why it cannot be known.
    Unknown(String),
}

impl Answer {
    /// Adds it to what is known.
    pub(crate) fn learn(self, need: Need, facts: &mut Facts) {
        let arn = need.arn().to_owned();
        let told = |why: Answer| match why {
            Answer::Unknown(why) => why,
            Answer::Gone => format!("`{}` is gone", plain(need.arn())),
            _ => format!("AWS answered about `{}` with something else", plain(need.arn())),
        };
        match (&need, self) {
            (Need::Key(_), Answer::Key(key)) => facts.put_key(arn, Ok(key)),
            (Need::Key(_), other) => facts.put_key(arn, Err(told(other))),
            (Need::Rotation(_), Answer::Rotation(rotation)) => facts.put_rotation(arn, Ok(rotation)),
            (Need::Rotation(_), other) => facts.put_rotation(arn, Err(told(other))),
            (Need::Worker(_), Answer::Worker(worker)) => facts.put_worker(arn, Ok(worker)),
            (Need::Worker(_), other) => facts.put_worker(arn, Err(told(other))),
            (Need::Connector(_), Answer::Gone) => facts.put_resource(arn, Described::Gone),
            (Need::Connector(_) | Need::ConnectorOperation(_), Answer::Connector(connector)) => {
                facts.put_connector(arn, Ok(connector));
            }
            (Need::Connector(_) | Need::ConnectorOperation(_), other) => facts.put_connector(arn, Err(told(other))),
            (_, Answer::Resource(described)) => facts.put_resource(arn, Described::As(described)),
            (_, Answer::Gone) => facts.put_resource(arn, Described::Gone),
            (_, other) => facts.put_resource(arn, Described::Unknown(told(other))),
        }
    }
}

/// What an answer comes to, or what it means that there was none.
fn answered<T, E: ProvideErrorMetadata>(
    call: &str,
    arn: &str,
    answer: Result<T, SdkError<E, HttpResponse>>,
    read: impl FnOnce(T) -> Answer,
) -> Result<Answer, String> {
    let error = match answer {
        Ok(answer) => return Ok(read(answer)),
        Err(error) => error,
    };
    let named = plain(arn);
    let policies =
        if call.starts_with("kms:") { "the role that asks and in the key's policy" } else { "the role that asks" };
    match refused(error) {
        Ok(Refused::Denied) => Ok(Answer::Unknown(format!("`{call}` on `{named}` was denied: allow it in {policies}"))),
        Ok(Refused::Gone) => Ok(Answer::Gone),
        Ok(Refused::NotTaken(why)) => Ok(Answer::Unknown(format!("`{call}` does not take `{named}`: {why}"))),
        Err(why) => Err(format!("`{call}` on `{named}` was not answered: {why}")),
    }
}

/// What is said where an answer lacks what it is about.
fn told_nothing(call: &str, arn: &str) -> Answer {
    Answer::Unknown(format!("`{call}` told nothing about `{}`", plain(arn)))
}
