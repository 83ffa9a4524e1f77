//! From a change to the answers of its detector's rules.

use crate::change::Change;
use crate::configuration::{Configuration, KeyCall};
use crate::detector::Detector;
use crate::facts::Facts;
use crate::finding::Finding;
use crate::key::Place;
use crate::rule::{Case, Check, Outcome, Rule};
use crate::settings::Settings;

/// Something that a judgement needs and the record does not tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// `DescribeKey` of the key or alias with this ARN.
    Key(String),
    /// `GetKeyRotationStatus` of the key with this ARN.
    Rotation(String),
}

/// What has to be looked up before a change can be judged: each key once, always by its full ARN.
///
/// `facts` is what the resource's own `Describe` call has told already: it may name keys that the record hides.
pub fn needs(change: &Change<'_>, facts: &Facts) -> Vec<Need> {
    let configuration = completed(change, facts);
    let keys = configuration.keys().into_iter().filter(|key| !key.is_aws_managed_alias());
    let mut needs: Vec<Need> = keys.filter_map(|key| key.arn.clone()).map(Need::Key).collect();
    if let (Configuration::KmsKeyLifecycle(key), Some(arn)) = (&change.configuration, &change.resource.arn) {
        let open = match &key.call {
            KeyCall::Create(key) => key.as_ref().said().is_some_and(|key| key.cannot_rotate().is_none()),
            KeyCall::EnableRotation { period_days } => period_days.said().is_none(),
            _ => false,
        };
        needs.extend(open.then(|| Need::Rotation(arn.clone())));
    }
    needs.sort();
    needs.dedup();
    needs
}

/// Judges a change by every rule of its detector that the settings leave on: one finding per rule.
pub fn judge<'a>(
    detector: &Detector,
    change: &'a Change<'a>,
    facts: &'a Facts,
    settings: &'a Settings,
) -> Vec<Finding<'a>> {
    let configuration = completed(change, facts);
    let case = Case { change, facts, settings };
    let rules = detector.rules.iter().filter(|rule| settings.enabled(rule.id));
    let hidden = configuration.hidden();
    let finding =
        |rule| Finding { hidden: hidden.clone(), ..Finding::new(rule, check(rule, &configuration, &case), &case) };
    rules.copied().map(finding).collect()
}

fn completed<'a>(change: &'a Change<'a>, facts: &'a Facts) -> Configuration<'a> {
    let Change { partition, region, account, .. } = change;
    let place = Place { partition, region, account };
    change.configuration.completed(change.resource.arn.as_deref(), facts, place)
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
