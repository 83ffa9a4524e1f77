//! From a change to the answers of its detector's rules.

use crate::change::Change;
use crate::completed::completed;
use crate::configuration::{Configuration, Source};
use crate::detector::Detector;
use crate::facts::Facts;
use crate::finding::Finding;
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
        (_, Configuration::KinesisStream(stream)) if stream.is_open() => vec![Need::Stream(arn.to_owned())],
        (_, Configuration::FirehoseStream(stream)) if stream.settles() && stream.open.is_none() => match &stream.source
        {
            Source::Kinesis { arn: Some(source), encrypted: None } => vec![Need::Stream(source.clone())],
            Source::Kinesis { .. } => Vec::new(),
            _ => vec![Need::FirehoseStream(arn.to_owned())],
        },
        (_, Configuration::KmsKeyLifecycle(key)) if key.rotation.is_none() && key.open.is_none() => {
            let (itself, rotation) = (Need::Key(arn.to_owned()), Need::Rotation(arn.to_owned()));
            match (key.settles(), key.is_open()) {
                (true, _) => vec![itself, rotation],
                (false, true) => vec![rotation],
                (false, false) => Vec::new(),
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::{
        CLOUDTRAIL_TRAIL, FIREHOSE_STREAM, KINESIS_STREAM, KMS_KEY_LIFECYCLE, MSK_CLUSTER, MSK_CONNECTOR,
    };
    use crate::facts::Described;
    use crate::history::{History, told};
    use crate::record::Record;
    use serde_json::{Value, json};

    const STREAM: &str = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders";
    const FIREHOSE: &str = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/clicks";
    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";

    /// Hands the change of a call to `see`.
    fn change<T>(detector: &'static Detector, name: &str, request: &Value, see: impl FnOnce(&Change<'_>) -> T) -> T {
        let text = json!({"eventName": name, "eventSource": detector.event_source, "awsRegion": "eu-west-1",
            "recipientAccountId": "111122223333", "requestParameters": request})
        .to_string();
        let record = Record::parse(&text).unwrap();
        let bodies = record.bodies().unwrap();
        see(&detector.change(detector.watched(&record).unwrap(), &record, &bodies))
    }

    fn needed(detector: &'static Detector, name: &str, request: &Value, facts: &Facts, part: Part) -> Vec<Need> {
        change(detector, name, request, |change| needs(change, facts, &Settings::default(), part))
    }

    #[test]
    fn only_what_a_record_leaves_open_is_looked_up() {
        let (key, rotation) = (Need::Key(KEY.to_owned()), Need::Rotation(KEY.to_owned()));
        let (stream, firehose) = (Need::Stream(STREAM.to_owned()), Need::FirehoseStream(FIREHOSE.to_owned()));
        let named = json!({"streamName": "orders", "keyId": KEY, "deliveryStreamName": "clicks"});
        let aws = json!({"streamName": "orders", "keyId": "alias/aws/kinesis"});
        let source =
            json!({"deliveryStreamName": "clicks", "kinesisStreamSourceConfiguration": {"kinesisStreamARN": STREAM}});
        let sealed = json!({"deliveryStreamName": "clicks",
            "deliveryStreamEncryptionConfigurationInput": {"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": KEY}});
        let yearly = json!({"keyId": KEY, "rotationPeriodInDays": 365});
        for (detector, name, request, want) in [
            (&KINESIS_STREAM, "CreateStream", &named, vec![stream.clone()]),
            (&KINESIS_STREAM, "StartStreamEncryption", &named, vec![key.clone()]),
            (&KINESIS_STREAM, "StartStreamEncryption", &aws, vec![]),
            (&KINESIS_STREAM, "StopStreamEncryption", &named, vec![]),
            (&FIREHOSE_STREAM, "CreateDeliveryStream", &named, vec![firehose]),
            (&FIREHOSE_STREAM, "CreateDeliveryStream", &source, vec![stream]),
            (&FIREHOSE_STREAM, "CreateDeliveryStream", &sealed, vec![key.clone()]),
            (&FIREHOSE_STREAM, "StopDeliveryStreamEncryption", &named, vec![]),
            (&KMS_KEY_LIFECYCLE, "EnableKeyRotation", &named, vec![rotation]),
            (&KMS_KEY_LIFECYCLE, "EnableKeyRotation", &yearly, vec![]),
            (&KMS_KEY_LIFECYCLE, "DisableKeyRotation", &named, vec![]),
        ] {
            assert_eq!(needed(detector, name, request, &Facts::default(), Part::All), want, "{name} {request}");
        }
    }

    #[test]
    fn clusters_trails_and_connectors_are_asked_for_what_is_hidden_alone() {
        const CLUSTER: &str = "arn:aws:kafka:eu-west-1:111122223333:cluster/payments/1";
        const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";
        let (cluster, trail) = (Need::Cluster(CLUSTER.to_owned()), Need::Trail(TRAIL.to_owned()));
        let transit = |more: &str| {
            format!(
                r#"{{"provisioned": {{"encryptionInfo": {{"encryptionInTransit": {{"clientBroker": "TLS"}}}}{more}}}}}"#
            )
        };
        let iam = r#","clientAuthentication": {"sasl": {"iam": {"enabled": true}}}"#;
        let made = format!(r#"{{"clusterArn": "{CLUSTER}"}}"#);
        for (detector, name, request, response, want) in [
            (&MSK_CLUSTER, "CreateClusterV2", transit(iam), made.clone(), None),
            (&MSK_CLUSTER, "CreateClusterV2", transit(""), made.clone(), Some(&cluster)),
            (&MSK_CLUSTER, "CreateClusterV2", transit(r#","encryptionInfo": "***""#), made.clone(), Some(&cluster)),
            (&MSK_CLUSTER, "CreateClusterV2", r#"{"omitted": true}"#.to_owned(), made.clone(), Some(&cluster)),
            (&MSK_CLUSTER, "CreateClusterV2", r#"{"omitted": true}"#.to_owned(), "null".to_owned(), None),
            (&MSK_CLUSTER, "CreateClusterV2", r#"{"serverless": {}}"#.to_owned(), made.clone(), None),
            (&MSK_CLUSTER, "UpdateSecurity", r#"{"omitted": true}"#.to_owned(), made, None),
            (&CLOUDTRAIL_TRAIL, "UpdateTrail", r#"{"name": "audit"}"#.to_owned(), "null".to_owned(), Some(&trail)),
            (
                &CLOUDTRAIL_TRAIL,
                "UpdateTrail",
                r#"{"name": "audit"}"#.to_owned(),
                r#"{"name": "audit"}"#.to_owned(),
                None,
            ),
            (&CLOUDTRAIL_TRAIL, "CreateTrail", r#"{"name": "audit"}"#.to_owned(), "null".to_owned(), None),
        ] {
            let text = format!(
                r#"{{"eventName": "{name}", "eventSource": "{}", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
                "requestParameters": {request}, "responseElements": {response}}}"#,
                detector.event_source
            );
            let record = Record::parse(&text).unwrap();
            let bodies = record.bodies().unwrap();
            let change = detector.change(detector.watched(&record).unwrap(), &record, &bodies);
            let needs = needs(&change, &Facts::default(), &Settings::default(), Part::All);
            assert_eq!(needs.iter().collect::<Vec<_>>(), want.into_iter().collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn a_connector_is_asked_for_with_its_update_and_then_for_its_worker() {
        const CONNECTOR: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/1";
        const OPERATION: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:connector-operation/orders/1/2";
        const WORKER: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/1";
        let text = json!({"eventName": "UpdateConnector", "eventSource": "kafkaconnect.amazonaws.com", "awsRegion": "eu-west-1",
            "recipientAccountId": "111122223333", "requestParameters": {"connectorConfiguration": "***"},
            "responseElements": {"connectorArn": CONNECTOR, "connectorOperationArn": OPERATION}})
        .to_string();
        let record = Record::parse(&text).unwrap();
        let bodies = record.bodies().unwrap();
        let change = MSK_CONNECTOR.change(MSK_CONNECTOR.watched(&record).unwrap(), &record, &bodies);
        let needed = |facts: &Facts| needs(&change, facts, &Settings::default(), Part::All);
        let mut facts = Facts::default();
        assert_eq!(
            needed(&facts),
            [Need::Connector(CONNECTOR.to_owned()), Need::ConnectorOperation(OPERATION.to_owned())]
        );
        facts
            .learn(&json!({"connectorArn": CONNECTOR, "connectorConfiguration": {"a": "b"},
            "workerConfiguration": {"workerConfigurationArn": WORKER, "revision": 1}}))
            .unwrap();
        facts.put_connector(OPERATION.to_owned(), Err("denied".to_owned()));
        assert_eq!(needed(&facts), [Need::Worker(WORKER.to_owned())]);
        facts.put_worker(WORKER.to_owned(), Err("denied".to_owned()));
        assert_eq!(needed(&facts), []);
    }

    #[test]
    fn an_answer_may_raise_a_new_question_and_settles_the_old_one() {
        let request = json!({"streamName": "orders"});
        let mut facts = Facts::default();
        facts.put_resource(STREAM.to_owned(), Described::As(json!({"EncryptionType": "KMS", "KeyId": KEY})));
        let needs = needed(&KINESIS_STREAM, "CreateStream", &request, &facts, Part::Settled);
        assert_eq!(needs, [Need::Key(KEY.to_owned())]);
        facts.put_key(KEY.to_owned(), Err("access denied".to_owned()));
        assert_eq!(needed(&KINESIS_STREAM, "CreateStream", &request, &facts, Part::Settled), []);
    }

    #[test]
    fn what_later_records_tell_is_not_looked_up() {
        let text = json!({"eventName": "StartStreamEncryption", "eventSource": "kinesis.amazonaws.com",
            "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "eventTime": "2026-11-22T10:01:00Z",
            "requestParameters": {"streamName": "orders", "keyId": "alias/aws/kinesis"}})
        .to_string();
        let record = Record::parse(&text).unwrap();
        let mut facts = Facts::default();
        facts.history = History::of(told(&record, &record.bodies().unwrap()));
        let created = text.replace("StartStreamEncryption", "CreateStream");
        for (time, want) in [("10:00:00", vec![]), ("09:00:00", vec![Need::Stream(STREAM.to_owned())])] {
            let text = created.replace("10:01:00", time);
            let record = Record::parse(&text).unwrap();
            let bodies = record.bodies().unwrap();
            let change = KINESIS_STREAM.change(KINESIS_STREAM.watched(&record).unwrap(), &record, &bodies);
            assert_eq!(needs(&change, &facts, &Settings::default(), Part::All), want, "{time}");
        }
    }

    #[test]
    fn what_waits_is_not_looked_up_at_once_and_answers_once() {
        let request = json!({"deliveryStreamName": "clicks"});
        let none = needed(&FIREHOSE_STREAM, "CreateDeliveryStream", &request, &Facts::default(), Part::AtOnce);
        assert_eq!(none, []);
        let ids = |detector, name, request, part| {
            change(detector, name, request, |change| {
                let (facts, settings) = (Facts::default(), Settings::default());
                let findings = judge_part(detector, part, change, &facts, &settings);
                findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>()
            })
        };
        for (detector, name, waits) in [
            (&FIREHOSE_STREAM, "CreateDeliveryStream", 3),
            (&FIREHOSE_STREAM, "StopDeliveryStreamEncryption", 0),
            (&KINESIS_STREAM, "CreateStream", 3),
            (&KINESIS_STREAM, "StopStreamEncryption", 0),
            (&KMS_KEY_LIFECYCLE, "CreateKey", 1),
            (&KMS_KEY_LIFECYCLE, "DisableKeyRotation", 0),
        ] {
            let at_once = ids(detector, name, &request, Part::AtOnce);
            let settled = ids(detector, name, &request, Part::Settled);
            assert_eq!(settled.len(), waits, "{name}");
            let mut both = [at_once, settled].concat();
            both.sort_unstable();
            assert_eq!(both, ids(detector, name, &request, Part::All), "{name}: each rule answers once");
        }
    }

    #[test]
    fn every_settling_call_of_the_table_settles_and_no_other_does() {
        for detector in [&FIREHOSE_STREAM, &KINESIS_STREAM, &KMS_KEY_LIFECYCLE] {
            for watched in detector.events {
                let settles = change(detector, watched.name, &json!({}), |change| change.configuration.settles());
                assert_eq!(settles, watched.settles, "{}", watched.name);
            }
        }
    }

    #[test]
    fn what_is_gone_denied_or_unfinished_is_no_violation() {
        let request = json!({"streamName": "orders"});
        let answers = |described| {
            change(&KINESIS_STREAM, "CreateStream", &request, |change| {
                let (mut facts, settings) = (Facts::default(), Settings::default());
                facts.put_resource(STREAM.to_owned(), described);
                let findings = judge(&KINESIS_STREAM, change, &facts, &settings);
                let outcomes = findings.iter().map(Finding::outcome_name).collect::<Vec<_>>();
                (outcomes, unsettled(change, &facts, &settings))
            })
        };
        assert_eq!(answers(Described::Gone), (vec!["not-applicable"; 3], None));
        assert_eq!(answers(Described::Unknown("denied".to_owned())), (vec!["unverified"; 3], None));
        let creating = Described::As(json!({"EncryptionType": "NONE", "StreamStatus": "CREATING"}));
        assert_eq!(answers(creating), (vec!["unverified"; 3], Some("CREATING".to_owned())));
    }
}
