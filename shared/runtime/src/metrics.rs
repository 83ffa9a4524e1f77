//! Counts for CloudWatch in the embedded metric format: one JSON object per line on standard output. They bypass the log,
//! because CloudWatch does not find metrics inside a log line.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use sealwatch_rules::{Finding, Outcome};
use serde_json::{Map, Value, json};

const NAMESPACE: &str = "Sealwatch";

/// The counts of one invocation. Events = evaluated + waiting + skipped + unreadable + failed look-ups + failed schedules
/// + signals (canary and heartbeats);
/// outcomes = compliant + violations + unverified + not applicable; violations = published + excepted, unless publishing
/// failed.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) events: u64,
    /// Events that are done: no rule waits for a re-check.
    pub(crate) evaluated: u64,
    /// Events with rules that wait for a re-check; all other rules are evaluated.
    pub(crate) waiting: u64,
    /// Of the events, those that are re-checks.
    pub(crate) rechecks: u64,
    pub(crate) skipped: u64,
    pub(crate) unreadable: u64,
    pub(crate) compliant: u64,
    pub(crate) violations: u64,
    pub(crate) unverified: u64,
    pub(crate) not_applicable: u64,
    pub(crate) published: u64,
    pub(crate) excepted: u64,
    pub(crate) lookup_failures: u64,
    pub(crate) schedule_failures: u64,
    pub(crate) publish_failures: u64,
    /// From the call to now, in milliseconds; `None` for a re-check, which is late on purpose.
    pub(crate) detection_lag: Option<u64>,
    /// Events that are the canary, and the time that the last one took from the call to here, in milliseconds.
    pub(crate) canary_heard: u64,
    pub(crate) canary_delay: Option<u64>,
    /// Subscriptions of the topic for findings that nobody has confirmed, when the canary was heard.
    pub(crate) unconfirmed_subscriptions: u64,
    /// Events that are the heartbeat of a hub's member.
    pub(crate) heartbeats: u64,
    /// Published violations, by rule and severity.
    pub(crate) by_rule: Vec<(&'static str, &'static str)>,
}

impl Counts {
    /// Counts one finding.
    pub(crate) fn finding(&mut self, finding: &Finding<'_>) {
        match finding.outcome {
            Outcome::Compliant => self.compliant += 1,
            Outcome::NotApplicable(_) => self.not_applicable += 1,
            Outcome::Unverified(_) => self.unverified += 1,
            Outcome::Violation(_) => {
                self.violations += 1;
                self.excepted += u64::from(finding.exception.is_some());
            }
        }
    }

    /// Writes the counts of an invocation of `detector`.
    pub(crate) fn write(&self, detector: &str) {
        let counts = [
            ("Events", self.events),
            ("Judged", self.evaluated),
            ("Deferred", self.waiting),
            ("Rechecked", self.rechecks),
            ("Skipped", self.skipped),
            ("Unreadable", self.unreadable),
            ("Compliant", self.compliant),
            ("Violations", self.violations),
            ("Unverified", self.unverified),
            ("NotApplicable", self.not_applicable),
            ("Published", self.published),
            ("Excepted", self.excepted),
            ("LookupFailures", self.lookup_failures),
            ("ScheduleFailures", self.schedule_failures),
            ("PublishFailures", self.publish_failures),
        ];
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis() as u64;
        let mut metrics: Vec<(&str, &str, u64)> = counts.map(|(name, count)| (name, "Count", count)).to_vec();
        metrics.extend(self.detection_lag.map(|lag| ("DetectionLag", "Milliseconds", lag)));
        metrics.extend(self.canary_delay.map(|delay| ("CanaryDelay", "Milliseconds", delay)));
        let signals = [
            ("CanaryHeard", self.canary_heard),
            ("UnconfirmedSubscriptions", self.unconfirmed_subscriptions),
            ("Heartbeats", self.heartbeats),
        ];
        metrics.extend(signals.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| (name, "Count", count)));
        let mut lines = line(now, &[("detector", detector)], &metrics) + "\n";
        for (rule, severity) in &self.by_rule {
            lines += &line(now, &[("rule", rule), ("severity", severity)], &[("RuleViolations", "Count", 1)]);
            lines += "\n";
        }
        // One write, so that no log line comes in between. A function that cannot write its output can do nothing about
        // it, and its findings are published already.
        let _ = std::io::stdout().lock().write_all(lines.as_bytes());
    }
}

fn line(now: u64, dimensions: &[(&str, &str)], metrics: &[(&str, &str, u64)]) -> String {
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let units: Vec<Value> = metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
    let mut members: Map<String, Value> =
        dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    members.extend(metrics.iter().map(|(name, _, value)| ((*name).to_owned(), json!(value))));
    let directive = json!({"Namespace": NAMESPACE, "Dimensions": [names], "Metrics": units});
    members.insert("_aws".to_owned(), json!({"Timestamp": now, "CloudWatchMetrics": [directive]}));
    Value::Object(members).to_string()
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

/// Milliseconds from an event's time until now; `None` if the time cannot be read.
pub(crate) fn lag(event_time: &str) -> Option<u64> {
    let time = DateTime::from_str(event_time, Format::DateTime).ok()?;
    let time = SystemTime::try_from(time).ok()?;
    SystemTime::now().duration_since(time).ok().map(|lag| lag.as_millis() as u64)
}
