//! What is known about keys and resources beyond the record: looked up, or read from files.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use crate::connector::{Settings, Unreadable};
use crate::history::History;
use crate::key::{Key, KeyRef, Rotation};
use crate::said::{Node, Said};
use crate::time::Seconds;

/// Something looked up: known, or the reason why it is not.
pub type Fact<T> = Result<T, String>;

/// What a `Describe` call told about a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Described {
    /// Its description, with the member names of the API: `EncryptionType`, `StreamStatus`, …
    As(Value),
    /// There is no such resource any more.
    Gone,
    /// Why it is not known: access was denied, …
    Unknown(String),
}

/// A connector, as `DescribeConnector` answers, or as `DescribeConnectorOperation` says it is to become. Its settings hold no value that `Debug` would print.
///
/// <https://docs.aws.amazon.com/MSKC/latest/mskc/API_DescribeConnector.html>
#[derive(Debug, Clone)]
pub struct Connector {
    /// `connectorConfiguration`
    pub settings: Result<Settings, Unreadable>,
    /// The ARN and the revision of the worker configuration that it runs with.
    pub worker: Option<(String, Option<i64>)>,
}

/// A worker configuration, as `DescribeWorkerConfiguration` answers: its latest revision.
///
/// <https://docs.aws.amazon.com/MSKC/latest/mskc/API_DescribeWorkerConfiguration.html>
#[derive(Debug, Clone)]
pub struct Worker {
    /// `propertiesFileContent`, decoded.
    pub settings: Settings,
    /// `revision`
    pub revision: Option<i64>,
}

/// Everything known beyond the record, by ARN.
#[derive(Debug, Default)]
pub struct Facts {
    keys: HashMap<String, Fact<Key>>,
    aliases: HashMap<String, String>,
    rotations: HashMap<String, Fact<Rotation>>,
    resources: HashMap<String, Described>,
    connectors: HashMap<String, Fact<Connector>>,
    workers: HashMap<String, Fact<Worker>>,
    /// What the records of a replay tell.
    pub history: History,
}

impl Facts {
    /// Learns what an AWS CLI command printed: `kms describe-key`, `get-key-rotation-status` and
    /// `list-aliases`, `kinesis describe-stream-summary`, `firehose describe-delivery-stream`,
    /// `kafka describe-cluster-v2`, `kafkaconnect describe-connector`, `describe-connector-operation` and
    /// `describe-worker-configuration`, `cloudtrail get-trail`.
    ///
    /// # Errors
    /// Says what is missing where the answer cannot be attributed to a key or resource.
    pub fn learn(&mut self, answer: &Value) -> Result<(), String> {
        let node = Said::Said(answer);
        if let Some(metadata) = node.get("KeyMetadata").said() {
            let key = Key::read(Said::Said(metadata)).ok_or("`KeyMetadata` has no `Arn`")?;
            self.put_key(key.arn.clone(), Ok(key));
        } else if let Some(enabled) = node.get("KeyRotationEnabled").flag().said() {
            let key = node
                .get("KeyId")
                .text()
                .said()
                .ok_or("`KeyRotationEnabled` comes without `KeyId`: add the key's ARN as `KeyId` to the file")?;
            let period_days = node.get("RotationPeriodInDays").number().said();
            self.put_rotation(key.to_owned(), Ok(Rotation { enabled, period_days }));
        } else if let Some(aliases) = node.get("Aliases").said() {
            for alias in aliases.as_array().into_iter().flatten() {
                self.learn_alias(Said::Said(alias));
            }
        } else {
            return self.learn_resource(answer);
        }
        Ok(())
    }

    /// An entry of `list-aliases`; aliases of AWS that no key stands behind yet have no target.
    fn learn_alias(&mut self, alias: Node<'_>) {
        let arn = alias.get("AliasArn").text().said();
        if let (Some(arn), Some(target)) = (arn, alias.get("TargetKeyId").text().said())
            && let Some((account, _)) = arn.split_once(":alias/")
        {
            self.aliases.insert(arn.to_owned(), format!("{account}:key/{target}"));
        }
    }

