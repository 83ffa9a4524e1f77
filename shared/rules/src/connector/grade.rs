//! How well a connection is sealed, and what a report says about it.

use std::fmt;

/// How well a connection is sealed, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Data crosses the network unencrypted.
    Plaintext,
    /// TLS is tried, plaintext is accepted.
    Opportunistic,
    /// TLS with whoever answers: the certificate check is off, or was never there.
    Unverified,
    /// The certificate is checked, the check of the host name is switched off.
    NameOff,
    /// The certificate is checked, the host name is not: the mode knows no such check.
    NameUnchecked,
    /// Another setting decides.
    Open,
    /// Cannot be told from here, for example a config-provider reference.
    Unknown,
    /// It never leaves this machine.
    Local,
    /// TLS, certificate and host name checked.
    Fine,
}

/// Where a deciding value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It stands in the settings.
    Setting,
    /// It is the documented default of a property that is not set.
    Default,
}

/// Whose settings a reason is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `connectorConfiguration`.
    Connector,
    /// The worker configuration.
    Worker,
}

/// One thing that is wrong with the settings; no field ever holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Whose settings.
    pub place: Place,
    /// The property that decided.
    pub property: String,
    /// Its value as far as it may be shown: a word of our tables, a scheme and a host, or `[hidden]`.
    pub value: String,
    /// One sentence.
    pub why: String,
    /// The property lines to write instead.
    pub fix: Vec<String>,
    /// A setting or a default.
    pub origin: Origin,
    /// Less grave than the rule's severity says: a side channel, only the host name, a truststore's password.
    pub minor: bool,
}

/// What an object in S3 is sealed with, as far as the connector's settings say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// SSE-KMS with this key: an id, an ARN or an alias.
    Key {
        /// The property that names it.
        property: String,
        /// The key as it is named.
        key: String,
    },
    /// No KMS key is asked for.
    NoKey(Reason),
    /// The settings do not say.
    Unknown {
        /// The property that would.
        property: String,
        /// Why it does not.
        why: &'static str,
    },
}

impl Grade {
    /// One sentence for whoever has to understand it at night.
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::Plaintext => "data crosses the network unencrypted",
            Self::Opportunistic => {
                "the connection is encrypted only if the other side wants it, and falls back to plaintext"
            }
            Self::Unverified => "TLS is used, but any certificate is accepted, so anybody may answer",
            Self::NameOff => "TLS is used, but the check that the certificate belongs to the host is switched off",
            Self::NameUnchecked => {
                "the certificate is checked, but not that it belongs to the host: this mode knows no such check"
            }
            Self::Open | Self::Unknown | Self::Local | Self::Fine => "",
        }
    }

    /// Whether there is something to say about it.
    pub(super) fn is_weak(self) -> bool {
        self <= Self::NameUnchecked
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connector => "connector settings",
            Self::Worker => "worker configuration",
        })
    }
}
