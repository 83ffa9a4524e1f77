//! The table of the ledger in DynamoDB.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};
use sealwatch_rules::ledger::Entry;
use sealwatch_rules::output::ledger::shortened;
use sealwatch_rules::util::time::{DAY, Seconds};
use serde_json::{Map, Value, json};

use crate::api::Api;
use crate::aws_error::describe;
use crate::ledger::item::{from_item, to_item};

/// What the two phases need of a table. Tests put a fake in its place.
pub(crate) trait Store {
    /// The entries with these fingerprints, as they are now.
    ///
    /// # Errors
    /// Says why the table does not answer.
    async fn get(&self, fingerprints: &[String]) -> Result<BTreeMap<String, Entry>, String>;

    /// Stores an entry, which then has the next version. Returns false if another one was stored since it was read.
    ///
    /// # Errors
    /// Says why the table does not answer.
    async fn put(&self, entry: &mut Entry) -> Result<bool, String>;

    /// Counts something that happens now, from the first one on for the length of a window.
    ///
    /// # Errors
    /// Says why the table does not answer.
    async fn count(&self, counter: &str, now: Seconds, window: Seconds) -> Result<Count, String>;

    /// The fingerprints of what is claimed, or waits for a message that should have been sent before `due`.
    ///
    /// # Errors
    /// Says why the table does not answer.
    async fn left_over(&self, due: Seconds) -> Result<Vec<String>, String>;

    /// The fingerprints of the entries that wait for this message.
    ///
    /// # Errors
    /// Says why the table does not answer.
    async fn pending(&self, message: &str) -> Result<Vec<String>, String>;

    /// The entries that are open or unverified in an account and Region, or of one resource there and what belongs to it: a
    /// stream and its consumers. An entry that was stored a moment ago may be missing.
    ///
    /// # Errors
    /// Says why the table does not answer.
    async fn open(&self, account: &str, region: &str, resource: Option<&str>) -> Result<Vec<Entry>, String>;
}

/// How long findings of one kind are counted together, in seconds.
pub(crate) const WINDOW: Seconds = 120;

/// How many of them are told one by one.
const ONE_BY_ONE: u64 = 5;

/// The place of something in its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    /// From 1.
    pub(crate) number: u64,
    /// When the window ends.
    pub(crate) ends: Seconds,
}

impl Count {
    /// True if it is not told by itself.
    pub(crate) fn is_storm(self) -> bool {
        self.number > ONE_BY_ONE
    }
}

/// The most keys of a `BatchGetItem`.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
const MAX_KEYS: usize = 100;

/// How often keys that DynamoDB did not process are asked for again, with growing pauses.
const MAX_TRIES: u32 = 5;

/// The most bytes of a stored finding. An item has room for 400 KB, and its history takes the rest.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const MAX_FINDING: usize = 150_000;

/// A table of DynamoDB.
#[derive(Debug)]
pub struct Table {
    api: Api,
    name: String,
}

impl Table {
    /// The table of this name.
    pub fn new(api: Api, name: String) -> Table {
        Table { api, name }
    }

    /// The table of a function; `None` if the deployment has none.
    pub(crate) fn of(config: &SdkConfig, name: Option<String>) -> Option<Table> {
        Some(Table::new(Api::of(config.clone()), name?))
    }

    /// All entries, or those that are open or unverified, in no order. Entries that were stored a moment ago may be missing.
    ///
    /// # Errors
    /// Says why the table does not answer.
    pub async fn all(&self, only_open: bool) -> Result<Vec<Entry>, String> {
        let mut parameters = json!({"TableName": self.name, "FilterExpression": "attribute_exists(#rule)",
            "ExpressionAttributeNames": {"#rule": "rule"}});
        if only_open && let Some(members) = parameters.as_object_mut() {
            members.insert("IndexName".to_owned(), json!("open"));
        }
        self.entries("dynamodb:Scan", parameters).await
    }

