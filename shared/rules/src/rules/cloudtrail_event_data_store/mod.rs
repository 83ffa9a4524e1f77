//! Event data stores of CloudTrail Lake.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateEventDataStore` | the resulting store, in its response; `startIngestion` only in its request | the key | immediately |
//! | `DeleteChannel` | a channel is gone, and its policy with it | nothing | with a ledger, immediately |
//! | `DeleteDashboard` | a dashboard is gone, and its policy with it | nothing | with a ledger, immediately |
//! | `DeleteEventDataStore` | only the ARN or id of the store | `cloudtrail:GetEventDataStore`: which events the store collects | immediately |
//! | `DeleteResourcePolicy` | an event data store, dashboard or channel has no policy | nothing | with a ledger, immediately |
//! | `PutResourcePolicy` | the policy of an event data store, dashboard or channel | `organizations:ListAccounts` if the settings trust the organization and that decides | immediately |
//! | `RestoreEventDataStore` | the restored store, in its response | the key; `cloudtrail:GetEventDataStore` if the response is omitted | with a ledger, immediately |
//! | `StartEventDataStoreIngestion` | the store ingests events | nothing | with a ledger, immediately |
//! | `StopEventDataStoreIngestion` | only the ARN or id of the store | `cloudtrail:GetEventDataStore`: whether it ingests again, and which events it collects | settled: `StartEventDataStoreIngestion` undoes it |
//! | `UpdateEventDataStore` | the resulting store, in its response; the request contains only the changes | the key; `cloudtrail:GetEventDataStore` if the response is omitted | immediately |
//!
//! No public record of these calls is known: the samples follow the API model and the examples of the AWS CLI's guide.

mod cloudtrail_event_data_store_deleted;
mod cloudtrail_event_data_store_policy_foreign_account;
mod cloudtrail_event_data_store_policy_public;
mod cloudtrail_event_data_store_stopped;
mod cloudtrail_event_data_store_unusable_key;
mod cloudtrail_event_data_store_without_customer_key;
mod cloudtrail_event_data_store_without_kms_events;
mod remediation;

use crate::aws::arn::Arn;
use crate::configuration::cloudtrail_event_data_store::{CloudTrailEventDataStore, StoreAction};
use crate::configuration::key::KeyRef;
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;
use crate::engine::configuration::{Configuration, Deletion};
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call, deleting, settling};
use crate::engine::existing::{Entry, Existing, Listing, Next};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::language::Text;
use crate::rules::keys::DESCRIBE_KEY;
use crate::rules::resource_policy::LIST_ACCOUNTS;
use crate::rules::resource_policy::existing::ExistingPolicy;
use crate::rules::resource_policy::subject::PolicySubject;

/// Why it does not matter to keys that a store collects no more.
const COLLECTS_NO_KEY_USAGE: Text =
    Text::literal("the event data store collects no management events, and so no use of keys");

const GET_STORE: Permission =
    allow("cloudtrail:GetEventDataStore", "arn:{partition}:cloudtrail:{region}:{account}:eventdatastore/*")
        .by("EventDataStore");

