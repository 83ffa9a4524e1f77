//! The languages.

use crate::language::ja;

/// A language of notifications and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// The default.
    #[default]
    English,
    /// `ja`
    Japanese,
}

impl Language {
    /// All languages.
    pub const ALL: [Language; 2] = [Language::English, Language::Japanese];

    /// Its code in ISO 639-1, as the setting `language` and the option `--language` take it.
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Japanese => "ja",
        }
    }

    /// The JSON member for a text in this language next to the English one, such as `detail_ja`; `None` in English. Only what
    /// is stored for later messages has it: programs get English.
    pub fn member(self, english: &str) -> Option<String> {
        (self != Language::English).then(|| format!("{english}_{}", self.code()))
    }

    /// A text of this program, in this language. A text without a translation stays English.
    pub fn text(self, english: &'static str) -> &'static str {
        self.translation(english).unwrap_or(english)
    }

    /// The translation of an English text; `None` in English, and for a text that has none.
    pub fn translation(self, english: &str) -> Option<&'static str> {
        match self {
            Language::English => None,
            Language::Japanese => ja::find(english),
        }
    }

    /// The English texts that have a translation.
    pub fn translated(self) -> impl Iterator<Item = &'static str> {
        let texts: &[ja::Texts] = match self {
            Language::English => &[],
            Language::Japanese => &ja::ALL,
        };
        texts.iter().copied().flatten().map(|(english, _)| *english)
    }
}
