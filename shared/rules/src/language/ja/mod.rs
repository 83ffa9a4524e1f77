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

/// All of them. Only tests read it: see [`BY_KEY`].
pub(super) const ALL: [Texts; 11] = [
    rules::TEXTS,
    rules::cloudtrail::TEXTS,
    rules::kms::TEXTS,
    rules::lookups::TEXTS,
    rules::msk::TEXTS,
    rules::streams::TEXTS,
    key_policies::ANALYZER,
    key_policies::RULES,
    connectors::TEXTS,
    messages::TEXTS,
    reports::TEXTS,
];

/// The Japanese texts by the [`key`] of the English one, so that a function does not contain every English text twice.
#[expect(clippy::indexing_slicing, reason = "the compiler evaluates it")]
static BY_KEY: [(u64, &str); COUNT] = {
    let mut pairs = [(0, ""); COUNT];
    let (mut table, mut count) = (0, 0);
    while table < ALL.len() {
        let mut row = 0;
        while row < ALL[table].len() {
            let (english, japanese) = ALL[table][row];
            pairs[count] = (key(english), japanese);
            (row, count) = (row + 1, count + 1);
        }
        table += 1;
    }
    pairs
};

#[expect(clippy::indexing_slicing, reason = "the compiler evaluates it")]
const COUNT: usize = {
    let (mut table, mut count) = (0, 0);
    while table < ALL.len() {
        count += ALL[table].len();
        table += 1;
    }
    count
};

/// FNV-1a: <http://www.isthe.com/chongo/tech/comp/fnv/>. A test holds that no two texts have the same key.
#[expect(clippy::indexing_slicing, reason = "within the length")]
const fn key(english: &str) -> u64 {
    let (mut hash, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while at < english.len() {
        hash = (hash ^ english.as_bytes()[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// The Japanese text for an English one. A message needs few of them, so the table is searched from the beginning.
pub(super) fn find(english: &str) -> Option<&'static str> {
    let wanted = key(english);
    BY_KEY.iter().find(|(key, _)| *key == wanted).map(|(_, japanese)| *japanese)
}

#[cfg(test)]
mod tests {
    use super::{ALL, find};

    #[test]
    fn no_two_texts_have_the_same_key() {
        for (english, japanese) in ALL.into_iter().flatten() {
            assert_eq!(find(english), Some(*japanese), "{english}");
        }
    }
}