    /// The entry with this fingerprint.
    ///
    /// # Errors
    /// Says why the table does not answer.
    pub async fn find(&self, fingerprint: &str) -> Result<Option<Entry>, String> {
        Ok(self.get(&[fingerprint.to_owned()]).await?.into_values().next())
    }

    async fn call(
        &self,
        action: &'static str,
        parameters: &Value,
    ) -> Result<Value, SdkError<ErrorMetadata, HttpResponse>> {
        self.api.call(action, parameters).await
    }

    /// Why a call failed, and what to do.
    fn problem(&self, action: &str, error: &SdkError<ErrorMetadata, HttpResponse>) -> String {
        let advice = match error.code() {
            Some("AccessDeniedException") => {
                format!("; allow `{action}` on the table and its indexes, and `kms:Decrypt` on its key")
            }
            Some("ResourceNotFoundException") => {
                "; the table is missing: deploy the stack again, or turn its ledger off".to_owned()
            }
            _ => String::new(),
        };
        format!("`{action}` of the ledger `{}`: {}{advice}", self.name, describe(error))
    }

    /// The items of all pages of a query or scan.
    async fn items(&self, action: &'static str, mut parameters: Value) -> Result<Vec<Value>, String> {
        let mut items = Vec::new();
        loop {
            let mut page = self.call(action, &parameters).await.map_err(|error| self.problem(action, &error))?;
            if let Some(Value::Array(found)) = page.get_mut("Items").map(Value::take) {
                items.extend(found);
            }
            match (page.get_mut("LastEvaluatedKey").map(Value::take), parameters.as_object_mut()) {
                (Some(key), Some(parameters)) => parameters.insert("ExclusiveStartKey".to_owned(), key),
                _ => return Ok(items),
            };
        }
    }

    async fn entries(&self, action: &'static str, parameters: Value) -> Result<Vec<Entry>, String> {
        let items = self.items(action, parameters).await?;
        items.iter().map(|item| self.read(item)).collect()
    }

    fn read(&self, item: &Value) -> Result<Entry, String> {
        let fingerprint = || item.pointer("/fingerprint/S").and_then(Value::as_str).unwrap_or("without a fingerprint");
        from_item(item).map_err(|problem| {
            format!("the item `{}` of the ledger `{}` cannot be read: {problem}; deploy the version that wrote it, or delete it", fingerprint(), self.name)
        })
    }

    /// Begins a window, unless one is open.
    async fn begin(&self, counter: &str, now: Seconds, window: Seconds) -> Result<Option<Count>, String> {
        let ends = now + window;
        let answer = self
            .update(json!({"TableName": self.name, "Key": {"fingerprint": {"S": counter}},
                "UpdateExpression": "SET #count = :one, ends = :ends, expires = :expires",
                "ConditionExpression": "attribute_not_exists(ends) OR ends <= :now",
                "ExpressionAttributeNames": {"#count": "count"},
                "ExpressionAttributeValues": {":one": {"N": "1"}, ":ends": number(ends), ":expires": number(ends + DAY),
                    ":now": number(now)},
                "ReturnValues": "ALL_OLD"}))
            .await?;
        let Some(answer) = answer else { return Ok(None) };
        let before = of_attributes(&answer).filter(|before| now - before.ends < window);
        match before.is_some_and(Count::is_storm) {
            // the storm goes on: its next window begins as one
            true => self.add(counter, now, ONE_BY_ONE).await,
            false => Ok(Some(Count { number: 1, ends })),
        }
    }

    /// Adds to the open window. `None` if it ended meanwhile.
    async fn add(&self, counter: &str, now: Seconds, count: u64) -> Result<Option<Count>, String> {
        let answer = self
            .update(json!({"TableName": self.name, "Key": {"fingerprint": {"S": counter}},
                "UpdateExpression": "ADD #count :more",
                "ConditionExpression": "ends > :now",
                "ExpressionAttributeNames": {"#count": "count"},
                "ExpressionAttributeValues": {":more": {"N": count.to_string()}, ":now": number(now)},
                "ReturnValues": "ALL_NEW"}))
            .await?;
        Ok(answer.as_ref().and_then(of_attributes))
    }

