//! The two wildcards of IAM policies and of settings: `*` stands for any text, `?` for one character.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>

/// True if the pattern matches the whole text, case-sensitively.
///
/// After a mismatch only the last `*` is tried again, so the work is at most the product of the two lengths, whatever
/// the pattern.
pub fn matches(pattern: &str, text: &str) -> bool {
    matches_by(pattern, text, |a, b| a == b)
}

/// True if the pattern matches the whole text; ASCII letters match in any case.
pub(crate) fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    matches_by(pattern, text, |a, b| a.eq_ignore_ascii_case(&b))
}

fn matches_by(pattern: &str, text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut last_star = None;
    loop {
        let mut rest = pattern.clone();
        match (rest.next(), text.clone().next()) {
            (Some('*'), _) => {
                last_star = Some((rest.clone(), text.clone()));
                pattern = rest;
                continue;
            }
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == '?' || same(wanted, found) => {
                pattern = rest;
                text.next();
                continue;
            }
            _ => {}
        }
        // Let the last star match one more character.
        let Some((after_star, from)) = &mut last_star else { return false };
        if from.next().is_none() {
            return false;
        }
        pattern = after_star.clone();
        text = from.clone();
    }
}

/// True if the pattern may match a text that starts with `prefix`; always true for a prefix of more than 126 characters.
pub(crate) fn may_match_prefix(pattern: &str, prefix: &str) -> bool {
    let end = prefix.chars().count();
    if end > 126 {
        return true;
    }
    // Bit n: the pattern so far matches the first n characters of the prefix.
    let mut reached: u128 = 1;
    for symbol in pattern.chars() {
        reached = match symbol {
            '*' => reached | reached.wrapping_neg(),
            '?' => reached << 1,
            _ => (prefix.chars().enumerate())
                .filter(|&(n, c)| c == symbol && reached >> n & 1 == 1)
                .fold(0, |bits, (n, _)| bits | 2 << n),
        };
        if reached >> end & 1 == 1 {
            return true;
        }
        if reached == 0 {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text, want) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("?", "", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "aéc", true),
            ("a*c", "abc", true),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("a*c", "abcd", false),
            ("*a*b", "xaab", true),
            ("**", "x", true),
            ("**a**", "bab", true),
            ("abc", "abc", true),
            ("*:stream/dev-*", "arn:x:stream/dev-1", true),
        ] {
            assert_eq!(matches(pattern, text), want, "{pattern} on {text}");
            assert_eq!(matches_ignoring_case(pattern, text), want, "{pattern} on {text}");
        }
    }

    #[test]
    fn letter_case_matters_only_where_it_should() {
        assert!(!matches("A", "a"));
        assert!(matches_ignoring_case("A", "a"));
    }

    #[test]
    fn patterns_match_prefixes() {
        for (pattern, want) in
            [("*", true), ("ab:*", true), ("a?:x", true), ("ab:", true), ("ab", false), ("b*", false), ("*:x", true)]
        {
            assert_eq!(may_match_prefix(pattern, "ab:"), want, "{pattern}");
        }
    }

    #[test]
    fn a_hostile_pattern_is_not_slow() {
        let pattern = "*a".repeat(20_000);
        assert!(!matches_ignoring_case(&pattern, &"a".repeat(60)));
    }
}