    fn learn_resource(&mut self, answer: &Value) -> Result<(), String> {
        const ANSWERS: [(&str, &str); 5] = [
            ("StreamDescriptionSummary", "StreamARN"),
            ("StreamDescription", "StreamARN"),
            ("DeliveryStreamDescription", "DeliveryStreamARN"),
            ("ClusterInfo", "ClusterArn"),
            ("Trail", "TrailARN"),
        ];
        let node = Said::Said(answer);
        // What is secret in settings never gets beyond the reader: only masked settings are kept.
        if let Some(arn) = node.get("connectorArn").text().said() {
            let operation = node.get("connectorOperationArn").text().said();
            self.put_connector(operation.unwrap_or(arn).to_owned(), Ok(Connector::read(node)));
            return Ok(());
        }
        if let Some(arn) = node.get("workerConfigurationArn").text().said() {
            let worker = Worker::read(node).ok_or("`latestRevision.propertiesFileContent` is missing or no base64")?;
            self.put_worker(arn.to_owned(), Ok(worker));
            return Ok(());
        }
        if let Some(trails) = node.get("trailList").said() {
            for trail in trails.as_array().into_iter().flatten() {
                if let Some(arn) = Said::Said(trail).get("TrailARN").text().said() {
                    self.put_resource(arn.to_owned(), Described::As(trail.clone()));
                }
            }
            return Ok(());
        }
        for (member, name) in ANSWERS {
            let inner = node.get(member);
            if let (Some(value), Some(arn)) = (inner.said(), inner.get(name).text().said()) {
                self.put_resource(arn.to_owned(), Described::As(value.clone()));
                return Ok(());
            }
        }
        Err("is no answer of an AWS CLI command that is understood here".to_owned())
    }

    /// Stores what was learnt about the key or alias with this ARN.
    pub fn put_key(&mut self, arn: String, key: Fact<Key>) {
        self.keys.insert(arn, key);
    }

    /// Stores what was learnt about a key's rotation.
    pub fn put_rotation(&mut self, key_arn: String, rotation: Fact<Rotation>) {
        self.rotations.insert(key_arn, rotation);
    }

    /// Stores what was learnt about the stream, cluster or trail with this ARN.
    pub fn put_resource(&mut self, arn: String, described: Described) {
        self.resources.insert(arn, described);
    }

    /// Stores what was learnt about the connector, or the operation on a connector, with this ARN.
    pub fn put_connector(&mut self, arn: String, connector: Fact<Connector>) {
        self.connectors.insert(arn, connector);
    }

    /// Stores what was learnt about the worker configuration with this ARN.
    pub fn put_worker(&mut self, arn: String, worker: Fact<Worker>) {
        self.workers.insert(arn, worker);
    }

    /// What is known about the connector or operation with this ARN, or why nothing is; none where nobody asked.
    pub fn connector(&self, arn: &str) -> Option<Fact<&Connector>> {
        self.connectors.get(arn).map(|connector| connector.as_ref().map_err(String::clone))
    }

    /// The settings of the worker that a connector runs on; none where it has none of its own, or nobody asked.
    pub fn worker(&self, connector: &Connector) -> Option<Fact<&Settings>> {
        let (arn, revision) = connector.worker.as_ref()?;
        Some(match self.workers.get(arn)? {
            Err(why) => Err(why.clone()),
            Ok(worker) if revision.is_some() && worker.revision.is_some() && *revision != worker.revision => {
                Err("the connector runs with an older revision of its worker configuration, which cannot be seen"
                    .to_owned())
            }
            Ok(worker) => Ok(&worker.settings),
        })
    }

    /// True where it is known of this worker configuration what there is to know, or why it is not.
    pub fn has_worker(&self, arn: &str) -> bool {
        self.workers.contains_key(arn)
    }