    /// Updates an item; `None` if its condition does not hold.
    async fn update(&self, request: Value) -> Result<Option<Value>, String> {
        const ACTION: &str = "dynamodb:UpdateItem";
        match self.call(ACTION, &request).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(None),
            Err(error) => Err(self.problem(ACTION, &error)),
        }
    }

    /// The items with these keys, and the keys that were not processed.
    async fn batch(&self, keys: Value) -> Result<(Vec<Value>, Option<Value>), String> {
        const ACTION: &str = "dynamodb:BatchGetItem";
        let request = json!({"RequestItems": Map::from_iter([(self.name.clone(), keys)])});
        let mut answer = self.call(ACTION, &request).await.map_err(|error| self.problem(ACTION, &error))?;
        let mut of_table = |member: &str| answer.get_mut(member)?.get_mut(&self.name).map(Value::take);
        let items = match of_table("Responses") {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        Ok((items, of_table("UnprocessedKeys")))
    }
}

/// True unless an entry waits for a message that is not due yet: its name ends with the time of its window.
pub(super) fn is_due(message: &str, due: Seconds) -> bool {
    let ends = message.rsplit('-').next().and_then(|time| time.parse::<Seconds>().ok());
    message == Entry::CLAIMED || ends.is_none_or(|ends| ends < due)
}

fn number(value: Seconds) -> Value {
    json!({"N": value.to_string()})
}

/// The counter in the attributes that an update returns.
fn of_attributes(answer: &Value) -> Option<Count> {
    let number = |name: &str| answer.get("Attributes")?.get(name)?.get("N")?.as_str();
    Some(Count { number: number("count")?.parse().ok()?, ends: number("ends")?.parse().ok()? })
}

impl Store for Table {
    async fn get(&self, fingerprints: &[String]) -> Result<BTreeMap<String, Entry>, String> {
        let mut entries = BTreeMap::new();
        for some in fingerprints.chunks(MAX_KEYS) {
            let keys: Vec<Value> = some.iter().map(|one| json!({"fingerprint": {"S": one}})).collect();
            let mut waiting = Some(json!({"Keys": keys, "ConsistentRead": true}));
            let mut tries = 0;
            while let Some(keys) = waiting.take() {
                let (items, rest) = self.batch(keys).await?;
                for item in &items {
                    let entry = self.read(item)?;
                    entries.insert(entry.subject.fingerprint.clone(), entry);
                }
                tries += 1;
                if rest.is_some() && tries == MAX_TRIES {
                    return Err(format!("the ledger `{}` is throttled: `dynamodb:BatchGetItem`", self.name));
                }
                if rest.is_some() {
                    tokio::time::sleep(Duration::from_millis(25 << tries)).await;
                }
                waiting = rest;
            }
        }
        Ok(entries)
    }

    async fn put(&self, entry: &mut Entry) -> Result<bool, String> {
        const ACTION: &str = "dynamodb:PutItem";
        let read = entry.version;
        let mut stored = Entry { version: read + 1, ..entry.clone() };
        if stored.finding.len() > MAX_FINDING {
            stored.finding = shortened(&stored.finding, MAX_FINDING);
        }
        let mut request = json!({"TableName": self.name, "Item": to_item(&stored)?});
        let condition = match read {
            0 => json!({"ConditionExpression": "attribute_not_exists(fingerprint)"}),
            read => json!({"ConditionExpression": "version = :read",
                "ExpressionAttributeValues": {":read": {"N": read.to_string()}}}),
        };
        if let (Some(request), Value::Object(condition)) = (request.as_object_mut(), condition) {
            request.extend(condition);
        }
        match self.call(ACTION, &request).await {
            Ok(_) => {
                *entry = stored;
                Ok(true)
            }
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(self.problem(ACTION, &error)),
        }
    }

