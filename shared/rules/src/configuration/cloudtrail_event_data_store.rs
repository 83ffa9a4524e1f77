//! Event data stores of CloudTrail Lake: `CreateEventDataStore`, `UpdateEventDataStore`, `StopEventDataStoreIngestion`,
//! `DeleteEventDataStore`.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateEventDataStore.html>

use serde_json::Value;

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;

/// What a call does to an event data store, and the state in which it leaves it.
#[derive(Debug, Clone)]
pub(crate) struct CloudTrailEventDataStore {
    /// What the call does.
    pub action: StoreAction,
    /// The key of the stored events; `Present(None)` if CloudTrail encrypts them with a key of its own. Absent if the call
    /// is not about the key.
    pub key: Field<Option<KeyRef>>,
    /// Whether the store collects management events, of which the uses of keys are a part.
    pub management: Field<bool>,
    /// Whether the store ingests live events.
    pub ingests: Field<bool>,
    /// True if the record holds the response, which shows the resulting state.
    pub answered: bool,
    /// Why a look-up did not show what the record leaves out.
    pub unresolved: Option<Unresolved>,
}

/// What a call does to an event data store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreAction {
    /// `CreateEventDataStore`
    Create,
    /// `UpdateEventDataStore`
    Update,
    /// `StopEventDataStoreIngestion`
    Stop,
    /// `DeleteEventDataStore`
    Delete,
}

impl CloudTrailEventDataStore {
    /// Reads a call on an event data store.
    ///
    /// `UpdateEventDataStore` is partial. Its response and that of `CreateEventDataStore` show the resulting store, so the
    /// response decides if it was recorded. The other calls name only the store.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, CloudTrailEventDataStore) {
        let action = match call.name {
            "UpdateEventDataStore" => StoreAction::Update,
            "StopEventDataStoreIngestion" => StoreAction::Stop,
            "DeleteEventDataStore" => StoreAction::Delete,
            _ => StoreAction::Create,
        };
        let answered = call.response(&["eventDataStoreArn"]).is_present();
        let store = CloudTrailEventDataStore {
            action,
            key: key(call, action, answered),
            management: management(call, action, answered),
            ingests: ingests(call, action),
            answered,
            unresolved: None,
        };
        (resource(call), store)
    }

    /// True if the call changes the configuration of the store, and does not only name the store.
    pub(crate) fn configures(&self) -> bool {
        matches!(self.action, StoreAction::Create | StoreAction::Update)
    }

    /// True if `GetEventDataStore` can add something: what a record without a response leaves out, or what has become of
    /// a store of which the record has only the ARN.
    pub(crate) fn is_incomplete(&self) -> bool {
        match self.configures() {
            true => !self.answered && (self.key.as_ref().value().is_none() || self.management.is_hidden()),
            false => true,
        }
    }

    /// The store with what the record leaves out filled in from the answer of `GetEventDataStore`.
    pub(crate) fn with_description(&self, store: Result<Node<'_>, Unresolved>, scope: Scope<'_>) -> Self {
        let mut resolved = self.clone();
        let store = match store {
            _ if !self.is_incomplete() => return resolved,
            Ok(store) => store,
            Err(unresolved) => {
                // a look-up that fails takes nothing back from what the other calls do by themselves. A deleted store is
                // found for seven days, so that a store that is not found belongs to another account
                resolved.unresolved = Some(unresolved).filter(|_| self.configures());
                return resolved;
            }
        };
        if self.configures() {
            resolved.key = resolved.key.or_fill(|| named(store.get("kmsKeyId"), scope, true));
        }
        resolved.management = resolved.management.or_fill(|| collects_management(store.get("advancedEventSelectors")));
        if self.action == StoreAction::Stop {
            match status_ingests(store.get("status")) {
                Field::Present(ingests) => resolved.ingests = Field::Present(ingests),
                _ if store.get("status").text() == Field::Present("PENDING_DELETION") => {
                    resolved.unresolved = Some(Unresolved::Deleted);
                }
                _ => {}
            }
        }
        resolved
    }

    /// The store with what later calls made of it.
    pub(crate) fn with_timeline(mut self, later: Result<bool, Unresolved>) -> Self {
        (self.ingests, self.unresolved) = match later {
            Ok(ingests) => (Field::Present(ingests), None),
            Err(unresolved) => (self.ingests, Some(unresolved)),
        };
        self
    }
}

