//! What a page says besides findings.

use sealwatch_rules::language::Language;

use crate::summary::Problems;

/// What stands above the findings.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// What was done: `replay`, `scan`, `policy`, `findings`.
    pub(crate) command: &'static str,
    /// What was evaluated, such as the paths of a replay.
    pub(crate) subject: String,
    /// When. RFC 3339.
    pub(crate) time: String,
    /// The lines of the summary below a text.
    pub(crate) summary: String,
    /// What could not be read or looked at.
    pub(crate) problems: Problems,
    /// The language of the page.
    pub(crate) language: Language,
}

impl Head {
    /// What the page is.
    pub(super) fn title(&self) -> &'static str {
        match self.command {
            "replay" => self.language.text("Sealwatch replay"),
            "scan" => self.language.text("Sealwatch scan"),
            "policy" => self.language.text("Sealwatch policy"),
            _ => self.language.text("Sealwatch findings"),
        }
    }
}
