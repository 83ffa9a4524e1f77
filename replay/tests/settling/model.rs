//! What a replay should answer, written down as plainly as possible: for each question, all that happened is gone
//! through again from the beginning. Slow, and nothing is shared with the code under test.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Home, failed, key_arn, record, time};

/// Seconds that a configuration may take to settle.
const SETTLE: i64 = 300;

/// One call on one resource.
#[derive(Debug, Clone)]
pub(crate) struct Happened {
    pub(crate) home: Home,
    pub(crate) seconds: i64,
    pub(crate) name: &'static str,
    /// The name of the stream, the id of the key, or the alias.
    pub(crate) resource: &'static str,
    /// The key that a call on a stream or an alias names.
    pub(crate) key: &'static str,
    pub(crate) failed: bool,
}

impl Happened {
    /// The call as CloudTrail records it.
    pub(crate) fn record(&self) -> Value {
        let key = match self.key {
            "k" | "l" => key_arn(self.home, self.key),
            named => named.to_owned(),
        };
        let mut request = match self.name {
            name if name.contains("DeliveryStream") => json!({"deliveryStreamName": self.resource}),
            name if name.contains("Stream") => {
                json!({"streamName": self.resource, "encryptionType": "KMS", "keyId": key})
            }
            name if name.contains("Alias") => json!({"aliasName": self.resource, "targetKeyId": self.key}),
            _ => json!({"keyId": key_arn(self.home, self.resource), "described": self.resource}),
        };
        if self.name == "StartDeliveryStreamEncryption" {
            request["deliveryStreamEncryptionConfigurationInput"] = json!({"keyType": "AWS_OWNED_CMK"});
        }
        let mut record = record(self.home, self.seconds, self.name, &request);
        record["eventID"] = json!(self.id());
        if self.failed { failed(record) } else { record }
    }

    pub(crate) fn id(&self) -> String {
        let (region, account) = self.home;
        format!("{region} {account} {} {} {}", self.resource, self.seconds, self.name)
    }
}

/// The outcome of each of these rules about each call that is judged by it.
pub(crate) type Answers = BTreeMap<(String, &'static str), String>;

pub(crate) const RULES: [&str; 5] = [
    "firehose-stream-unencrypted",
    "kinesis-stream-unencrypted",
    "kinesis-stream-unusable-key",
    "kinesis-stream-without-customer-key",
    "kms-key-rotation-disabled",
];

/// All that happened, with what should be answered.
pub(crate) struct Model<'a> {
    pub(crate) happened: &'a [Happened],
}

