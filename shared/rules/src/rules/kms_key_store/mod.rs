//! Custom key stores.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `ConnectCustomKeyStore` | an attempt to connect the store | `kms:DescribeCustomKeyStores`: whether it succeeded | with a ledger, settled |
//! | `DeleteCustomKeyStore` | the store is gone | nothing | with a ledger, immediately |
//! | `DisconnectCustomKeyStore` | the store is disconnected; `ConnectCustomKeyStore` connects it again | `kms:DescribeCustomKeyStores` | settled |
//! | `UpdateCustomKeyStore` | the members that the call changes | nothing | immediately |

mod kms_key_store_disconnected;
mod kms_key_store_redirected;
mod remediation;

use crate::configuration::kms_key_store::{KIND, KmsKeyStore};
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;
use crate::engine::configuration::{Configuration, Deletion};
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, Permission, allow, call, deleting, settling};
use crate::engine::existing::{Existing, Listing};
use crate::engine::facts::{CliOutput, Facts};
use crate::engine::lookup::Lookup;
use crate::rules::keys::NEXT_MARKER;

/// The look-up of a key store. IAM knows no resource for it.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>
const DESCRIBE_KEY_STORES: Permission = allow("kms:DescribeCustomKeyStores", "*").by("CustomKeyStoreId");

/// Calls on custom key stores.
pub static DETECTOR: Detector = Detector {
    name: "kms-key-store",
    event_source: "kms.amazonaws.com",
    calls: &[settling("DisconnectCustomKeyStore"), call("UpdateCustomKeyStore")],
    closing: &[settling("ConnectCustomKeyStore"), deleting(call("DeleteCustomKeyStore"))],
    permissions: &[DESCRIBE_KEY_STORES],
    read: |call| {
        let (resource, store) = KmsKeyStore::read(call);
        match call.name {
            "DeleteCustomKeyStore" => (resource, Box::new(Deletion)),
            _ => (resource, Box::new(store)),
        }
    },
    cli_outputs: &[CliOutput::member(DESCRIBE_KEY_STORES.action, "CustomKeyStores", "CustomKeyStoreId")],
    rules: &[&kms_key_store_disconnected::RULE, &kms_key_store_redirected::RULE],
};

/// The key stores of a Region: the list describes them.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeCustomKeyStores.html>
static LIST_KEY_STORES: Listing = Listing {
    permission: DESCRIBE_KEY_STORES,
    parameters: r#"{"Limit": 1000}"#,
    entries: "CustomKeyStores",
    next: Some(NEXT_MARKER),
    of: None,
};

/// Key stores that exist.
pub(super) static KEY_STORES: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_KEY_STORES,
    described_by: Some(DESCRIBE_KEY_STORES.action),
    permissions: &[],
    is_policy: false,
    read: |entry| {
        let id = entry.text("CustomKeyStoreId")?;
        Some((Resource::without_arn(KIND, Some(id)), Box::new(KmsKeyStore::Existing)))
    },
};

impl Configuration for KmsKeyStore {
    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        let id = context.resource.identity().filter(|_| self.is_open())?;
        let answer = || context.facts.resource(DESCRIBE_KEY_STORES.action, id);
        if let KmsKeyStore::Connecting(_) = self {
            return Some(Box::new(KmsKeyStore::connecting(answer()?)));
        }
        let later = context.times.clone().and_then(|times| context.facts.timeline.key_store(id, times));
        let described = || answer().map(KmsKeyStore::from_description);
        Some(Box::new(later.or_else(described)?))
    }

    fn lookups(&self, id: &str, _facts: &Facts) -> Vec<Lookup> {
        match self.is_open() {
            true => vec![Lookup::new(DESCRIBE_KEY_STORES.action, id)],
            false => Vec::new(),
        }
    }

    fn unresolved(&self) -> Option<&Unresolved> {
        match self {
            KmsKeyStore::Unresolved(unresolved) | KmsKeyStore::Connecting(Some(unresolved)) => Some(unresolved),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
