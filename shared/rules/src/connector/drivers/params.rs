//! The parameters of a JDBC connection, and what a driver makes of them.

use crate::connector::report::{Origin, TlsLevel};
use crate::connector::settings::REFERENCE;
use crate::language::Text;

/// One parameter.
#[derive(Debug, Clone)]
pub(crate) struct Param<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: &'a str,
    /// The connector property that contains it.
    pub(crate) property: &'a str,
}

/// The TLS level of a connection, and the parameter that decided.
#[derive(Debug, Clone)]
pub(crate) struct Classification {
    pub(crate) level: TlsLevel,
    /// The connector property that decided; `None` if a default did.
    pub(crate) property: Option<String>,
    /// The value that decided, as the tables spell it.
    pub(crate) value: String,
    pub(crate) origin: Origin,
    /// What is easily misunderstood about this parameter.
    pub(crate) note: Option<Text>,
}

/// All parameters of a connection, the ones with precedence first.
pub(super) struct Params<'a> {
    pub(super) list: &'a [Param<'a>],
    pub(super) case_sensitive: bool,
}

/// What the values of a parameter mean, compared without case.
pub(super) type Levels = &'static [(&'static str, TlsLevel)];

/// A classification by a default.
pub(super) fn by_default(level: TlsLevel, value: &'static str) -> Classification {
    Classification { origin: Origin::Default, ..decided(level, None, value) }
}

fn decided(level: TlsLevel, param: Option<&Param<'_>>, value: &str) -> Classification {
    Classification {
        level,
        property: param.map(|param| param.property.to_owned()),
        value: value.to_owned(),
        origin: Origin::Setting,
        note: None,
    }
}

impl Classification {
    /// Adds a note.
    pub(super) fn noting(self, note: Text) -> Self {
        Self { note: Some(note), ..self }
    }
}

impl Params<'_> {
    pub(super) fn get(&self, key: &str) -> Option<&Param<'_>> {
        self.list
            .iter()
            .find(|param| if self.case_sensitive { param.key == key } else { param.key.eq_ignore_ascii_case(key) })
    }

    pub(super) fn is(&self, key: &str, values: &[&str]) -> bool {
        self.get(key).is_some_and(|param| values.iter().any(|value| param.value.trim().eq_ignore_ascii_case(value)))
    }

    pub(super) fn is_on(&self, key: &str) -> bool {
        self.is(key, &["true", "yes", "1", "on", ""])
    }

    pub(super) fn is_off(&self, key: &str) -> bool {
        self.is(key, &["false", "no", "0", "off"])
    }

    /// Classifies the parameter `key` by its value; `None` if it is not set. A reference or an unknown value gives
    /// `Unknown`.
    pub(super) fn classify(&self, key: &'static str, levels: Levels) -> Option<Classification> {
        let param = self.get(key)?;
        let value = param.value.trim();
        let known = levels.iter().find(|(word, _)| word.eq_ignore_ascii_case(value));
        Some(match known {
            Some((word, level)) => decided(*level, Some(param), &format!("{key}={word}")),
            None => decided(TlsLevel::Unknown, Some(param), key),
        })
    }

    /// A classification by the parameter `key`.
    pub(super) fn by(&self, key: &'static str, level: TlsLevel, value: &'static str) -> Classification {
        decided(level, self.get(key), value)
    }

    /// `Unknown` if a config provider supplies one of these parameters.
    pub(super) fn supplied(&self, keys: &[&'static str]) -> Option<Classification> {
        let key = keys.iter().find(|key| self.get(key).is_some_and(|param| param.value.contains(REFERENCE)))?;
        Some(self.by(key, TlsLevel::Unknown, key))
    }

    /// The same for parameters that decide only about what TLS verifies.
    pub(super) fn supplied_check(&self, keys: &[&'static str]) -> Option<Classification> {
        Some(Classification { level: TlsLevel::UnknownCheck, ..self.supplied(keys)? })
    }

    /// Whether a config provider supplies whole parameters, which may set what is not set here.
    pub(super) fn may_have_more(&self) -> bool {
        self.list.iter().any(|param| param.key.contains(REFERENCE))
    }
}
