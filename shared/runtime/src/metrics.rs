//! Counts for CloudWatch in the embedded metric format: one JSON object per line on standard output. They bypass the log,
//! because CloudWatch does not find metrics inside a log line.
//!
//! CloudWatch charges each metric, which is a name with its dimensions, for each hour in which it is written. So a count of
//! zero is not written, and no dimension has more than a few values: the rule of a violation is a property of its line,
//! which CloudWatch Logs Insights finds.
//!
//! <https://aws.amazon.com/cloudwatch/pricing/>
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;
use std::time::{Duration, SystemTime};

use sealwatch_rules::{Finding, Outcome};
use serde_json::{Map, Value, json};

const NAMESPACE: &str = "Sealwatch";

/// The counts of one invocation. Events = evaluated + waiting + skipped + unreadable + failed look-ups + failed schedules +
/// canary + heartbeats; outcomes = compliant + violations + unverified + not applicable; violations = published + kept +
/// excepted + known, unless publishing or the ledger failed, now or in an earlier attempt: what that left is published, too.
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
    /// Violations below `notify.min_severity`: they are in the log, and nobody is notified.
    pub(crate) kept: u64,
    pub(crate) excepted: u64,
    /// Violations that were told before, or will be told in a message that gathers several.
    pub(crate) known: u64,
    /// Findings that were told to be resolved.
    pub(crate) resolved: u64,
    /// How long each of them was open, in seconds.
    pub(crate) times_to_fix: Vec<u64>,
    pub(crate) ledger_failures: u64,
    pub(crate) lookup_failures: u64,
    pub(crate) schedule_failures: u64,
    pub(crate) publish_failures: u64,
    /// Of the failed look-ups, schedules and publishes, those that the function's time limit ended.
    pub(crate) timeouts: u64,
    /// From the call to its message, in milliseconds; `None` if there is no message, and for a re-check, which is late on
    /// purpose.
    pub(crate) detection_lag: Option<u64>,
    /// Events that are the canary, and the time that the last one took from the call to here, in milliseconds.
    pub(crate) canary_heard: u64,
    pub(crate) canary_delay: Option<u64>,
    /// Subscriptions of the topic for findings that nobody has confirmed, when the canary was heard.
    pub(crate) unconfirmed_subscriptions: u64,
    /// Events that are the heartbeat of a hub's member.
    pub(crate) heartbeats: u64,
    /// Published and kept violations, by rule and severity.
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
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis() as u64;
        // A function that cannot write its output can do nothing about it, and its findings are published already.
        let _ = write(&self.lines(detector, now));
    }

    fn lines(&self, detector: &str, now: u64) -> String {
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
            ("Kept", self.kept),
            ("Excepted", self.excepted),
            ("Known", self.known),
            ("Resolved", self.resolved),
            ("LedgerFailures", self.ledger_failures),
            ("LookupFailures", self.lookup_failures),
            ("ScheduleFailures", self.schedule_failures),
            ("PublishFailures", self.publish_failures),
            ("TimeOuts", self.timeouts),
            ("CanaryHeard", self.canary_heard),
            ("UnconfirmedSubscriptions", self.unconfirmed_subscriptions),
            ("Heartbeats", self.heartbeats),
        ];
        // without `Events` nobody could tell a function that counts nothing from one that does not run
        let written = counts.into_iter().filter(|(name, count)| *count > 0 || *name == "Events");
        let mut metrics: Vec<(&str, &str, u64)> = written.map(|(name, count)| (name, "Count", count)).collect();
        metrics.extend(self.detection_lag.map(|lag| ("DetectionLag", "Milliseconds", lag)));
        metrics.extend(self.canary_delay.map(|delay| ("CanaryDelay", "Milliseconds", delay)));
        let mut lines = line(now, ("detector", detector), &[], &metrics);
        for seconds in &self.times_to_fix {
            lines += &line(now, ("detector", detector), &[], &[("TimeToFix", "Seconds", *seconds)]);
        }
        for (rule, severity) in &self.by_rule {
            let properties = [("rule", *rule), ("detector", detector)];
            lines += &line(now, ("severity", severity), &properties, &[("RuleViolations", "Count", 1)]);
        }
        lines
    }
}

/// Writes lines as they are, whatever the log level. One write, so that no log line comes in between.
pub(crate) fn write(lines: &str) -> std::io::Result<()> {
    std::io::stdout().lock().write_all(lines.as_bytes())
}

/// A line of metrics about now.
pub(crate) fn line_of(dimension: (&str, &str), metrics: &[(&str, &str, u64)]) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis() as u64;
    line(now, dimension, &[], metrics)
}

fn line(now: u64, dimension: (&str, &str), properties: &[(&str, &str)], metrics: &[(&str, &str, u64)]) -> String {
    let units: Vec<Value> = metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
    let texts = properties.iter().chain([&dimension]).map(|(name, value)| ((*name).to_owned(), json!(value)));
    let numbers = metrics.iter().map(|(name, _, value)| ((*name).to_owned(), json!(value)));
    let mut members: Map<String, Value> = texts.chain(numbers).collect();
    let directive = json!({"Namespace": NAMESPACE, "Dimensions": [[dimension.0]], "Metrics": units});
    members.insert("_aws".to_owned(), json!({"Timestamp": now, "CloudWatchMetrics": [directive]}));
    Value::Object(members).to_string() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(counts: &Counts) -> Vec<Value> {
        counts.lines("kms-key-policy", 1).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Namespace, dimensions and the names of the metrics of a line.
    fn directive(line: &Value) -> (&str, &Value, Vec<&str>) {
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        let metrics = directive["Metrics"].as_array().unwrap();
        let names = metrics.iter().map(|metric| metric["Name"].as_str().unwrap()).collect();
        (directive["Namespace"].as_str().unwrap(), &directive["Dimensions"], names)
    }

    #[test]
    fn a_count_of_zero_is_not_written() {
        let counts = Counts { events: 1, evaluated: 1, not_applicable: 7, ..Counts::default() };
        let lines = lines(&counts);
        assert_eq!(
            directive(&lines[0]),
            (NAMESPACE, &json!([["detector"]]), vec!["Events", "Judged", "NotApplicable"])
        );
        assert_eq!((lines.len(), &lines[0]["NotApplicable"], lines[0].get("Published")), (1, &json!(7), None));
    }

    #[test]
    fn the_number_of_events_is_always_written() {
        let lines = lines(&Counts::default());
        assert_eq!((directive(&lines[0]).2, &lines[0]["Events"]), (vec!["Events"], &json!(0)));
    }

    #[test]
    fn the_rule_of_a_violation_is_no_dimension() {
        let by_rule = vec![("kms-key-deletion-scheduled", "high"), ("kms-key-disabled", "low")];
        let lines = lines(&Counts { events: 1, published: 2, by_rule, ..Counts::default() });
        assert_eq!(lines.len(), 3);
        for line in &lines[1..] {
            assert_eq!(directive(line), (NAMESPACE, &json!([["severity"]]), vec!["RuleViolations"]));
        }
        let line = &lines[1];
        assert_eq!((&line["severity"], &line["rule"]), (&json!("high"), &json!("kms-key-deletion-scheduled")));
        assert_eq!((&line["detector"], &line["RuleViolations"]), (&json!("kms-key-policy"), &json!(1)));
    }
}