    /// What is known about a key, however it was named: as it was at a time, where records tell that.
    ///
    /// # Errors
    /// The reason why nothing is known.
    pub fn key(&self, reference: &KeyRef, at: Option<Seconds>) -> Fact<Cow<'_, Key>> {
        let given = crate::text::plain(&reference.given);
        let named =
            reference.arn.as_deref().ok_or_else(|| format!("`{given}` is not a key reference that KMS understands"))?;
        let told = at.and_then(|at| self.history.alias(named, at));
        let arn = match told {
            Some(Some(target)) => target,
            Some(None) => return Err(format!("the alias `{given}` stood for no key when it was named")),
            None => self.aliases.get(named).map_or(named, String::as_str),
        };
        let known = self.keys.get(named).filter(|_| told.is_none()).or_else(|| self.keys.get(arn));
        let then = at.and_then(|at| {
            let known = known.and_then(|known| known.as_ref().ok());
            self.history.key(known.map_or(arn, |key| &key.arn), at, known)
        });
        match (then, known) {
            (Some(key), _) => Ok(Cow::Owned(key)),
            (None, Some(Ok(key))) => Ok(Cow::Borrowed(key)),
            (None, Some(Err(why))) => Err(why.clone()),
            (None, None) => Err(format!(
                "nothing is known about the key `{given}`; `aws kms describe-key --key-id {given}` would say"
            )),
        }
    }

    /// What `DescribeKey` answered about the key with this ARN.
    pub(crate) fn described_key(&self, arn: &str) -> Option<&Key> {
        self.keys.get(arn)?.as_ref().ok()
    }

    /// True where it is known of this key or alias what there is to know, or why it is not.
    pub fn has_key(&self, arn: &str) -> bool {
        self.keys.contains_key(arn) || self.aliases.get(arn).is_some_and(|target| self.keys.contains_key(target))
    }

    /// What is known about the rotation of the key with this ARN, or why nothing is; none where nobody asked.
    pub fn rotation(&self, key_arn: &str) -> Option<Fact<Rotation>> {
        let id = key_arn.rsplit('/').next().unwrap_or(key_arn);
        self.rotations.get(key_arn).or_else(|| self.rotations.get(id)).cloned()
    }

    /// What a `Describe` call told about the resource with this ARN; none where nobody asked.
    pub fn resource(&self, arn: &str) -> Option<&Described> {
        self.resources.get(arn)
    }
}

impl Connector {
    /// Reads what `DescribeConnector` or `DescribeConnectorOperation` answers.
    pub fn read(answer: Node<'_>) -> Connector {
        let target = || answer.get("targetConnectorConfiguration");
        let configuration = answer.get("connectorConfiguration").or(target).said();
        let worker = answer.get("workerConfiguration");
        let arn = worker.get("workerConfigurationArn").text().said();
        Connector {
            settings: configuration.map_or(Err(Unreadable::Absent), Settings::from_json),
            worker: arn.map(|arn| (arn.to_owned(), worker.get("revision").number().said())),
        }
    }
}

impl Worker {
    /// Reads what `DescribeWorkerConfiguration` answers.
    pub fn read(answer: Node<'_>) -> Option<Worker> {
        let latest = answer.get("latestRevision");
        let settings = Settings::from_base64_properties(latest.get("propertiesFileContent").text().said()?)?;
        Some(Worker { settings, revision: latest.get("revision").number().said() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Place;
    use serde_json::json;

    const HERE: Place<'static> = Place { partition: "aws", region: "eu-west-1", account: "111122223333" };

    #[test]
    fn a_key_is_found_by_arn_id_and_alias() {
        let mut facts = Facts::default();
        facts.learn(&json!({"KeyMetadata": {"Arn": "arn:aws:kms:eu-west-1:111122223333:key/k-1", "KeyManager": "CUSTOMER"}})).unwrap();
        facts.learn(&json!({"Aliases": [
            {"AliasName": "alias/orders", "AliasArn": "arn:aws:kms:eu-west-1:111122223333:alias/orders", "TargetKeyId": "k-1"},
            {"AliasName": "alias/aws/s3", "AliasArn": "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"}]})).unwrap();
        for given in ["k-1", "alias/orders", "arn:aws:kms:eu-west-1:111122223333:key/k-1"] {
            assert!(facts.key(&KeyRef::read(given, HERE), None).is_ok(), "{given}");
        }
        for given in ["k-2", "alias/other", "arn:aws:kms:eu-west-1:444455556666:key/k-1", "??"] {
            assert!(facts.key(&KeyRef::read(given, HERE), None).is_err(), "{given}");
        }
    }

    #[test]
    fn answers_that_name_nothing_are_refused() {
        let mut facts = Facts::default();
        assert!(facts.learn(&json!({"KeyRotationEnabled": true})).unwrap_err().contains("KeyId"));
        assert!(facts.learn(&json!({"something": "else"})).is_err());
    }
}
