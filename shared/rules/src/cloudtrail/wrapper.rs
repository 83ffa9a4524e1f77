//! What records are kept and sent in: one table of the forms that AWS and other products write.

use crate::cloudtrail::object::Member;

/// A form of JSON that holds records, or objects of another form.
#[derive(Debug)]
pub struct Wrapper {
    /// What it is, in Markdown.
    pub name: &'static str,
    /// The members that lead to what it holds: JSON, or JSON as text. It is recognized by these.
    pub path: &'static [&'static str],
    /// The first of them.
    pub(crate) first: Member,
    /// True if what it holds may also be base64, of JSON or of gzip.
    pub encoded: bool,
}

const fn holds(name: &'static str, first: Member, path: &'static [&'static str]) -> Wrapper {
    Wrapper { name, path, first, encoded: false }
}

const fn encodes(name: &'static str, first: Member, path: &'static [&'static str]) -> Wrapper {
    Wrapper { name, path, first, encoded: true }
}

/// All forms, besides EventBridge events, bare records and lists. If an object is of several, the first one that holds a
/// record counts. No two rows begin with the same member: what it holds would be read twice at each level.
///
/// - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html>
/// - <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>, `API_GetQueryResults`
/// - <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html>
/// - <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>, `API_GetQueryResults`
/// - <https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html>: the events of the services
/// - <https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html>
/// - <https://www.elastic.co/docs/reference/ecs/ecs-event#field-event-original>
/// - <https://docs.splunk.com/Documentation/Splunk/latest/RESTREF/RESTsearch>
/// - <https://docs.datadoghq.com/api/latest/logs/>
pub static WRAPPERS: [Wrapper; 24] = [
    holds("CloudTrail log file; Lambda event of SQS, SNS or Kinesis", Member::Records, &["Records"]),
    holds("`aws cloudtrail lookup-events`", Member::CloudTrailEvent, &["CloudTrailEvent"]),
    holds("CloudTrail Lake: column `eventJson`", Member::EventJson, &["eventJson"]),
    holds("`aws cloudtrail get-query-results`", Member::QueryResultRows, &["QueryResultRows"]),
    holds(
        "`aws cloudtrail lookup-events`; `aws logs filter-log-events` and `get-log-events`",
        Member::Events,
        &["Events"],
    ),
    holds("CloudWatch Logs subscription", Member::LogEvents, &["logEvents"]),
    encodes("CloudWatch Logs subscription of a Lambda function", Member::Awslogs, &["awslogs", "data"]),
    holds("Lambda on-failure record", Member::RequestPayload, &["requestPayload"]),
    holds("`aws sqs receive-message`", Member::Messages, &["Messages"]),
    holds("SQS message", Member::Body, &["body"]),
    holds("SNS message in a Lambda event", Member::Sns, &["Sns", "Message"]),
    encodes("Kinesis record in a Lambda event", Member::Kinesis, &["kinesis", "data"]),
    encodes("Kafka record in a Lambda event", Member::Value, &["value"]),
    holds("Elasticsearch or OpenSearch answer", Member::Hits, &["hits", "hits"]),
    holds("Elasticsearch or OpenSearch document", Member::Source, &["_source"]),
    holds("Elastic Common Schema", Member::Event, &["event", "original"]),
    holds("Elastic Common Schema, flat", Member::EventOriginal, &["event.original"]),
    holds("Splunk event", Member::Raw, &["_raw"]),
    holds("Splunk export", Member::Result, &["result"]),
    holds("Splunk search results; `aws logs get-query-results` with `@message`", Member::Results, &["results"]),
    holds("Datadog log", Member::Attributes, &["attributes"]),
    holds("SNS message; log event; Elastic or Logstash document", Member::Message, &["message"]),
    encodes("`aws kinesis get-records`; Firehose record; list of Datadog logs", Member::Data, &["data"]),
    holds("EventBridge event with `detail` as text", Member::Detail, &["detail"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_member_is_the_first_of_the_path() {
        for wrapper in &WRAPPERS {
            assert_eq!(Member::named(wrapper.path.first().unwrap()), wrapper.first, "{wrapper:?}");
            assert_eq!(WRAPPERS.iter().filter(|other| other.first == wrapper.first).count(), 1, "{wrapper:?}");
        }
    }
}
