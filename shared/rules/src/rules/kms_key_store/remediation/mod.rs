//! Remediation that the rules on custom key stores recommend.

use crate::rules::remediation::Template;

/// Connect the key store.
pub(super) const CONNECT: Template = Template {
    cli: include_str!("connect.sh"),
    terraform: include_str!("connect.tf"),
    console: "Key Management Service > Custom key stores > {{name}} > Key store actions > Connect",
};

/// Connect it after an attempt that failed: KMS connects only a disconnected store.
pub(super) const RECONNECT: Template = Template {
    cli: include_str!("reconnect.sh"),
    console: "Key Management Service > Custom key stores > {{name}} > Key store actions > Disconnect, then Connect",
    ..CONNECT
};

/// Use the former proxy again.
pub(super) const FORMER_PROXY: Template = Template {
    cli: include_str!("former_proxy.sh"),
    terraform: include_str!("former_proxy.tf"),
    console: "Key Management Service > Custom key stores > {{name}} > Edit",
};