/// Calls on event data stores.
pub static DETECTOR: Detector = Detector {
    name: "cloudtrail-event-data-store",
    event_source: "cloudtrail.amazonaws.com",
    calls: &[
        call("CreateEventDataStore"),
        deleting(call("DeleteEventDataStore")),
        call("PutResourcePolicy"),
        settling("StopEventDataStoreIngestion"),
        call("UpdateEventDataStore"),
    ],
    closing: &[
        deleting(call("DeleteChannel")),
        deleting(call("DeleteDashboard")),
        call("DeleteResourcePolicy"),
        call("RestoreEventDataStore"),
        call("StartEventDataStoreIngestion"),
    ],
    permissions: &[DESCRIBE_KEY, GET_STORE, LIST_ACCOUNTS],
    read: |call| match call.name {
        "DeleteChannel" | "DeleteDashboard" => (CloudTrailEventDataStore::read_deleted(call), Box::new(Deletion)),
        "DeleteResourcePolicy" | "PutResourcePolicy" => {
            let (resource, policy) = CloudTrailEventDataStore::read_policy(call);
            let kind = remediation::kind(resource.kind);
            (resource, Box::new(PolicySubject::new(policy, kind)))
        }
        _ => {
            let (resource, store) = CloudTrailEventDataStore::read(call);
            (resource, Box::new(store))
        }
    },
    cli_outputs: &[CliOutput::whole(GET_STORE.action, "EventDataStoreArn")],
    rules: &[
        &cloudtrail_event_data_store_deleted::RULE,
        &cloudtrail_event_data_store_policy_foreign_account::RULE,
        &cloudtrail_event_data_store_policy_public::RULE,
        &cloudtrail_event_data_store_stopped::RULE,
        &cloudtrail_event_data_store_unusable_key::RULE,
        &cloudtrail_event_data_store_without_customer_key::RULE,
        &cloudtrail_event_data_store_without_kms_events::RULE,
    ],
};

/// The look-up of a store's policy.
const GET_POLICY: Permission =
    allow("cloudtrail:GetResourcePolicy", "arn:{partition}:cloudtrail:{region}:{account}:eventdatastore/*")
        .by("ResourceArn");

/// The event data stores of a Region. IAM knows no resource for the call.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html>
static LIST_STORES: Listing = Listing {
    permission: allow("cloudtrail:ListEventDataStores", "*"),
    parameters: r#"{"MaxResults": 1000}"#,
    entries: "EventDataStores",
    next: Some(Next { more: "", token: "NextToken", parameter: "NextToken" }),
    of: None,
};

/// Event data stores that exist. An entry of the list does not show the key.
pub(super) static STORES: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_STORES,
    described_by: None,
    permissions: &[DESCRIBE_KEY, GET_STORE],
    is_policy: false,
    read: |entry| Some((listed(entry)?, Box::new(CloudTrailEventDataStore::existing()))),
};

/// The policies of event data stores that exist.
pub(super) static STORE_POLICIES: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_STORES,
    described_by: None,
    permissions: &[GET_POLICY, LIST_ACCOUNTS],
    is_policy: true,
    read: |entry| {
        let resource = listed(entry)?;
        let kind = remediation::kind(resource.kind);
        Some((resource, Box::new(ExistingPolicy { call: GET_POLICY.action, member: "ResourcePolicy", kind })))
    },
};

/// A store of this account. Its ARN names the account that owns it: the management account also owns the stores of the
/// organization that a delegated administrator creates.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake-organizations.html>
fn listed(entry: &Entry<'_>) -> Option<Resource> {
    let arn = entry.text("EventDataStoreArn")?;
    let is_owned = Arn::parse(arn)?.account == entry.scope.account;
    let resource = Resource::new("AWS::CloudTrail::EventDataStore", Some(arn.to_owned()), entry.text("Name"));
    is_owned.then_some(resource)
}

impl Configuration for CloudTrailEventDataStore {
    fn keys(&self) -> Vec<&KeyRef> {
        self.key.as_ref().value().and_then(Option::as_ref).into_iter().collect()
    }

    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        let arn = context.resource.arn.as_deref().filter(|_| self.is_incomplete())?;
        let described = context.facts.resource(GET_STORE.action, arn);
        let described = described.map(|store| self.with_description(store, context.scope));
        let times = context.times.clone().filter(|_| self.action == StoreAction::Stop);
        let later = times.and_then(|times| context.facts.timeline.ingests(arn, times));
        match later {
            // in a replay, a look-up may show the store of today
            Some(later) => Some(Box::new(described.unwrap_or_else(|| self.clone()).with_timeline(later))),
            None => Some(Box::new(described?)),
        }
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        match self.is_incomplete() {
            true => vec![Lookup::new(GET_STORE.action, arn)],
            false => Vec::new(),
        }
    }

    fn unresolved(&self) -> Option<&Unresolved> {
        self.unresolved.as_ref()
    }
}

#[cfg(test)]
mod tests;
