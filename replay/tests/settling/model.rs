//! The expected outcomes of a replay, computed in the simplest way: for each call, it searches all calls. This is slow
//! and shares no code with the code under test.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Scope, failed, key_arn, record, time};

/// The settle time in seconds.
const SETTLE: i64 = 300;

/// A call on a resource.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) scope: Scope,
    pub(crate) seconds: i64,
    pub(crate) name: &'static str,
    /// The name of the stream, the id of the key, or the alias.
    pub(crate) resource: &'static str,
    /// The key, if the call is on a stream or an alias.
    pub(crate) key: &'static str,
    pub(crate) failed: bool,
}

impl Call {
    /// The CloudTrail record of the call.
    pub(crate) fn record(&self) -> Value {
        let key = match self.key {
            "k" | "l" => key_arn(self.scope, self.key),
            named => named.to_owned(),
        };
        let mut request = match self.name {
            name if name.contains("DeliveryStream") => json!({"deliveryStreamName": self.resource}),
            name if name.contains("Stream") => {
                json!({"streamName": self.resource, "encryptionType": "KMS", "keyId": key})
            }
            name if name.contains("Alias") => json!({"aliasName": self.resource, "targetKeyId": self.key}),
            _ => json!({"keyId": key_arn(self.scope, self.resource), "described": self.resource}),
        };
        if self.name == "StartDeliveryStreamEncryption" {
            request["deliveryStreamEncryptionConfigurationInput"] = json!({"keyType": "AWS_OWNED_CMK"});
        }
        let mut record = record(self.scope, self.seconds, self.name, &request);
        record["eventID"] = json!(self.id());
        if self.failed { failed(record) } else { record }
    }

    pub(crate) fn id(&self) -> String {
        let (region, account) = self.scope;
        format!("{region} {account} {} {} {}", self.resource, self.seconds, self.name)
    }
}

/// The outcome by event id and rule.
pub(crate) type Outcomes = BTreeMap<(String, &'static str), String>;

pub(crate) const RULES: [&str; 5] = [
    "firehose-stream-unencrypted",
    "kinesis-stream-unencrypted",
    "kinesis-stream-unusable-key",
    "kinesis-stream-without-customer-key",
    "kms-key-rotation-disabled",
];

/// Computes the expected outcomes of these calls.
pub(crate) struct Model<'a> {
    pub(crate) calls: &'a [Call],
}

impl Model<'_> {
    pub(crate) fn outcomes(&self) -> Outcomes {
        let mut outcomes = Outcomes::new();
        for call in self.calls.iter().filter(|call| !call.failed) {
            for (rule, outcome) in self.evaluate(call) {
                outcomes.insert((call.id(), rule), outcome);
            }
        }
        outcomes
    }

    /// Successful calls on a resource later than `after` and not later than `until`, the earliest first.
    fn calls_on(&self, scope: Scope, resource: &str, after: i64, until: i64) -> Vec<&Call> {
        let mut calls: Vec<&Call> = self.calls.iter().filter(|call| !call.failed).collect();
        calls.retain(|call| call.scope == scope && call.resource == resource);
        calls.retain(|call| after < call.seconds && call.seconds <= until);
        calls.sort_by_key(|call| call.seconds);
        calls
    }

    fn evaluate(&self, call: &Call) -> Vec<(&'static str, String)> {
        let Call { scope, seconds, name, resource, key, .. } = *call;
        match name {
            "CreateStream" => {
                let mut encrypted = false;
                for later in self.calls_on(scope, resource, seconds, seconds + SETTLE) {
                    match later.name {
                        "StartStreamEncryption" => encrypted = true,
                        "StopStreamEncryption" => encrypted = false,
                        _ => return self.stream("not-applicable".to_owned(), "not-applicable", "not-applicable"),
                    }
                }
                match encrypted {
                    // the call that named the key is evaluated
                    true => self.stream("compliant".to_owned(), "not-applicable", "not-applicable"),
                    false => self.unencrypted(call, seconds + SETTLE),
                }
            }
            "StartStreamEncryption" => self.encrypted(scope, key, seconds),
            "StopStreamEncryption" => self.unencrypted(call, seconds),
            "CreateDeliveryStream" => {
                let (mut encrypted, mut deleted) = (false, false);
                for later in self.calls_on(scope, resource, seconds, seconds + SETTLE) {
                    match later.name {
                        "StartDeliveryStreamEncryption" => encrypted = true,
                        "StopDeliveryStreamEncryption" => encrypted = false,
                        _ => deleted = true,
                    }
                }
                vec![(
                    "firehose-stream-unencrypted",
                    match (deleted, encrypted) {
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
                let (mut rotates, mut deleted) = (false, false);
                for later in self.calls_on(scope, resource, seconds, seconds + SETTLE) {
                    match later.name {
                        "EnableKeyRotation" => rotates = true,
                        "DisableKeyRotation" => rotates = false,
                        "ScheduleKeyDeletion" => deleted = true,
                        "CancelKeyDeletion" => deleted = false,
                        _ => {}
                    }
                }
                vec![(
                    "kms-key-rotation-disabled",
                    match (deleted, rotates) {
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

    fn unencrypted(&self, call: &Call, at: i64) -> Vec<(&'static str, String)> {
        self.stream(self.violation(call, at, "StartStreamEncryption"), "not-applicable", "not-applicable")
    }

    fn encrypted(&self, scope: Scope, key: &str, at: i64) -> Vec<(&'static str, String)> {
        let key = match key {
            "alias/aws/kinesis" => return self.stream("compliant".to_owned(), "compliant", "violation"),
            named if named.starts_with("alias/") => {
                let mut target = None;
                for call in self.calls_on(scope, named, i64::MIN, at) {
                    target = (call.name != "DeleteAlias").then_some(call.key);
                }
                target
            }
            id => Some(id),
        };
        let calls = key.map_or(Vec::new(), |key| self.calls_on(scope, key, i64::MIN, at));
        let is_alias_target = |call: &&Call| {
            let named = !call.failed && call.scope == scope && call.seconds <= at && Some(call.key) == key;
            named && matches!(call.name, "CreateAlias" | "UpdateAlias")
        };
        if calls.is_empty() {
            // AWS allows no aliases for its own keys
            let customer =
                if self.calls.iter().any(|call| is_alias_target(&call)) { "compliant" } else { "unverified" };
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

    /// A violation, and when it was remediated: by the first such call, unless the resource was deleted before.
    fn violation(&self, call: &Call, after: i64, remediated_by: &str) -> String {
        let later = self.calls_on(call.scope, call.resource, after, i64::MAX);
        let end = later.iter().find(|later| {
            later.name == remediated_by || later.name.starts_with("DeleteS") || later.name.starts_with("DeleteD")
        });
        match end.filter(|end| end.name == remediated_by) {
            Some(end) => format!("violation until {}", time(end.seconds)),
            None => "violation".to_owned(),
        }
    }
}
