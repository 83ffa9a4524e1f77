//! The data that an analysis produces: the level of TLS, the issues and the report.

use std::{fmt, mem};

use crate::language::{Text, text};
use crate::util::text::{Printable, plain};

/// How well a connection is protected, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsLevel {
    /// Data crosses the network unencrypted.
    Plaintext,
    /// The client tries TLS but accepts plaintext.
    Opportunistic,
    /// TLS without certificate verification: it is disabled or the mode has none.
    Unverified,
    /// The certificate is verified, but hostname verification is disabled.
    HostnameCheckDisabled,
    /// The certificate is verified, but the mode has no hostname verification.
    NoHostnameCheck,
    /// Another setting decides.
    Undetermined,
    /// The settings do not show it, for example because a config provider supplies the value.
    Unknown,
    /// TLS is on, but the settings do not show what it verifies.
    UnknownCheck,
    /// The connection never leaves the worker.
    Loopback,
    /// TLS with certificate and hostname verification.
    Verified,
}

/// Where the value that decided comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The settings contain it.
    Setting,
    /// The property is not set; this is its documented default.
    Default,
}

/// The settings that a reason refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigSource {
    /// `connectorConfiguration`.
    Connector,
    /// The worker configuration.
    Worker,
}

/// A setting and its TLS level, before it enters the report.
pub(super) struct Issue {
    pub(super) level: TlsLevel,
    pub(super) property: String,
    pub(super) value: Text,
    /// One sentence.
    pub(super) why: Text,
    pub(super) fix: Vec<String>,
    /// The connection carries something other than the connector's data.
    pub(super) side_channel: bool,
}

/// What a report shows instead of a value that must not be displayed.
pub(crate) const HIDDEN: &str = "[hidden]";

/// The UUID of zeroes, which stands in documentation in place of a token.
pub(crate) const NIL_UUID: &str = "00000000-0000-0000-0000-000000000000";

/// One problem with the settings; no field ever contains a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The settings that contain the property.
    pub source: ConfigSource,
    /// The property that decided.
    pub property: String,
    /// The displayable part of its value: a word from the tables, a scheme and a host, or `[hidden]`.
    pub value: Text,
    /// One sentence.
    pub why: Text,
    /// The property lines to write instead.
    pub fix: Vec<String>,
    /// Less severe than the rule in general: a side channel, a missing hostname check, a truststore password.
    pub reduced_severity: bool,
}

/// The encryption that a connector requests for its objects in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// SSE-KMS with this key.
    Key {
        /// The property that names the key.
        property: String,
        /// A key id, ARN or alias, as configured.
        key: String,
    },
    /// The connector requests no KMS key.
    NoKey(Reason),
    /// The settings do not show it.
    Unknown {
        /// The property that decides.
        property: String,
        /// Why its value is unknown.
        why: Text,
    },
}

/// A secret value from the settings, kept only to redact it from everything that is displayed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(String);

/// The result of analyzing a connector's settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The connector's name in the catalog. `None` for an unknown class, of which only the settings that mean the
    /// same in every connector are analyzed.
    pub connector: Option<&'static str>,
    /// `connector.class`, if it looks like a class name.
    pub class: Option<String>,
    /// Connections without TLS.
    pub plaintext: Vec<Reason>,
    /// Connections with optional TLS, or with TLS that does not verify the server.
    pub unverified_tls: Vec<Reason>,
    /// Settings that contain a literal secret.
    pub secrets: Vec<Reason>,
    /// The encryption that a sink requests from S3; `None` if the connector does not write to S3.
    pub output: Option<Output>,
    /// Why the worker configuration is not available, if the connector has one that could not be read.
    pub worker_unavailable: Option<Text>,
    /// The literal secrets themselves, for redacting copies of them.
    pub seen_secrets: Vec<Secret>,
    /// Settings that decide about TLS but whose values are hidden or not recognized.
    pub unknown_settings: Vec<String>,
    /// The same for settings that decide only about what TLS verifies.
    pub unknown_checks: Vec<String>,
}

