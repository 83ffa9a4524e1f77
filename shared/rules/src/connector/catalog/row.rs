//! The shape of a row in the catalog.

use crate::connector::drivers::{self, Driver};
use crate::connector::report::TlsLevel;
use crate::language::Text;

/// One connector, or several classes that read the same settings.
#[derive(Debug)]
pub struct Connector {
    /// Its common name.
    pub name: &'static str,
    /// Class names; a trailing `*` matches every class with that prefix.
    pub classes: &'static [&'static str],
    /// Where the facts come from.
    pub source: &'static str,
    pub(crate) kind: Kind,
    /// Settings that contain URLs.
    pub(crate) urls: &'static [&'static str],
    /// Schemes that have a meaning of their own in this connector.
    pub(crate) schemes: &'static [(&'static str, TlsLevel)],
    /// The level of an address without a scheme.
    pub(crate) without_scheme: TlsLevel,
    /// The setting that decides if no URL does.
    pub(crate) switch: Option<TlsSetting>,
    /// Settings that can weaken TLS when it is on.
    pub(crate) checks: &'static [TlsSetting],
    /// Settings that name the hosts: a connection to the worker itself crosses no network.
    pub(crate) hosts: &'static [&'static str],
    /// Settings that the connector defines as secrets although their names do not show it; a leading `*` matches every
    /// name with that suffix.
    pub secrets: &'static [&'static str],
    /// Settings that are secrets if another setting has a certain value: (secret, other, value).
    pub secrets_when: &'static [(&'static str, &'static str, &'static str)],
    /// How the connector requests encryption from S3; `None` if it does not write to S3.
    pub(crate) output: Option<Sse>,
    /// A Debezium connector that stores the schema history separately.
    pub(crate) history: bool,
    /// The row has only the secrets of many different connectors, not how they connect.
    pub(crate) secrets_only: bool,
}

/// How the settings say where to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Plain URLs, or a switch.
    Plain,
    /// A MongoDB connection string.
    Mongo,
    /// A JDBC URL. The connector passes settings with these prefixes to the driver.
    Jdbc(&'static [&'static str]),
    /// The connector builds the JDBC URL for this driver and passes settings with these prefixes to it.
    Driver(&'static str, &'static [&'static str]),
    /// MirrorMaker 2; `source` if it connects to the source cluster.
    Mirror { source: bool },
}

/// A setting whose value decides about TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TlsSetting {
    pub(crate) property: &'static str,
    /// What the values mean, compared without case: `*` matches every value but a blank one, `*x` a value that
    /// contains `x`, and an empty pattern a blank value. The first match counts.
    pub(crate) values: &'static [(&'static str, TlsLevel)],
    /// The value that applies if none is set.
    pub(crate) default: &'static str,
    /// The value for verified TLS.
    pub(crate) recommended: &'static str,
    /// The setting applies only if each of these settings has this value.
    pub(crate) requires: &'static [(&'static str, &'static str)],
    /// The setting does not apply if one of these settings has this value.
    pub(crate) unless: &'static [(&'static str, &'static str)],
    /// What is easily misunderstood about this setting.
    pub(crate) note: Option<&'static Text>,
}

/// How a connector requests encryption from S3.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sse {
    /// The setting that names the algorithm; empty if the connector has none.
    pub(crate) algorithm: &'static str,
    /// The values that mean SSE-KMS.
    pub(crate) kms: &'static [&'static str],
    /// The setting that names the key; empty if the connector has none.
    pub(crate) key: &'static str,
    /// What SSE-KMS without a key results in.
    pub(crate) without_key: WithoutKey,
    /// The value of the algorithm for SSE-KMS.
    pub(crate) recommended: &'static str,
    /// The connector writes to S3 only if one of these settings has this value; a trailing `*` matches a prefix.
    /// Without an entry it always does.
    pub(crate) when: &'static [(&'static str, &'static str)],
}

/// What SSE-KMS without a key results in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WithoutKey {
    /// The connector sends no encryption header.
    NoHeader,
    /// S3 uses its AWS managed key.
    AwsManaged,
    /// Documentation and code differ.
    Unclear,
}

/// An empty row.
pub(super) const CONNECTOR: Connector = Connector {
    name: "",
    classes: &[],
    source: "",
    kind: Kind::Plain,
    urls: &[],
    schemes: &[],
    without_scheme: TlsLevel::Unknown,
    switch: None,
    checks: &[],
    hosts: &[],
    secrets: &[],
    secrets_when: &[],
    output: None,
    history: false,
    secrets_only: false,
};

/// An empty setting.
pub(super) const TLS_SETTING: TlsSetting =
    TlsSetting { property: "", values: &[], default: "", recommended: "", requires: &[], unless: &[], note: None };

/// TLS is off until this setting is true.
pub(super) const fn tls_switch(property: &'static str) -> TlsSetting {
    TlsSetting {
        property,
        values: &[("true", TlsLevel::Verified), ("false", TlsLevel::Plaintext)],
        default: "false",
        recommended: "true",
        ..TLS_SETTING
    }
}

/// Certificates are verified until this setting is false.
pub(super) const fn verification(property: &'static str) -> TlsSetting {
    TlsSetting {
        property,
        values: &[("true", TlsLevel::Verified), ("false", TlsLevel::Unverified)],
        default: "true",
        recommended: "true",
        ..TLS_SETTING
    }
}

/// Certificates are verified until this setting is true.
pub(super) const fn trust_all(property: &'static str) -> TlsSetting {
    TlsSetting {
        property,
        values: &[("true", TlsLevel::Unverified), ("false", TlsLevel::Verified)],
        default: "false",
        recommended: "false",
        ..TLS_SETTING
    }
}

/// Hostnames are verified until this setting is false.
pub(super) const fn name_check(property: &'static str) -> TlsSetting {
    TlsSetting {
        values: &[("true", TlsLevel::Verified), ("false", TlsLevel::HostnameCheckDisabled)],
        ..verification(property)
    }
}

/// Hostnames are verified until this setting is blank.
pub(super) const fn identification(property: &'static str) -> TlsSetting {
    TlsSetting {
        property,
        values: &[("", TlsLevel::HostnameCheckDisabled), ("*", TlsLevel::Verified)],
        default: "https",
        recommended: "https",
        ..TLS_SETTING
    }
}

impl TlsSetting {
    /// Classifies a value: the pattern that it matches, and the level. `None` for an unknown value.
    pub(crate) fn classify(&self, text: &str) -> Option<(&'static str, TlsLevel)> {
        let text = text.trim();
        let is = |pattern: &str| match pattern.strip_prefix('*') {
            Some("") => !text.is_empty(),
            Some(part) => text.to_ascii_lowercase().contains(part),
            None => pattern.eq_ignore_ascii_case(text),
        };
        self.values.iter().copied().find(|(pattern, _)| is(pattern))
    }
}

impl Kind {
    /// The prefixes of settings that the connector passes to the driver.
    pub(crate) fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Jdbc(prefixes) | Self::Driver(_, prefixes) => prefixes,
            _ => &[],
        }
    }

    /// The driver that the connector always uses.
    pub(crate) fn driver(self) -> Option<&'static Driver> {
        match self {
            Self::Driver(name, _) => drivers::find(name),
            _ => None,
        }
    }
}
