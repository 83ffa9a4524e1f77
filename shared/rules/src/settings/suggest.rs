//! Suggestions for misspelled keys and rule ids.

use crate::settings::printable::printable;

/// A suggestion differs from the word in at most this many letters.
const MAX_DISTANCE: usize = 3;

/// How many rules a message lists.
const MAX_LISTED_RULES: usize = 10;

/// The message for a rule id that does not exist: it suggests the ids that may be meant.
pub fn unknown_rule(id: &str, rule_ids: &[&str]) -> String {
    format!("unknown rule `{}`; {}", printable(id), suggested_rules(id, rule_ids))
}

/// Which rules may be meant by an id that does not exist, or else where to find all rules.
pub(super) fn suggested_rules(id: &str, rule_ids: &[&str]) -> String {
    let begin_with_it: Vec<&str> =
        rule_ids.iter().copied().filter(|rule| !id.is_empty() && rule.starts_with(id)).collect();
    match begin_with_it.as_slice() {
        [] => nearest(id, rule_ids)
            .map_or_else(|| "`sealwatch rules` lists all rules".to_owned(), |rule| format!("did you mean `{rule}`?")),
        [rule] => format!("did you mean `{rule}`?"),
        rules => format!("rules that begin with it: {}", listed(rules)),
    }
}

/// The first of the rules, and how many more there are.
fn listed(rules: &[&str]) -> String {
    let first: Vec<String> = rules.iter().take(MAX_LISTED_RULES).map(|rule| format!("`{rule}`")).collect();
    match rules.len().saturating_sub(first.len()) {
        0 => first.join(", "),
        more => format!("{} and {more} more, see `sealwatch rules`", first.join(", ")),
    }
}

/// The most similar of the known words; `None` if the word is like none of them.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let length = word.chars().count();
    // the distance is at least the difference of the lengths, and slow to compute for long words
    let similar = known.iter().filter(|known| known.chars().count().abs_diff(length) <= MAX_DISTANCE);
    let distances = similar.map(|known| (strsim::levenshtein(word, known), *known));
    let near = distances.filter(|(distance, _)| *distance <= MAX_DISTANCE && *distance < length);
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_similar_words_are_suggested() {
        let known = ["keys", "notify", "rules", "exceptions"];
        for (word, suggestion) in [
            ("kyes", Some("keys")),
            ("rule", Some("rules")),
            ("exceptoin", Some("exceptions")),
            ("note", Some("notify")),
            ("nope", None), // differs from `notify` in four letters
            ("ke", None),   // as many letters are missing as are there
            ("zzzzzzzzzzzz", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), suggestion, "{word}");
        }
    }

    #[test]
    fn a_message_lists_only_the_first_rules_with_a_prefix() {
        let many: Vec<String> = (10..30).map(|number| format!("rule-{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        insta::assert_snapshot!(unknown_rule("rule-", &many[..12]), @"unknown rule `rule-`; rules that begin with it: `rule-10`, `rule-11`, `rule-12`, `rule-13`, `rule-14`, `rule-15`, `rule-16`, `rule-17`, `rule-18`, `rule-19` and 2 more, see `sealwatch rules`");
        insta::assert_snapshot!(unknown_rule("ru", &many), @"unknown rule `ru`; rules that begin with it: `rule-10`, `rule-11`, `rule-12`, `rule-13`, `rule-14`, `rule-15`, `rule-16`, `rule-17`, `rule-18`, `rule-19` and 10 more, see `sealwatch rules`");
    }
}