impl TlsLevel {
    /// One sentence for the person who has to fix it.
    pub(super) fn sentence(self) -> Text {
        match self {
            Self::Plaintext => Text::literal("data crosses the network unencrypted"),
            Self::Opportunistic => {
                Text::literal("the connection falls back to plaintext if the server does not offer TLS")
            }
            Self::Unverified => Text::literal("TLS accepts any certificate, so anyone can impersonate the server"),
            Self::HostnameCheckDisabled => {
                Text::literal("TLS verifies the certificate, but hostname verification is disabled")
            }
            Self::NoHostnameCheck => {
                Text::literal("TLS verifies the certificate, but this mode does not verify the hostname")
            }
            Self::Undetermined | Self::Unknown | Self::UnknownCheck | Self::Loopback | Self::Verified => {
                Text::default()
            }
        }
    }

    /// Whether a report mentions it.
    pub(super) fn is_weak(self) -> bool {
        self <= Self::NoHostnameCheck
    }
}

impl Issue {
    /// An issue without details.
    pub(super) fn new(level: TlsLevel, property: &str) -> Self {
        Self {
            level,
            property: property.to_owned(),
            value: Text::default(),
            why: level.sentence(),
            fix: Vec::new(),
            side_channel: false,
        }
    }

    /// Puts what is easily misunderstood about the setting before the sentence, if a report mentions the level.
    pub(super) fn noting(mut self, note: Option<Text>) -> Self {
        if let Some(note) = note.filter(|_| self.level.is_weak()) {
            self.why = text!("{note}: {sentence}", note, sentence = self.why);
        }
        self
    }
}

impl Reason {
    /// Adds another reason on the same property, for example the second address of a list. A long list is cut.
    pub(super) fn add(&mut self, other: Self) {
        const LONG: usize = 512;
        self.reduced_severity &= other.reduced_severity;
        if self.why != other.why && self.why.len() < LONG && !self.why.contains(&*other.why) {
            self.why = Text::literal(", and ").join([mem::take(&mut self.why), other.why]);
        }
        let known = self.value.len() >= LONG || self.value.split(',').any(|value| value == &*other.value);
        if known {
            return;
        }
        self.value = Text::literal(",").join([mem::take(&mut self.value), other.value]);
        for line in other.fix {
            let (name, value) = line.split_once('=').unwrap_or((&line, ""));
            match self.fix.iter_mut().find(|known| known.split_once('=').is_some_and(|(known, _)| known == name)) {
                Some(known) if *known == line => {}
                Some(known) => known.extend([",", value]),
                None => self.fix.push(line),
            }
        }
    }

    /// The value, if there is one and it may be displayed.
    pub(crate) fn shown_value(&self) -> Option<&Text> {
        Some(&self.value).filter(|value| !value.is_empty() && ***value != *HIDDEN)
    }
}

impl Secret {
    pub(super) fn new(literal: String) -> Self {
        Self(literal)
    }

