//! What a rule is, and what it answers.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde::Serialize;
use serde_json::Value;

use crate::change::Change;
use crate::configuration::{
    CloudTrailTrail, FirehoseStream, KinesisStream, KmsKeyLifecycle, KmsKeyPolicy, MskCluster, MskConnector, Open,
};
use crate::facts::{Fact, Facts};
use crate::key::{Key, KeyRef};
use crate::said::Said;
use crate::settings::Settings;
pub use crate::severity::Severity;
use crate::time::{self, Seconds};

/// One rule: a bad pattern, and how it is recognised.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case, naming the bad pattern.
    pub id: &'static str,
    /// A few words for a headline.
    pub title: &'static str,
    /// How bad a violation is, unless the finding or the settings say otherwise.
    pub severity: Severity,
    /// The controls it answers, each as `framework id`.
    pub controls: &'static [&'static str],
    /// How it is recognised.
    pub check: Check,
    /// The source file, whose doc comment is the documentation.
    pub source: &'static str,
}

impl Rule {
    /// The documentation: the doc comment at the top of the rule's file, as Markdown.
    pub fn doc(&self) -> String {
        let lines = self.source.lines().take_while(|line| line.starts_with("//!"));
        let text = lines.map(|line| line.trim_start_matches("//!").trim_start_matches(' '));
        text.collect::<Vec<_>>().join("\n")
    }

    /// The pages of its `References` section.
    pub fn references(&self) -> Vec<&'static str> {
        let lines = self.source.lines().take_while(|line| line.starts_with("//!"));
        let section = lines.skip_while(|line| !line.ends_with("## References"));
        section.filter_map(|line| line.strip_prefix("//! - <")?.strip_suffix('>')).collect()
    }
}

