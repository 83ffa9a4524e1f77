//! The Japanese texts, by the English ones.
//!
//! Terms follow the Japanese documentation of AWS. Names of settings, API calls, services and console pages stay as they are.

mod connectors;
mod key_policies;
mod messages;
mod reports;
mod rules;

/// Pairs of a text in English and in Japanese, with the same placeholders.
pub(super) type Texts = &'static [(&'static str, &'static str)];

/// All of them.
pub(super) const ALL: [Texts; 12] = [
    rules::TEXTS,
    rules::cloudtrail::TEXTS,
    rules::kms::TEXTS,
    rules::lookups::TEXTS,
    rules::msk::TEXTS,
    rules::streams::TEXTS,
    rules::titles::TEXTS,
    key_policies::ANALYZER,
    key_policies::RULES,
    connectors::TEXTS,
    messages::TEXTS,
    reports::TEXTS,
];

/// The Japanese text for an English one. A message needs few of them, so the tables are searched from the beginning.
pub(super) fn find(english: &str) -> Option<&'static str> {
    let pair = ALL.into_iter().flatten().find(|(known, _)| *known == english);
    pair.map(|(_, japanese)| *japanese)
}