    /// Whether `text` contains the secret. A secret of up to three bytes matches too much text by chance.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.0.len() > 3 && text.contains(&self.0)
    }

    /// Whether `part` is a part of the secret.
    pub(crate) fn contains(&self, part: &str) -> bool {
        self.0.contains(part)
    }

    /// Replaces copies of the secret in a text that a rule composed.
    ///
    /// Such a text gets values of settings only as words of the tables and as hosts, which [`is_in`](Self::is_in)
    /// guards, but it also has the names of settings. A secret that may be a word is not replaced, because the text may
    /// need the word; nor is a part of an ARN, because it identifies something.
    pub(crate) fn redact(&self, text: &mut String) {
        if !self.is_distinctive() {
            return;
        }
        let printable = plain(&self.0); // a text that a rule composed shows it so
        Self::redact_copies(&self.0, text);
        Self::redact_copies(&printable, text);
    }

    fn redact_copies(secret: &str, text: &mut String) {
        if !text.contains(secret) {
            return;
        }
        let mut redacted = String::with_capacity(text.len());
        let mut pieces = text.split(secret);
        redacted.extend(pieces.next());
        for piece in pieces {
            let token = redacted.rsplit([' ', '`', '"', '\'', '\n']).next().unwrap_or_default();
            redacted.push_str(if token.starts_with("arn:") { secret } else { HIDDEN });
            redacted.push_str(piece);
        }
        *text = redacted;
    }

    /// Whether it is the UUID of zeroes.
    pub(crate) fn is_nil_uuid(&self) -> bool {
        self.0 == NIL_UUID
    }

    /// Whether no other text equals it by chance.
    fn is_distinctive(&self) -> bool {
        let has = |of: fn(&u8) -> bool| self.0.bytes().any(|byte| of(&byte));
        let mixed = self.0.len() >= 8 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
        mixed || (self.0.len() >= 24 && self.0.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// The displayed form of a value: a word from the tables, and whether it is set or the default.
pub(super) fn display_value(word: &str, origin: Origin) -> Text {
    match (word, origin) {
        ("", Origin::Setting) => Text::literal("blank"),
        ("", Origin::Default) => Text::literal("not set"),
        ("set", Origin::Setting) => Text::literal("set"), // any value
        (word, Origin::Setting) => word.into(),
        (word, Origin::Default) => text!("not set, default {word}", word),
    }
}

/// A word of the tables, which is the same in all languages.
pub(super) fn table_word(word: &'static str) -> Text {
    Printable::literal(word).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(value: &str, why: &str, fix: &[&str]) -> Reason {
        Reason {
            source: ConfigSource::Connector,
            property: "hosts".to_owned(),
            value: value.into(),
            why: why.into(),
            fix: fix.iter().map(|line| (*line).to_owned()).collect(),
            reduced_severity: true,
        }
    }

    #[test]
    fn reasons_of_one_property_are_joined_and_said_once() {
        let mut all = reason("http://a", "not encrypted", &["hosts=https://a"]);
        for (other, value, why, fix) in [
            (reason("http://a", "not encrypted", &["hosts=https://a"]), "http://a", "not encrypted", "hosts=https://a"),
            (
                reason("http://b", "not encrypted", &["hosts=https://b"]),
                "http://a,http://b",
                "not encrypted",
                "hosts=https://a,https://b",
            ),
            (
                reason("http://b", "not verified", &["hosts=https://c"]),
                "http://a,http://b",
                "not encrypted, and not verified",
                "hosts=https://a,https://b",
            ),
            (
                reason("http://c", "not verified", &["more"]),
                "http://a,http://b,http://c",
                "not encrypted, and not verified",
                "hosts=https://a,https://b more",
            ),
        ] {
            all.add(other);
            assert_eq!((&*all.value, &*all.why, all.fix.join(" ").as_str()), (value, why, fix));
        }
        assert!(all.reduced_severity);
        all.add(Reason { reduced_severity: false, ..reason("http://c", "not verified", &[]) });
        assert!(!all.reduced_severity, "the most severe one counts");
    }

    #[test]
    fn a_long_list_of_reasons_is_cut() {
        let mut all = reason("http://0", "not encrypted 0", &[]);
        for number in 1..1000 {
            all.add(reason(&format!("http://{number}"), &format!("not encrypted {number}"), &[]));
        }
        assert!((512..600).contains(&all.value.len()) && (512..600).contains(&all.why.len()), "{all:?}");
    }

    #[test]
    fn only_what_is_surely_a_copy_of_a_secret_is_hidden() {
        for (secret, text, want) in [
            ("hunter2hunter2", "value hunter2hunter2.", "value [hidden]."),
            ("hunter2hunter2", "arn:aws:s3:::hunter2hunter2", "arn:aws:s3:::hunter2hunter2"),
            ("abcdefghijklmnopqrstuvwx", "`abcdefghijklmnopqrstuvwx`", "`[hidden]`"),
            ("value", "the value of x", "the value of x"),
            ("connection", "connection.url", "connection.url"),
            ("abc-defghijklmnopqrstuvwx", "abc-defghijklmnopqrstuvwx", "abc-defghijklmnopqrstuvwx"),
            ("pass1", "pass1", "pass1"),
        ] {
            let mut text = text.to_owned();
            Secret::new(secret.to_owned()).redact(&mut text);
            assert_eq!(text, want, "{secret}");
        }
    }
}