    async fn count(&self, counter: &str, now: Seconds, window: Seconds) -> Result<Count, String> {
        loop {
            match self.begin(counter, now, window).await? {
                Some(count) => return Ok(count),
                None => {
                    if let Some(count) = self.add(counter, now, 1).await? {
                        return Ok(count);
                    }
                }
            }
        }
    }

    async fn pending(&self, message: &str) -> Result<Vec<String>, String> {
        let request = json!({"TableName": self.name, "IndexName": "pending",
            "KeyConditionExpression": "pending = :message",
            "ExpressionAttributeValues": {":message": {"S": message}}});
        let items = self.items("dynamodb:Query", request).await?;
        let fingerprints = items.iter().filter_map(|item| item.pointer("/fingerprint/S")?.as_str());
        Ok(fingerprints.map(str::to_owned).collect())
    }

    async fn left_over(&self, due: Seconds) -> Result<Vec<String>, String> {
        let items = self.items("dynamodb:Scan", json!({"TableName": self.name, "IndexName": "pending"})).await?;
        let text = |item: &Value, name: &str| Some(item.get(name)?.get("S")?.as_str()?.to_owned());
        let left = items.iter().filter(|item| text(item, "pending").is_some_and(|message| is_due(&message, due)));
        Ok(left.filter_map(|item| text(item, "fingerprint")).collect())
    }

    async fn open(&self, account: &str, region: &str, resource: Option<&str>) -> Result<Vec<Entry>, String> {
        let place = format!("{account}/{region}");
        let request = match resource {
            None => json!({"TableName": self.name, "IndexName": "open", "KeyConditionExpression": "open_in = :place",
                "ExpressionAttributeValues": {":place": {"S": place}}}),
            Some(resource) => json!({"TableName": self.name, "IndexName": "open",
                "KeyConditionExpression": "open_in = :place AND begins_with(#resource, :resource)",
                "ExpressionAttributeNames": {"#resource": "resource"},
                "ExpressionAttributeValues": {":place": {"S": place}, ":resource": {"S": resource}}}),
        };
        let items = self.items("dynamodb:Query", request).await?;
        // one item that cannot be read does not keep the others open, and stays open itself
        let read = |item| self.read(item).inspect_err(|problem| tracing::error!("{problem}")).ok();
        let mut entries: Vec<Entry> = items.iter().filter_map(read).collect();
        entries.retain(|entry| resource.is_none_or(|arn| belongs_to(&entry.subject.resource, arn)));
        Ok(entries)
    }
}

/// True for an ARN and what belongs to it: `…:stream/orders/consumer/…`, but not `…:stream/orders-2`.
pub(super) fn belongs_to(resource: &str, arn: &str) -> bool {
    resource.strip_prefix(arn).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_a_resource_begins_with_its_arn_and_a_slash() {
        let arn = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders";
        for (rest, belongs) in
            [("", true), ("/consumer/audit:1769904000", true), ("-2", false), ("2/consumer/a", false)]
        {
            assert_eq!(belongs_to(&format!("{arn}{rest}"), arn), belongs, "{rest}");
        }
        assert!(!belongs_to("arn:aws:kinesis:eu-west-1:111122223333:stream/order", arn));
    }

    #[test]
    fn a_finding_is_stored_in_no_more_than_an_item_has_room_for() {
        let finding = json!({"id": "f", "rule": "r", "detail": "\"".repeat(300_000),
            "evidence": {"statement": "x".repeat(300_000)}, "remediation": {"terraform": "y".repeat(300_000)}});
        let stored = shortened(&finding.to_string(), MAX_FINDING);
        assert!(stored.len() <= MAX_FINDING, "{}", stored.len());
        let stored: Value = serde_json::from_str(&stored).unwrap();
        assert_eq!((&stored["id"], &stored["rule"]), (&json!("f"), &json!("r")));
    }

    #[test]
    fn a_message_is_due_after_its_window() {
        for (message, due) in
            [(Entry::CLAIMED, true), ("storm-0a-100", true), ("storm-0a-300", false), ("unknown", true)]
        {
            assert_eq!(is_due(message, 200), due, "{message}");
        }
    }
}
