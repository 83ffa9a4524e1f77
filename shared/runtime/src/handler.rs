//! One event: read, look up, judge, publish, count.

use lambda_runtime::{Diagnostic, LambdaEvent};
use sealwatch_rules::detector::{Detector, Skipped};
use sealwatch_rules::input::{self, Found};
use sealwatch_rules::judge::{Need, Part, judge, needs};
use sealwatch_rules::notification::notification;
use sealwatch_rules::record::Record;
use sealwatch_rules::settings::Settings;
use sealwatch_rules::text::plain;
use serde_json::value::RawValue;

use crate::Describe;
use crate::clients::Clients;
use crate::lookup::look_up;
use crate::metrics::{Counts, lag};
use crate::publish::publish;

/// A function at work.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) detector: &'static Detector,
    pub(crate) describe: Describe,
    pub(crate) settings: Settings,
    pub(crate) clients: Clients,
    pub(crate) topic_arn: String,
}

/// Why an invocation fails, and is tried again by Lambda. The names are what Lambda reports as
/// `errorType`: alarms and runbooks may rely on them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    UnreadableEvent(String),
    LookupFailed(String),
    PublishFailed(String),
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Diagnostic {
        let (error_type, error_message) = match failure {
            Failure::UnreadableEvent(problem) => ("UnreadableEvent", problem),
            Failure::LookupFailed(problem) => ("LookupFailed", problem),
            Failure::PublishFailed(problem) => ("PublishFailed", problem),
        };
        Diagnostic { error_type: error_type.to_owned(), error_message }
    }
}

impl Function {
    /// Handles one invocation.
    pub(crate) async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Result<(), Failure> {
        let mut counts = Counts::default();
        let request_id = event.context.request_id.as_str();
        tracing::debug!(requestId = request_id, body = event.payload.get(), "event");
        let result = self.judge_all(event.payload.get(), request_id, &mut counts).await;
        counts.write(self.detector.name);
        result
    }

    /// An event holds one record, unless somebody redrives a batch of messages: then a record that
    /// fails does not keep the others from being judged.
    async fn judge_all(&self, payload: &str, request_id: &str, counts: &mut Counts) -> Result<(), Failure> {
        let (mut records, mut failures) = (Vec::new(), Vec::new());
        input::each(payload, &mut |_, found| {
            counts.events += 1;
            let (event_id, problem) = match found {
                Found::Record(_, text) => return records.push(text.to_owned()),
                Found::Foreign | Found::Fact(_) => return counts.skipped += 1,
                Found::Unreadable(error) => (error.event_id.clone(), error.to_string()),
                Found::NotJson { problem, .. } => (None, format!("the event {problem}")),
                Found::Unknown => (None, "the event holds no CloudTrail record".to_owned()),
            };
            counts.unreadable += 1;
            failures.push((event_id.unwrap_or_default(), Failure::UnreadableEvent(problem)));
        });
        for text in &records {
            if let Err(failure) = self.judge_one(text, request_id, counts).await {
                failures.push(failure);
            }
        }
        for (event_id, failure) in &failures {
            tracing::error!(requestId = request_id, eventId = plain(event_id), "{failure:?}");
        }
        failures.into_iter().next().map_or(Ok(()), |(_, failure)| Err(failure))
    }

    async fn judge_one(&self, text: &str, request_id: &str, counts: &mut Counts) -> Result<(), (String, Failure)> {
        let read = Record::parse(text).and_then(|record| Ok((record, record.bodies()?)));
        let (record, bodies) = match read {
            Ok(read) => read,
            Err(error) => {
                counts.unreadable += 1;
                return Err((error.event_id.clone().unwrap_or_default(), Failure::UnreadableEvent(error.to_string())));
            }
        };
        let event_id = plain(&record.event_id());
        let watched = match self.detector.watched(&record) {
            Ok(watched) => watched,
            Err(skipped) => {
                counts.skipped += 1;
                let why = match skipped {
                    Skipped::NotOurs => "not a watched call",
                    Skipped::Failed => "the call failed, nothing was changed",
                };
                tracing::info!(requestId = request_id, eventId = event_id, "skipped: {why}");
                return Ok(());
            }
        };
        let change = self.detector.change(watched, &record, &bodies);
        let looked_up = match (self.describe)(&self.clients.config, &change).await {
            Ok(facts) => {
                let mut needs = needs(&change, &facts, &self.settings, Part::All);
                needs.retain(|need| matches!(need, Need::Key(_) | Need::Rotation(_)));
                look_up(needs, &self.clients.kms, facts).await
            }
            Err(problem) => Err(problem),
        };
        let facts = looked_up.map_err(|problem| {
            counts.lookup_failures += 1;
            (event_id.clone(), Failure::LookupFailed(format!("event `{event_id}`: {problem}")))
        })?;
        let findings = judge(self.detector, &change, &facts, &self.settings);
        counts.judged += 1;
        findings.iter().for_each(|finding| counts.finding(finding));
        let told = findings.iter().filter(|finding| finding.is_violation()).count() as u64;
        if let Some(notification) = notification(self.detector.name, &findings, &self.settings) {
            publish(&self.clients.sns, &self.topic_arn, notification).await.map_err(|problem| {
                counts.publish_failures += 1;
                (event_id.clone(), Failure::PublishFailed(format!("event `{event_id}`: {problem}")))
            })?;
        }
        counts.published += told;
        let told_of = findings.iter().filter(|finding| finding.is_violation());
        counts.by_rule.extend(told_of.map(|finding| (finding.rule.id, finding.severity.name())));
        counts.detection_lag = lag(&record.event_time());
        tracing::info!(requestId = request_id, eventId = event_id, violations = told, "judged {}", watched.name);
        Ok(())
    }
}