impl Model<'_> {
    pub(crate) fn answers(&self) -> Answers {
        let mut answers = Answers::new();
        for call in self.happened.iter().filter(|call| !call.failed) {
            for (rule, answer) in self.judge(call) {
                answers.insert((call.id(), rule), answer);
            }
        }
        answers
    }

    /// Successful calls on a resource after one time and until another, the earliest first.
    fn calls(&self, home: Home, resource: &str, after: i64, until: i64) -> Vec<&Happened> {
        let mut calls: Vec<&Happened> = self.happened.iter().filter(|call| !call.failed).collect();
        calls.retain(|call| call.home == home && call.resource == resource);
        calls.retain(|call| after < call.seconds && call.seconds <= until);
        calls.sort_by_key(|call| call.seconds);
        calls
    }

    fn judge(&self, call: &Happened) -> Vec<(&'static str, String)> {
        let Happened { home, seconds, name, resource, key, .. } = *call;
        match name {
            "CreateStream" => {
                let mut key = None;
                for later in self.calls(home, resource, seconds, seconds + SETTLE) {
                    match later.name {
                        "StartStreamEncryption" => key = Some(later.key),
                        "StopStreamEncryption" => key = None,
                        _ => return self.stream("not-applicable".to_owned(), "not-applicable", "not-applicable"),
                    }
                }
                match key {
                    Some(key) => self.encrypted(home, key, seconds + SETTLE),
                    None => self.plain(call, seconds + SETTLE),
                }
            }
            "StartStreamEncryption" => self.encrypted(home, key, seconds),
            "StopStreamEncryption" => self.plain(call, seconds),
            "CreateDeliveryStream" => {
                let (mut on, mut gone) = (false, false);
                for later in self.calls(home, resource, seconds, seconds + SETTLE) {
                    match later.name {
                        "StartDeliveryStreamEncryption" => on = true,
                        "StopDeliveryStreamEncryption" => on = false,
                        _ => gone = true,
                    }
                }
                vec![(
                    "firehose-stream-unencrypted",
                    match (gone, on) {
                        (true, _) => "not-applicable".to_owned(),
                        (false, true) => "compliant".to_owned(),
                        (false, false) => self.violation(call, seconds + SETTLE, "StartDeliveryStreamEncryption"),
                    },
                )]
            }
            "StartDeliveryStreamEncryption" => vec![("firehose-stream-unencrypted", "compliant".to_owned())],
            "StopDeliveryStreamEncryption" => {
                vec![("firehose-stream-unencrypted", self.violation(call, seconds, "StartDeliveryStreamEncryption"))]
            }
            "CreateKey" => {
                let (mut rotates, mut gone) = (false, false);
                for later in self.calls(home, resource, seconds, seconds + SETTLE) {
                    match later.name {
                        "EnableKeyRotation" => rotates = true,
                        "DisableKeyRotation" => rotates = false,
                        "ScheduleKeyDeletion" => gone = true,
                        "CancelKeyDeletion" => gone = false,
                        _ => {}
                    }
                }
                vec![(
                    "kms-key-rotation-disabled",
                    match (gone, rotates) {
                        (true, _) => "not-applicable".to_owned(),
                        (false, true) => "compliant".to_owned(),
                        (false, false) => self.violation(call, seconds + SETTLE, "EnableKeyRotation"),
                    },
                )]
            }
            "EnableKeyRotation" => vec![("kms-key-rotation-disabled", "compliant".to_owned())],
            "DisableKeyRotation" => {
                vec![("kms-key-rotation-disabled", self.violation(call, seconds, "EnableKeyRotation"))]
            }
            _ => Vec::new(),
        }
    }

    fn stream(&self, unencrypted: String, unusable: &str, customer: &str) -> Vec<(&'static str, String)> {
        vec![
            ("kinesis-stream-unencrypted", unencrypted),
            ("kinesis-stream-unusable-key", unusable.to_owned()),
            ("kinesis-stream-without-customer-key", customer.to_owned()),
        ]
    }

    fn plain(&self, call: &Happened, at: i64) -> Vec<(&'static str, String)> {
        self.stream(self.violation(call, at, "StartStreamEncryption"), "not-applicable", "not-applicable")
    }

    fn encrypted(&self, home: Home, key: &str, at: i64) -> Vec<(&'static str, String)> {
        let key = match key {
            "alias/aws/kinesis" => return self.stream("compliant".to_owned(), "compliant", "violation"),
            named if named.starts_with("alias/") => {
                let mut target = None;
                for call in self.calls(home, named, i64::MIN, at) {
                    target = (call.name != "DeleteAlias").then_some(call.key);
                }
                target
            }
            id => Some(id),
        };
        let calls = key.map_or(Vec::new(), |key| self.calls(home, key, i64::MIN, at));
        let given_an_alias = |call: &&Happened| {
            let named = !call.failed && call.home == home && call.seconds <= at && Some(call.key) == key;
            named && matches!(call.name, "CreateAlias" | "UpdateAlias")
        };
        if calls.is_empty() {
            // AWS takes no alias for its own keys
            let customer =
                if self.happened.iter().any(|call| given_an_alias(&call)) { "compliant" } else { "unverified" };
            return self.stream("compliant".to_owned(), "unverified", customer);
        }
        let (mut enabled, mut symmetric) = (true, false);
        for call in calls {
            enabled = !matches!(call.name, "DisableKey" | "ScheduleKeyDeletion" | "CancelKeyDeletion");
            symmetric |= matches!(call.name, "CreateKey" | "EnableKeyRotation" | "DisableKeyRotation");
        }
        let unusable = match (enabled, symmetric) {
            (false, _) => "violation",
            (true, true) => "compliant",
            (true, false) => "unverified",
        };
        self.stream("compliant".to_owned(), unusable, "compliant")
    }

    /// A violation that a later call may have put right, unless the resource was deleted before.
    fn violation(&self, call: &Happened, after: i64, right: &str) -> String {
        let later = self.calls(call.home, call.resource, after, i64::MAX);
        let end = later.iter().find(|later| {
            later.name == right || later.name.starts_with("DeleteS") || later.name.starts_with("DeleteD")
        });
        match end.filter(|end| end.name == right) {
            Some(end) => format!("violation until {}", time(end.seconds)),
            None => "violation".to_owned(),
        }
    }
}
