//! Event data stores of CloudTrail Lake: `CreateEventDataStore`, `UpdateEventDataStore`, `StopEventDataStoreIngestion`,
//! `DeleteEventDataStore`, `PutResourcePolicy`, and the calls that undo these.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateEventDataStore.html>

use serde_json::Value;

use crate::aws::arn::Arn;
use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::event_selectors::KmsEvents;
use crate::configuration::key::{KeyRef, Scope};
use crate::configuration::resource::Resource;
use crate::configuration::resource_policy::{ResourcePolicy, policy_text};
use crate::configuration::unresolved::Unresolved;

/// What an event data store collects by default: all management events.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake-organizations.html>
const ALL: KmsEvents = KmsEvents::ALL;

/// What a call does to an event data store, and the state in which it leaves it.
#[derive(Debug, Clone)]
pub(crate) struct CloudTrailEventDataStore {
    /// What the call does.
    pub action: StoreAction,
    /// The key of the stored events; `Present(None)` if CloudTrail encrypts them with a key of its own. Absent if the call
    /// is not about the key.
    pub key: Field<Option<KeyRef>>,
    /// The categories of events that the store collects. Absent if the call does not name them.
    pub collects: Field<Collects>,
    /// Which events of KMS the store collects. Absent if the call does not name its selectors.
    pub kms_events: Field<KmsEvents>,
    /// True if the request names selectors.
    pub selects: bool,
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
    /// `RestoreEventDataStore`, whose response shows the whole store
    Restore,
    /// `StartEventDataStoreIngestion`
    Start,
    /// `StopEventDataStoreIngestion`
    Stop,
    /// `DeleteEventDataStore`; also a store that is pending deletion
    Delete,
    /// None: a store that a scan found
    Exists,
}

/// The categories of events that an event data store collects.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collects {
    /// Management events, perhaps among others.
    Management,
    /// Only data events or network activity events. An update can add management events, or has taken them away.
    Activity,
    /// Something else: configuration items, Insights events, evidence, or events from outside AWS. A store that collects
    /// these collects nothing else.
    Other,
}

impl CloudTrailEventDataStore {
    /// An event data store that exists. Nothing is known about it yet.
    pub(crate) fn existing() -> CloudTrailEventDataStore {
        CloudTrailEventDataStore {
            action: StoreAction::Exists,
            key: Field::Omitted,
            collects: Field::Omitted,
            kms_events: Field::Omitted,
            selects: false,
            ingests: Field::Omitted,
            answered: false,
            unresolved: None,
        }
    }

