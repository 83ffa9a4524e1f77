//! The table of a ledger in the local AWS, as the templates create it.

use sealwatch_rules::ledger::Entry;
use sealwatch_runtime::ledger::{from_item, to_item};
use serde_json::{Value, json};

use crate::events::{ACCOUNT, REGION};
use crate::http::post;
use crate::local_aws;

/// A table of the local AWS.
#[derive(Debug)]
pub(crate) struct LedgerTable(pub(crate) String);

impl LedgerTable {
    /// Creates an empty table. No other test may use this name.
    pub(crate) fn create(name: &str) -> LedgerTable {
        dynamodb("DeleteTable", &json!({"TableName": name})); // an earlier run may have created it
        let keys = |hash: &str, range: Option<&str>| -> Value {
            let range = range.map(|range| json!({"AttributeName": range, "KeyType": "RANGE"}));
            [json!({"AttributeName": hash, "KeyType": "HASH"})].into_iter().chain(range).collect()
        };
        let attributes = ["fingerprint", "open_in", "resource", "pending"];
        let created = dynamodb(
            "CreateTable",
            &json!({
                "TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": keys("fingerprint", None),
                "AttributeDefinitions": attributes.map(|name| json!({"AttributeName": name, "AttributeType": "S"})),
                "GlobalSecondaryIndexes": [
                    {"IndexName": "open", "KeySchema": keys("open_in", Some("resource")), "Projection": {"ProjectionType": "ALL"}},
                    {"IndexName": "pending", "KeySchema": keys("pending", None), "Projection": {"ProjectionType": "KEYS_ONLY"}},
                ],
            }),
        );
        assert_eq!(created["TableDescription"]["TableName"], name, "{created}");
        LedgerTable(name.to_owned())
    }

    /// Stores entries as functions do, and a counter.
    pub(crate) fn put(&self, entries: &[Entry]) {
        let counter = json!({"fingerprint": {"S": "storm#9b692f77"}, "count": {"N": "7"}, "expires": {"N": "1"}});
        for item in entries.iter().map(|entry| to_item(entry).unwrap()).chain([counter]) {
            let put = dynamodb("PutItem", &json!({"TableName": self.0, "Item": item}));
            assert!(put.get("__type").is_none(), "{put}");
        }
    }

    /// All entries.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let (mut entries, mut request) = (Vec::new(), json!({"TableName": self.0, "ConsistentRead": true}));
        loop {
            let page = dynamodb("Scan", &request);
            let items = page["Items"].as_array().unwrap().iter().filter(|item| item.get("rule").is_some());
            entries.extend(items.map(|item| from_item(item).unwrap()));
            match page.get("LastEvaluatedKey") {
                Some(key) => request["ExclusiveStartKey"] = key.clone(),
                None => return entries,
            }
        }
    }
}

/// A call of DynamoDB. The local AWS does not check signatures, but reads the account and the Region from them.
fn dynamodb(operation: &str, parameters: &Value) -> Value {
    let url = local_aws::url();
    let target = format!("DynamoDB_20120810.{operation}");
    let credential = format!("{ACCOUNT}/20261126/{REGION}/dynamodb/aws4_request");
    let signature = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0");
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", target.as_str()),
        ("authorization", signature.as_str()),
    ];
    let host = url.strip_prefix("http://").unwrap().trim_end_matches('/');
    serde_json::from_slice(&post(host, "/", &headers, parameters.to_string().as_bytes())).unwrap()
}