/// The check of a rule, by the configuration it judges.
///
/// A check is a plain function: no I/O, no clock, no environment.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// Judges an MSK cluster.
    MskCluster(fn(&MskCluster<'_>, &Case<'_>) -> Outcome),
    /// Judges an MSK Connect connector.
    MskConnector(fn(&MskConnector<'_>, &Case<'_>) -> Outcome),
    /// Judges a Kinesis stream.
    KinesisStream(fn(&KinesisStream, &Case<'_>) -> Outcome),
    /// Judges a Firehose stream.
    FirehoseStream(fn(&FirehoseStream, &Case<'_>) -> Outcome),
    /// Judges the policy of a key, or a grant.
    KmsKeyPolicy(fn(&KmsKeyPolicy<'_>, &Case<'_>) -> Outcome),
    /// Judges rotation, state and deletion of a key.
    KmsKeyLifecycle(fn(&KmsKeyLifecycle<'_>, &Case<'_>) -> Outcome),
    /// Judges a trail.
    CloudTrailTrail(fn(&CloudTrailTrail, &Case<'_>) -> Outcome),
}

/// All that a check may look at beside the configuration.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// Who changed what, when and where.
    pub change: &'a Change<'a>,
    /// What is known beyond the record.
    pub facts: &'a Facts,
    /// What the account demands.
    pub settings: &'a Settings,
    /// The time of the call, and the moment at which it is judged: later where a configuration has to settle. None
    /// where records tell nothing about each other, so that time does not matter.
    pub(crate) times: Option<RangeInclusive<Seconds>>,
}

impl<'a> Case<'a> {
    /// The case of a change.
    pub(crate) fn new(change: &'a Change<'a>, facts: &'a Facts, settings: &'a Settings) -> Case<'a> {
        let at = if facts.history.is_empty() { None } else { time::time(&change.event.time) };
        let wait = if change.configuration.settles() { settings.keys.settle } else { 0 };
        let times = at.map(|at| at..=at.saturating_add_unsigned(wait));
        Case { change, facts, settings, times }
    }
}

impl Case<'_> {
    /// What is known about a key at the moment of judging.
    ///
    /// # Errors
    /// The reason why nothing is known.
    pub(crate) fn key(&self, key: &KeyRef) -> Fact<Cow<'_, Key>> {
        self.facts.key(key, self.times.as_ref().map(|times| *times.end()))
    }

    /// The time of the later call that put right what this one made wrong.
    pub(crate) fn put_right(&self) -> Option<String> {
        let (arn, times) = (self.change.resource.arn.as_deref()?, self.times.as_ref()?);
        self.facts.history.put_right(&self.change.event.name, arn, *times.end()).map(time::written)
    }

    /// The resource's name.
    pub fn name(&self) -> &str {
        &self.change.resource.name
    }

    /// The resource's ARN, or its name where the ARN is not known.
    pub fn arn(&self) -> &str {
        self.change.resource.arn.as_deref().unwrap_or(&self.change.resource.name)
    }

    /// An AWS CLI command for the Region of the change. Names in it must be quoted with
    /// [`crate::text::shell`].
    pub fn aws(&self, command: &str) -> String {
        match self.change.region {
            "" => format!("aws {command}"), // a policy document tells no Region
            region => format!("aws {command} --region {}", crate::text::shell(region)),
        }
    }
}

/// The answer of a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The configuration is as demanded.
    Compliant,
    /// It is not.
    Violation(Box<Violation>),
    /// The rule has nothing to judge here, and why.
    NotApplicable(Cow<'static, str>),
    /// It cannot be told, and why.
    Unverified(String),
}

impl Outcome {
    /// The answer about something that a call only started, where a rule waits for the finished configuration.
    pub(crate) fn open(open: &Open) -> Outcome {
        match open {
            Open::Gone => Outcome::not_applicable("it was deleted meanwhile"),
            Open::Unsettled(status) => {
                Outcome::Unverified(format!("it is still {status}: whether it ends up encrypted cannot be told yet"))
            }
            Open::Unknown(why) => Outcome::Unverified(why.clone()),
        }
    }

    /// The answer about a member that the record does not show: where somebody looked, `open` tells why it is not known.
    pub(crate) fn unseen<T>(open: Option<&Open>, member: &Said<T>, path: &str) -> Outcome {
        match (open, member) {
            (Some(open), Said::NotSaid | Said::Redacted | Said::Omitted) => Outcome::open(open),
            _ => Outcome::Unverified(member.missing(path)),
        }
    }

    /// Nothing to judge here, and why.
    pub fn not_applicable(why: &'static str) -> Outcome {
        Outcome::NotApplicable(Cow::Borrowed(why))
    }
}

/// What is wrong, what shows it, and how to put it right.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Violation {
    /// One or two sentences for a tired reader.
    pub detail: String,
    /// The fields that decided, by their path in the record. Secrets never get here.
    pub evidence: Vec<(String, Value)>,
    /// How to put it right.
    pub remediation: Remediation,
    /// Replaces the rule's severity for this finding.
    pub severity: Option<Severity>,
    /// When a later call put it right, in a replay whose records tell that.
    pub until: Option<String>,
}

impl Violation {
    /// A violation described by `detail`.
    pub fn new(detail: impl Into<String>) -> Violation {
        Violation { detail: detail.into(), ..Violation::default() }
    }

    /// Adds a field that decided.
    #[must_use]
    pub fn seen(mut self, path: impl Into<String>, value: impl Into<Value>) -> Violation {
        self.evidence.push((path.into(), value.into()));
        self
    }

    /// Adds when a later call put it right.
    #[must_use]
    pub fn until(mut self, time: Option<String>) -> Violation {
        self.until = time;
        self
    }

    /// Adds how to put it right.
    #[must_use]
    pub fn fix(self, cli: String, terraform: String, console: String) -> Outcome {
        self.fixed_by(Remediation { cli, terraform, console })
    }

    /// Adds a remedy that several rules recommend.
    #[must_use]
    pub fn fixed_by(mut self, remediation: Remediation) -> Outcome {
        self.remediation = remediation;
        Outcome::Violation(Box::new(self))
    }
}

/// How to put a violation right, with the names of the resource filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Remediation {
    /// An AWS CLI command.
    pub cli: String,
    /// A Terraform snippet.
    pub terraform: String,
    /// The way through the console.
    pub console: String,
}