    /// Reads a call on an event data store.
    ///
    /// `UpdateEventDataStore` is partial. Its response and that of `CreateEventDataStore` show the resulting store, so the
    /// response decides if it was recorded. The other calls name only the store.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, CloudTrailEventDataStore) {
        let action = match call.name {
            "UpdateEventDataStore" => StoreAction::Update,
            "RestoreEventDataStore" => StoreAction::Restore,
            "StartEventDataStoreIngestion" => StoreAction::Start,
            "StopEventDataStoreIngestion" => StoreAction::Stop,
            "DeleteEventDataStore" => StoreAction::Delete,
            _ => StoreAction::Create,
        };
        let answered = call.response(&["eventDataStoreArn"]).is_present();
        let selectors = selectors(call, answered);
        let created = if action == StoreAction::Create { Field::Present(()) } else { Field::Absent };
        let store = CloudTrailEventDataStore {
            action,
            key: key(call, action, answered),
            collects: collects(selectors).or(|| created.map(|()| Collects::Management)),
            kms_events: KmsEvents::read(Field::Absent, selectors).or(|| created.map(|()| ALL)),
            selects: call.request(&["advancedEventSelectors"]).is_present(),
            ingests: ingests(call, action),
            answered,
            unresolved: None,
        };
        (resource(call), store)
    }

    /// The dashboard or channel that a call deletes. It is named by its ARN, or a dashboard by its name and a channel by its
    /// UUID.
    pub(crate) fn read_deleted(call: &Call<'_>) -> Resource {
        let (member, kind) =
            if call.name == "DeleteChannel" { ("channel", "channel") } else { ("dashboardId", "dashboard") };
        let by_name = || call.build_arn("cloudtrail", format!("{kind}/{}", call.requested(member)?));
        CloudTrailEventDataStore::with_policy(call.arn("dashboardArn", member).or_else(by_name))
    }

    /// Reads a call on the policy of an event data store, dashboard or channel.
    pub(crate) fn read_policy(call: &Call<'_>) -> (Resource, ResourcePolicy) {
        let arn = call.arn("resourceArn", "resourceArn");
        let mut policy = ResourcePolicy::new(call.request(&["resourcePolicy"]), arn.as_deref(), call);
        policy.document = policy.document.or_fill(|| policy_text(call.response(&["resourcePolicy"])));
        (CloudTrailEventDataStore::with_policy(arn), policy)
    }

    /// The event data store, dashboard or channel with this ARN.
    fn with_policy(arn: Option<String>) -> Resource {
        let kind = match arn.as_deref().and_then(Arn::parse).and_then(|arn| arn.resource.split_once('/')) {
            Some(("channel", _)) => "AWS::CloudTrail::Channel",
            Some(("dashboard", _)) => "AWS::CloudTrail::Dashboard",
            _ => "AWS::CloudTrail::EventDataStore",
        };
        Resource::new(kind, arn, None)
    }

    /// True if the call changes the configuration of the store, and does not only name the store. True for a store that
    /// exists, whose configuration is looked up, and for one that is restored with it.
    pub(crate) fn configures(&self) -> bool {
        matches!(self.action, StoreAction::Create | StoreAction::Update | StoreAction::Restore | StoreAction::Exists)
    }

    /// True if the store is known to collect no management events, and so no use of keys.
    pub(crate) fn is_unrelated_to_keys(&self) -> bool {
        matches!(self.collects, Field::Present(Collects::Activity | Collects::Other))
    }

    /// True if `GetEventDataStore` can add something: what a record without a response leaves out, or what has become of
    /// a store of which the record has only the ARN.
    pub(crate) fn is_incomplete(&self) -> bool {
        match self.configures() {
            _ if self.action == StoreAction::Start => false,
            true => !self.answered && (self.key.as_ref().value().is_none() || self.kms_events.is_hidden()),
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
        if self.action == StoreAction::Exists {
            return described(store, scope);
        }
        if self.configures() {
            resolved.key = resolved.key.or_fill(|| named(store.get("kmsKeyId"), scope, true));
        }
        let selectors = store.get("advancedEventSelectors");
        resolved.collects = resolved.collects.or_fill(|| collects(selectors));
        resolved.kms_events = resolved.kms_events.or_fill(|| KmsEvents::read(Field::Absent, selectors));
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

    /// Whether a look-up described the store.
    ///
    /// # Errors
    /// Why it did not.
    pub(crate) fn looked_up(&self) -> Result<(), &Unresolved> {
        match &self.unresolved {
            Some(Unresolved::NotShown(_)) | None => Ok(()),
            Some(unresolved) => Err(unresolved),
        }
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

/// A store that exists, from the answer of `GetEventDataStore`. One that is pending deletion is as `DeleteEventDataStore` leaves
/// it: no operation on it is possible but its restoration.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-eds-disable-termination.html>
fn described(store: Node<'_>, scope: Scope<'_>) -> CloudTrailEventDataStore {
    let selectors = store.get("advancedEventSelectors");
    let collects = collects(selectors).or(|| Field::Present(Collects::Management));
    let existing = CloudTrailEventDataStore::existing();
    if store.get("status").text() == Field::Present("PENDING_DELETION") {
        let (action, key) = (StoreAction::Delete, Field::Absent);
        return CloudTrailEventDataStore { action, key, collects, ..existing };
    }
    CloudTrailEventDataStore {
        key: named(store.get("kmsKeyId"), scope, true),
        collects,
        kms_events: KmsEvents::read(Field::Absent, selectors).or(|| Field::Present(ALL)),
        ingests: status_ingests(store.get("status")),
        unresolved: Some(Unresolved::NotShown("GetEventDataStore")),
        ..existing
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
        (StoreAction::Start | StoreAction::Stop | StoreAction::Delete | StoreAction::Exists, _) => {
            return Field::Absent;
        }
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

/// The selectors that the call leaves the store with. The response shows the result of a partial update.
fn selectors<'a>(call: &Call<'a>, answered: bool) -> Node<'a> {
    let requested = call.request(&["advancedEventSelectors"]);
    match answered {
        true => call.response(&["advancedEventSelectors"]).or(|| requested),
        false => requested,
    }
}

/// The categories that advanced event selectors name.
fn collects(selectors: Node<'_>) -> Field<Collects> {
    let list = match selectors {
        Field::Present(Value::Array(list)) if list.is_empty() => return Field::Absent,
        Field::Present(Value::Array(list)) => list,
        Field::Present(_) => return Field::Redacted,
        missing => return missing.map(|_| Collects::Other),
    };
    let (mut activity, mut unknown) = (false, false);
    for selector in list {
        let categories = categories(Field::Present(selector));
        unknown |= categories.is_empty();
        for category in categories {
            match category {
                Field::Present("Management") => return Field::Present(Collects::Management),
                Field::Present("Data" | "NetworkActivity") => activity = true,
                Field::Present(_) => {}
                _ => unknown = true,
            }
        }
    }
    match (unknown, activity) {
        (true, _) => Field::Redacted,
        (false, true) => Field::Present(Collects::Activity),
        (false, false) => Field::Present(Collects::Other),
    }
}

/// The values of `eventCategory` in a selector. `Equals` is the only operator that the API accepts for it.
fn categories(selector: Node<'_>) -> Vec<Field<&str>> {
    let is_category = |field: &Node<'_>| field.get("field").text() == Field::Present("eventCategory");
    let fields = items(selector.get("fieldSelectors")).filter(is_category);
    fields.flat_map(|field| items(field.get("equals")).map(Node::text)).collect()
}

fn items(list: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    list.value().and_then(Value::as_array).into_iter().flatten().map(Field::Present)
}

/// Whether the call leaves the store ingesting live events.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html>
fn ingests(call: &Call<'_>, action: StoreAction) -> Field<bool> {
    match action {
        StoreAction::Create => call.request(&["startIngestion"]).flag().or(|| Field::Present(true)), // the API's default
        StoreAction::Update | StoreAction::Restore => status_ingests(call.response(&["status"])),
        StoreAction::Start => Field::Present(true),
        StoreAction::Stop => Field::Present(false),
        StoreAction::Delete | StoreAction::Exists => Field::Absent,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::testing::with_call;
    use crate::engine::change::Event;
    use crate::rules::cloudtrail_event_data_store::DETECTOR;
    use proptest::prelude::*;
    use serde_json::json;

    const ID: &str = "1f0c7b52-0000-4000-8000-00000000e0d5";

    fn category(value: &Value) -> Value {
        json!({"name": "s", "fieldSelectors": [{"field": "eventCategory", "equals": value}]})
    }

    #[test]
    fn what_is_deleted_is_named_by_its_arn_or_its_name() {
        const CHANNEL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:channel/c-1";
        const DASHBOARD: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:dashboard/d-1";
        for (call, request, kind, arn) in [
            ("DeleteChannel", json!({"channel": "c-1"}), "AWS::CloudTrail::Channel", CHANNEL),
            ("DeleteChannel", json!({"channel": CHANNEL}), "AWS::CloudTrail::Channel", CHANNEL),
            ("DeleteDashboard", json!({"dashboardId": "d-1"}), "AWS::CloudTrail::Dashboard", DASHBOARD),
            ("DeleteDashboard", json!({"dashboardId": DASHBOARD}), "AWS::CloudTrail::Dashboard", DASHBOARD),
        ] {
            let record = json!({"requestParameters": request});
            let resource = with_call(call, record, CloudTrailEventDataStore::read_deleted);
            assert_eq!((resource.kind, resource.arn.as_deref()), (kind, Some(arn)), "{call} {request}");
        }
    }

    #[test]
    fn the_categories_of_all_selectors_count() {
        let of = |values: &[Value]| collects(Field::Present(&Value::Array(values.iter().map(category).collect())));
        for (values, want) in [
            (vec![json!(["Management"])], Field::Present(Collects::Management)),
            (vec![json!(["Data"]), json!(["Management"])], Field::Present(Collects::Management)),
            (vec![json!("***"), json!(["Management"])], Field::Present(Collects::Management)),
            (vec![json!(["Data"])], Field::Present(Collects::Activity)),
            (vec![json!(["NetworkActivity"]), json!(["Data"])], Field::Present(Collects::Activity)),
            (vec![json!(["ConfigurationItem"])], Field::Present(Collects::Other)),
            (vec![json!(["ActivityAuditLog"])], Field::Present(Collects::Other)),
            (vec![json!(["Data"]), json!("***")], Field::Redacted),
            (vec![json!(["HIDDEN_DUE_TO_SECURITY_REASONS"])], Field::Redacted),
            (vec![Value::Null], Field::Redacted),
            (vec![], Field::Absent),
        ] {
            assert_eq!(of(&values), want, "{values:?}");
        }
        let described = json!([{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}]);
        assert_eq!(collects(Field::Present(&described)), Field::Present(Collects::Activity));
        assert_eq!(collects(Field::Present(&json!("***"))), Field::Redacted);
        assert_eq!(collects(Field::Omitted), Field::Omitted);
    }

    #[test]
    fn a_store_is_named_by_its_arn_or_by_its_id() {
        let arn = format!("arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/{ID}");
        let foreign = format!("arn:aws:cloudtrail:us-east-1:777788889999:eventdatastore/{ID}");
        let named = |call: &str, request: Value, response: Value| {
            let record = json!({"eventName": call, "eventSource": DETECTOR.event_source, "awsRegion": "eu-west-1",
                "recipientAccountId": "111122223333", "requestParameters": request, "responseElements": response})
            .to_string();
            let event = Event::parse(&record).unwrap();
            let resource = event.change_for(&DETECTOR).unwrap().resource;
            (resource.arn, resource.name)
        };
        let stop = |store: Value| named("StopEventDataStoreIngestion", json!({"eventDataStore": store}), Value::Null);
        assert_eq!(stop(json!(arn)), (Some(arn.clone()), ID.to_owned()));
        assert_eq!(stop(json!(ID)), (Some(arn.clone()), ID.to_owned()));
        assert_eq!(stop(json!(foreign)), (Some(foreign), ID.to_owned()));
        assert_eq!(stop(json!("***")), (None, "(unnamed)".to_owned()));
        let response = json!({"eventDataStoreArn": arn, "name": "audit"});
        assert_eq!(named("CreateEventDataStore", json!({"name": "audit"}), response), (Some(arn), "audit".to_owned()));
        assert_eq!(named("CreateEventDataStore", json!({"name": "audit"}), Value::Null), (None, "audit".to_owned()));
    }

    /// Selectors, with categories and without, and anything in their place.
    fn selectors() -> impl Strategy<Value = Vec<Value>> {
        let values = prop::sample::subsequence(vec!["Management", "Data", "NetworkActivity", "Insight", "***"], 0..=3);
        let selector = prop_oneof![
            4 => values.prop_map(|values| category(&json!(values))),
            1 => Just(json!("***")),
            1 => Just(json!({"fieldSelectors": [{"field": "readOnly", "equals": ["true"]}]})),
            1 => Just(Value::Null),
        ];
        prop::collection::vec(selector, 0..4)
    }

    proptest! {
        #[test]
        fn a_store_is_unrelated_to_keys_only_if_every_selector_says_so(selectors in selectors()) {
            let text = json!(selectors).to_string();
            match collects(Field::Present(&json!(selectors))) {
                Field::Present(Collects::Management) => prop_assert!(text.contains("Management")),
                Field::Present(Collects::Activity | Collects::Other) => {
                    prop_assert!(!text.contains("Management") && !text.contains("***"));
                    prop_assert!(selectors.iter().all(|selector| selector.to_string().contains(r#""equals":[""#)));
                    prop_assert!(!text.contains("readOnly"));
                }
                Field::Absent => prop_assert!(selectors.is_empty()),
                _ => prop_assert!(!text.contains("Management")),
            }
        }
    }
}
