//! Calls for tests.

use serde_json::{Value, json};

use crate::cloudtrail::record::Record;
use crate::configuration::call::Call;
use crate::configuration::key::Scope;

/// A call in eu-west-1 in account 111122223333. `record` has the members of its record that matter.
pub(crate) fn with_call<T>(name: &str, record: Value, read: impl FnOnce(&Call<'_>) -> T) -> T {
    let mut text = json!({"eventName": name, "eventSource": "any.amazonaws.com", "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333"});
    text.as_object_mut().unwrap().extend(record.as_object().unwrap().clone());
    let text = text.to_string();
    let record = Record::parse(&text).unwrap();
    let payload = record.payload().unwrap();
    let scope = Scope { partition: "aws", region: "eu-west-1", account: "111122223333" };
    read(&Call { name, payload: &payload, scope })
}
