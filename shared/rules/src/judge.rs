//! From a change to the answers of its detector's rules.

use crate::change::Change;
use crate::configuration::{Configuration, Source};
use crate::detector::Detector;
use crate::facts::Facts;
use crate::finding::Finding;
use crate::key::Place;
use crate::rule::{Case, Check, Outcome, Rule};
use crate::settings::Settings;

/// Something that a judgement needs and the record does not tell: the AWS call that would, and the ARN it takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// `kms:DescribeKey` of a key or alias.
    Key(String),
    /// `kms:GetKeyRotationStatus` of a key.
    Rotation(String),
    /// `kinesis:DescribeStreamSummary` of a data stream.
    Stream(String),
    /// `firehose:DescribeDeliveryStream` of a Firehose stream.
    FirehoseStream(String),
    /// `kafka:DescribeClusterV2` of a cluster.
    Cluster(String),
    /// `kafkaconnect:DescribeConnector` of a connector.
    Connector(String),
    /// `kafkaconnect:DescribeConnectorOperation` of an update of a connector.
    ConnectorOperation(String),
    /// `kafkaconnect:DescribeWorkerConfiguration` of what a connector runs on.
    Worker(String),
    /// `cloudtrail:GetTrail` of a trail.
    Trail(String),
}

impl Need {
    /// The ARN of what has to be looked up.
    pub fn arn(&self) -> &str {
        let (Need::Key(arn)
        | Need::Rotation(arn)
        | Need::Stream(arn)
        | Need::FirehoseStream(arn)
        | Need::Cluster(arn)
        | Need::Connector(arn)
        | Need::ConnectorOperation(arn)
        | Need::Worker(arn)
        | Need::Trail(arn)) = self;
        arn
    }
}

/// Which rules of a detector are to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    All,
    /// Those that need not wait for a configuration to settle.
    AtOnce,
    /// Those that had to wait.
    Settled,
}

