//! The configuration that a change comes to: what its record says, with what the record leaves open filled in from what
//! later records tell, else from what AWS answered.

use std::ops::RangeInclusive;

use crate::change::Change;
use crate::configuration::{Configuration, FirehoseStream, KinesisStream, KmsKeyLifecycle, MskConnector, Open, Source};
use crate::connector::{self, Report, Unreadable};
use crate::facts::{Described, Facts};
use crate::history::History;
use crate::key::{Place, Rotation};
use crate::rule::Case;
use crate::said::{Node, Said};
use crate::text::{plain, shell};
use crate::time::Seconds;

/// What records tell about the resource with an ARN, from the time of a call to the moment it is judged at.
type Told<'a> = Option<(&'a History, &'a str, RangeInclusive<Seconds>)>;

/// The configuration that the change of a case comes to.
pub(crate) fn completed<'a>(case: &Case<'a>) -> Configuration<'a> {
    let Change { partition, region, account, resource, configuration, .. } = case.change;
    let place = Place { partition, region, account };
    let (arn, facts) = (resource.arn.as_deref(), case.facts);
    let told = arn.zip(case.times.clone()).map(|(arn, times)| (&facts.history, arn, times));
    let described = || arn.and_then(|arn| described(facts, arn));
    match configuration {
        Configuration::MskCluster(cluster) => match described() {
            Some(info) => Configuration::MskCluster(cluster.completed(info, place)),
            None => configuration.clone(),
        },
        Configuration::CloudTrailTrail(trail) => match described() {
            Some(described) => Configuration::CloudTrailTrail(trail.completed(described, place)),
            None => configuration.clone(),
        },
        Configuration::KinesisStream(stream) if stream.is_open() => {
            let new = *stream == KinesisStream::Created;
            let later = told.filter(|_| new).and_then(|(history, arn, times)| history.stream(arn, times));
            let described = || described().map(|summary| stream.completed(summary, place));
            Configuration::KinesisStream(later.or_else(described).unwrap_or_else(|| stream.clone()))
        }
        Configuration::FirehoseStream(stream) if stream.settles() => {
            Configuration::FirehoseStream(firehose(stream.clone(), described(), told, facts, place))
        }
        Configuration::KmsKeyLifecycle(key) if key.is_open() => {
            Configuration::KmsKeyLifecycle(rotation(key.clone(), arn, facts, told))
        }
        Configuration::MskConnector(connector) => Configuration::MskConnector(settings(connector, arn, facts, place)),
        _ => configuration.clone(),
    }
}

/// What was described, or why nothing can be told from it; none where nobody looked.
fn described<'a>(facts: &'a Facts, arn: &str) -> Option<Result<Node<'a>, Open>> {
    Some(match facts.resource(arn)? {
        Described::As(answer) => Ok(Said::Said(answer)),
        Described::Gone => Err(Open::Gone),
        Described::Unknown(why) => Err(Open::Unknown(why.clone())),
    })
}

/// A new Firehose stream with what became of it, and of the data stream that it reads from.
fn firehose(
    mut stream: FirehoseStream,
    own: Option<Result<Node<'_>, Open>>,
    told: Told<'_>,
    facts: &Facts,
    place: Place<'_>,
) -> FirehoseStream {
    match told.as_ref().and_then(|(history, arn, times)| history.firehose(arn, times.clone())) {
        Some(Ok(sse)) => stream.sse = sse,
        Some(Err(open)) => stream.open = Some(open),
        None => own.into_iter().for_each(|own| stream.described(own, place)),
    }
    let Some(source) = stream.source_arn().map(str::to_owned) else { return stream };
    let told = told.and_then(|(history, _, times)| history.is_encrypted(&source, *times.end()));
    match (told, described(facts, &source), &mut stream.source) {
        (Some(told), _, Source::Kinesis { encrypted, .. }) => *encrypted = Some(Ok(told)),
        (None, Some(summary), _) => stream.source_described(summary),
        _ => {}
    }
    stream
}

/// A key with its rotation, where the call leaves that open.
fn rotation<'a>(mut key: KmsKeyLifecycle<'a>, arn: Option<&str>, facts: &Facts, told: Told<'_>) -> KmsKeyLifecycle<'a> {
    let answered = || arn.and_then(|arn| facts.rotation(arn));
    if !key.settles() {
        let period = told.and_then(|(history, arn, times)| history.rotation_period(arn, *times.end()));
        let told = period.map(|days| Ok(Rotation { enabled: true, period_days: Some(days) }));
        key.rotation = told.or_else(answered);
        return key;
    }
    match told.and_then(|(history, arn, times)| history.new_rotation(arn, times)) {
        Some(Ok(rotation)) => key.rotation = Some(Ok(rotation)),
        Some(Err(open)) => key.open = Some(open),
        None => key.rotation = answered(),
    }
    if arn.and_then(|arn| facts.described_key(arn)).is_some_and(|key| key.is_pending_deletion()) {
        key.open = Some(Open::Gone);
    }
    key
}

/// A connector with the settings that AWS answered: those of the operation that an update started, else those of the
/// connector. The connector itself shows its old settings until the update is through.
fn settings<'a>(connector: &MskConnector<'a>, arn: Option<&str>, facts: &Facts, place: Place<'_>) -> MskConnector<'a> {
    let Some(Err(why)) = &connector.report else { return connector.clone() };
    if arn.is_some_and(|arn| facts.resource(arn) == Some(&Described::Gone)) {
        return MskConnector { gone: true, ..connector.clone() };
    }
    let own = arn.and_then(|arn| facts.connector(arn));
    let operation = connector.operation_arn.and_then(|arn| facts.connector(arn));
    // an operation that changes capacity has no settings
    let operation = operation
        .filter(|operation| !operation.as_ref().is_ok_and(|found| matches!(found.settings, Err(Unreadable::Absent))));
    let report = match operation.or_else(|| own.clone()) {
        Some(described) => described.and_then(|described| {
            let settings = described.settings.as_ref().map_err(Unreadable::to_string)?;
            let (worker, why) = match own.unwrap_or(Ok(described)).map(|own| facts.worker(own)) {
                Ok(Some(Ok(worker))) => (Some(worker), None),
                Ok(Some(Err(why))) | Err(why) => (None, Some(why)),
                Ok(None) => (None, None),
            };
            Ok(Box::new(Report { worker_unavailable: why, ..connector::analyze(settings, worker) }))
        }),
        None => Err(match arn {
            Some(arn) => {
                let arn = shell(&plain(arn));
                format!("{why}; `aws kafkaconnect describe-connector --connector-arn {arn}` would say")
            }
            None => why.clone(),
        }),
    };
    connector.with(report, place)
}