/// The store that a call names: by its ARN, or by the id at the end of the ARN.
pub(crate) fn resource(call: &Call<'_>) -> Resource {
    let given = call.requested("eventDataStore");
    let id = given.filter(|given| !given.contains([':', '/', '%']));
    let arn = call
        .arn("eventDataStoreArn", "eventDataStore")
        .or_else(|| call.build_arn("cloudtrail", format!("eventdatastore/{}", id?)));
    let name = call.response(&["name"]).text().value().or_else(|| call.requested("name")).or(id);
    Resource::new("AWS::CloudTrail::EventDataStore", arn, name)
}

fn key(call: &Call<'_>, action: StoreAction, answered: bool) -> Field<Option<KeyRef>> {
    let node = match (action, answered) {
        (StoreAction::Stop | StoreAction::Delete, _) => return Field::Absent,
        (_, true) => call.response(&["kmsKeyId"]),
        (_, false) => call.request(&["kmsKeyId"]),
    };
    named(node, call.scope, answered || action == StoreAction::Create)
}

/// The key that a member names. If the member shows the whole state and is absent, CloudTrail encrypts with a key of its own.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html>
fn named(node: Node<'_>, scope: Scope<'_>, is_state: bool) -> Field<Option<KeyRef>> {
    match node.text() {
        Field::Absent | Field::Present("") if is_state => Field::Present(None),
        Field::Present("") => Field::Absent, // a key cannot be removed
        text => text.map(|given| Some(KeyRef::read(given, scope))),
    }
}

/// Whether the call leaves the store collecting management events. By default, an event data store collects all of them.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake-organizations.html>
fn management(call: &Call<'_>, action: StoreAction, answered: bool) -> Field<bool> {
    let selectors = match answered {
        true => call.response(&["advancedEventSelectors"]).or(|| call.request(&["advancedEventSelectors"])),
        false => call.request(&["advancedEventSelectors"]),
    };
    match action {
        StoreAction::Create => collects_management(selectors).or(|| Field::Present(true)),
        StoreAction::Update => collects_management(selectors),
        StoreAction::Stop | StoreAction::Delete => Field::Absent,
    }
}

/// Whether one of these advanced event selectors is about management events.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>
fn collects_management(selectors: Node<'_>) -> Field<bool> {
    let is_management = |selector: &Value| {
        let fields = Field::Present(selector).get("fieldSelectors").value().and_then(Value::as_array);
        fields.into_iter().flatten().map(Field::Present).any(|field| {
            let values = field.get("equals").value().and_then(Value::as_array);
            field.get("field").text() == Field::Present("eventCategory")
                && values.is_some_and(|values| values.iter().any(|value| value == "Management"))
        })
    };
    match selectors {
        Field::Present(Value::Array(selectors)) if selectors.is_empty() => Field::Absent,
        Field::Present(Value::Array(selectors)) => Field::Present(selectors.iter().any(is_management)),
        Field::Present(_) => Field::Redacted,
        missing => missing.map(|_| false),
    }
}

/// Whether the call leaves the store ingesting live events.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html>
fn ingests(call: &Call<'_>, action: StoreAction) -> Field<bool> {
    match action {
        StoreAction::Create => call.request(&["startIngestion"]).flag().or(|| Field::Present(true)), // the API's default
        StoreAction::Update => status_ingests(call.response(&["status"])),
        StoreAction::Stop => Field::Present(false),
        StoreAction::Delete => Field::Absent,
    }
}

/// Whether a store of this status ingests; absent for a status that does not say so.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventDataStore.html>
fn status_ingests(status: Node<'_>) -> Field<bool> {
    match status.text() {
        Field::Present("ENABLED" | "STARTING_INGESTION") => Field::Present(true),
        Field::Present("STOPPED_INGESTION" | "STOPPING_INGESTION") => Field::Present(false),
        Field::Present(_) => Field::Absent,
        missing => missing.map(|_| false),
    }
}