impl Part {
    fn rules(self, detector: &Detector, change: &Change<'_>) -> impl Iterator<Item = &'static Rule> {
        let waits = |rule: &Rule| detector.waiting.iter().any(|waiting| waiting.id == rule.id);
        let settles = change.configuration.settles();
        detector.rules.iter().copied().filter(move |rule| match self {
            Part::All => true,
            Part::AtOnce => !(settles && waits(rule)),
            Part::Settled => settles && waits(rule),
        })
    }
}

/// What has to be looked up before these rules can judge a change, and is not among the facts: each key once, always by
/// its full ARN.
///
/// Answers raise new questions: a described stream names its key. So this is asked until nothing is needed any more.
pub fn needs(change: &Change<'_>, facts: &Facts, settings: &Settings, part: Part) -> Vec<Need> {
    let case = Case::new(change, facts, settings);
    let configuration = completed(&case);
    let mut needs = Vec::new();
    let waits = part == Part::AtOnce && change.configuration.settles();
    if let (false, Some(arn)) = (waits, &change.resource.arn) {
        needs.extend(open_questions(&change.configuration, &configuration, arn, facts));
    }
    let keys = configuration.keys().into_iter().filter(|key| !key.is_aws_managed_alias());
    needs.extend(keys.filter_map(|key| key.arn.clone()).map(Need::Key));
    needs.retain(|need| match need {
        Need::Key(arn) => !facts.has_key(arn),
        Need::Rotation(arn) => facts.rotation(arn).is_none(),
        Need::Stream(arn) | Need::FirehoseStream(arn) | Need::Cluster(arn) | Need::Trail(arn) => {
            facts.resource(arn).is_none()
        }
        Need::Connector(arn) | Need::ConnectorOperation(arn) => {
            facts.connector(arn).is_none() && facts.resource(arn).is_none()
        }
        Need::Worker(arn) => !facts.has_worker(arn),
    });
    needs.sort();
    needs.dedup();
    needs
}

/// What the resource's own service can tell about it.
fn open_questions(said: &Configuration<'_>, completed: &Configuration<'_>, arn: &str, facts: &Facts) -> Vec<Need> {
    match (said, completed) {
        (Configuration::KinesisStream(stream), _) if stream.is_open() => vec![Need::Stream(arn.to_owned())],
        (Configuration::FirehoseStream(stream), Configuration::FirehoseStream(completed)) if stream.settles() => {
            let source = completed.source_arn().map(|source| Need::Stream(source.to_owned()));
            let itself =
                (!matches!(stream.source, Source::Kinesis { .. })).then(|| Need::FirehoseStream(arn.to_owned()));
            itself.into_iter().chain(source).collect()
        }
        (Configuration::KmsKeyLifecycle(key), _) if key.settles() => {
            vec![Need::Key(arn.to_owned()), Need::Rotation(arn.to_owned())]
        }
        (Configuration::KmsKeyLifecycle(key), _) if key.is_open() => vec![Need::Rotation(arn.to_owned())],
        (Configuration::MskCluster(cluster), _) if cluster.is_open() => vec![Need::Cluster(arn.to_owned())],
        (Configuration::CloudTrailTrail(trail), _) if trail.is_open() => vec![Need::Trail(arn.to_owned())],
        (Configuration::MskConnector(connector), _) if connector.is_open() => {
            let operation = connector.operation_arn.map(|arn| Need::ConnectorOperation(arn.to_owned()));
            let known = facts.connector(arn).and_then(Result::ok);
            let worker = known.and_then(|known| known.worker.as_ref()).map(|(arn, _)| Need::Worker(arn.clone()));
            [Some(Need::Connector(arn.to_owned())), operation, worker].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

/// The status of a resource that is still being put together, as the facts show it: to be looked at again later.
pub fn unsettled(change: &Change<'_>, facts: &Facts, settings: &Settings) -> Option<String> {
    completed(&Case::new(change, facts, settings)).unsettled().map(str::to_owned)
}

/// Judges a change by all rules of its detector that the settings leave on: one finding per rule.
pub fn judge<'a>(
    detector: &Detector,
    change: &'a Change<'a>,
    facts: &'a Facts,
    settings: &'a Settings,
) -> Vec<Finding<'a>> {
    judge_part(detector, Part::All, change, facts, settings)
}

/// Judges a change by some of the rules.
pub fn judge_part<'a>(
    detector: &Detector,
    part: Part,
    change: &'a Change<'a>,
    facts: &'a Facts,
    settings: &'a Settings,
) -> Vec<Finding<'a>> {
    let case = Case::new(change, facts, settings);
    let configuration = completed(&case);
    let hidden = configuration.hidden();
    let finding =
        |rule| Finding { hidden: hidden.clone(), ..Finding::new(rule, check(rule, &configuration, &case), &case) };
    part.rules(detector, change).filter(|rule| settings.enabled(rule.id)).map(finding).collect()
}

fn completed<'a>(case: &Case<'a>) -> Configuration<'a> {
    let change = case.change;
    let Change { partition, region, account, .. } = change;
    let place = Place { partition, region, account };
    change.configuration.completed(change.resource.arn.as_deref(), case.facts, place, case.times.clone())
}

fn check(rule: &Rule, configuration: &Configuration<'_>, case: &Case<'_>) -> Outcome {
    match (rule.check, configuration) {
        (Check::MskCluster(check), Configuration::MskCluster(cluster)) => check(cluster, case),
        (Check::MskConnector(check), Configuration::MskConnector(connector)) => check(connector, case),
        (Check::KinesisStream(check), Configuration::KinesisStream(stream)) => check(stream, case),
        (Check::FirehoseStream(check), Configuration::FirehoseStream(stream)) => check(stream, case),
        (Check::KmsKeyPolicy(check), Configuration::KmsKeyPolicy(policy)) => check(policy, case),
        (Check::KmsKeyLifecycle(check), Configuration::KmsKeyLifecycle(key)) => check(key, case),
        (Check::CloudTrailTrail(check), Configuration::CloudTrailTrail(trail)) => check(trail, case),
        _ => Outcome::not_applicable("another kind of resource"),
    }
}
