//! Custom key stores: `ConnectCustomKeyStore`, `DisconnectCustomKeyStore`, `UpdateCustomKeyStore`.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-store-overview.html>

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::call::Call;
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;
use crate::language::Text;

/// What a call does to a custom key store.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum KmsKeyStore {
    /// It exists, and nothing is known yet.
    Existing,
    /// `DisconnectCustomKeyStore`, until the re-check shows something else.
    Disconnected,
    /// `ConnectCustomKeyStore` started an attempt to connect it, and why it is not known whether that succeeded.
    Connecting(Option<Unresolved>),
    /// It was connected again.
    Connected,
    /// An attempt to connect it again failed: `ConnectionErrorCode`.
    Failed(Option<String>),
    /// It is not known whether it was connected again.
    Unresolved(Unresolved),
    /// `UpdateCustomKeyStore`: the members of [`PROXY`] that it sets, with their values if the record shows them.
    Updated(Field<Vec<(&'static str, Option<String>)>>),
}

/// The members of `UpdateCustomKeyStore` that say where KMS finds the proxy of an external key manager. It keeps the value of
/// a member that the request does not have.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateCustomKeyStore.html>
pub(crate) const PROXY: [&str; 5] = [
    "xksProxyConnectivity",
    "xksProxyUriEndpoint",
    "xksProxyUriPath",
    "xksProxyVpcEndpointServiceName",
    "xksProxyVpcEndpointServiceOwner",
];

/// CloudFormation has no type for key stores: this is named like its types for keys and aliases.
pub(crate) const KIND: &str = "AWS::KMS::CustomKeyStore";

impl KmsKeyStore {
    /// Reads a call on a custom key store.
    pub(crate) fn read(call: &Call<'_>) -> (Resource, KmsKeyStore) {
        let store = match call.name {
            "UpdateCustomKeyStore" => KmsKeyStore::Updated(call.payload.request().map(|request| {
                let request = Field::Present(request);
                let set =
                    PROXY.into_iter().map(|name| (name, request.get(name))).filter(|(_, value)| value.is_present());
                set.map(|(name, value)| (name, value.text().value().map(str::to_owned))).collect()
            })),
            "ConnectCustomKeyStore" => KmsKeyStore::Connecting(None),
            _ => KmsKeyStore::Disconnected,
        };
        (Resource::without_arn(KIND, id(call)), store)
    }

    /// True if `DescribeCustomKeyStores` decides whether it is connected.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, KmsKeyStore::Existing | KmsKeyStore::Connecting(None) | KmsKeyStore::Disconnected)
    }

    /// The store after `ConnectCustomKeyStore`, as `DescribeCustomKeyStores` shows it.
    pub(crate) fn connecting(store: Result<Node<'_>, Unresolved>) -> KmsKeyStore {
        match KmsKeyStore::from_description(store) {
            KmsKeyStore::Connected => KmsKeyStore::Connected,
            KmsKeyStore::Unresolved(unresolved) => KmsKeyStore::Connecting(Some(unresolved)),
            _ => KmsKeyStore::Connecting(None),
        }
    }

    /// The store according to `DescribeCustomKeyStores`.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/APIReference/API_CustomKeyStoresListEntry.html>
    pub(crate) fn from_description(store: Result<Node<'_>, Unresolved>) -> KmsKeyStore {
        let store = match store {
            Ok(store) => store,
            Err(unresolved) => return KmsKeyStore::Unresolved(unresolved),
        };
        let state = store.get("connectionState").text();
        match state {
            Field::Present("CONNECTED") => KmsKeyStore::Connected,
            Field::Present("DISCONNECTED" | "DISCONNECTING") => KmsKeyStore::Disconnected,
            Field::Present("FAILED") => {
                KmsKeyStore::Failed(store.get("connectionErrorCode").text().value().map(str::to_owned))
            }
            Field::Present(state) => KmsKeyStore::Unresolved(Unresolved::InProgress(state.to_owned())),
            _ => KmsKeyStore::Unresolved(Unresolved::Unknown(Text::literal("KMS did not return `ConnectionState`"))),
        }
    }
}

/// The id of the key store that a call is about. Key stores have no ARNs.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>
pub(crate) fn id<'a>(call: &Call<'a>) -> Option<&'a str> {
    call.requested("customKeyStoreId")
}
