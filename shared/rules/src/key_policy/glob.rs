//! IAM's two wildcards: `*` stands for any text, `?` for one character

/// Whether the pattern covers the text; letters of ASCII match whatever their case.
///
/// After a mismatch only the last `*` is tried again, so the work is at most pattern times text; a text here is the name
/// of an operation or an id and never longer than a line.
pub(super) fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    matches(pattern, text, |a, b| a.eq_ignore_ascii_case(&b))
}

/// Whether the pattern covers the text, letter by letter
pub(super) fn matches_exactly(pattern: &str, text: &str) -> bool {
    matches(pattern, text, |a, b| a == b)
}

fn matches(pattern: &str, text: &str, same: impl Fn(char, char) -> bool) -> bool {
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
        // Let the last star swallow one character more.
        let Some((after_star, from)) = &mut last_star else { return false };
        if from.next().is_none() {
            return false;
        }
        pattern = after_star.clone();
        text = from.clone();
    }
}

/// Whether the pattern covers some text that starts with `prefix` and goes on
pub(super) fn may_match_beginning(pattern: &str, prefix: &str) -> bool {
    let end = prefix.chars().count();
    if end > 126 {
        return true;
    }
    // Bit n: the pattern up to here covers the first n characters of the prefix.
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
    fn wildcards() {
        for (pattern, text, want) in [
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("*a*b", "xaab", true),
            ("**", "x", true),
            ("a?c", "aéc", true),
            ("A", "a", true),
        ] {
            assert_eq!(matches_ignoring_case(pattern, text), want, "{pattern} on {text}");
        }
        assert!(!matches_exactly("A", "a"));
    }

    #[test]
    fn beginnings() {
        for (pattern, want) in
            [("*", true), ("ab:*", true), ("a?:x", true), ("ab:", true), ("ab", false), ("b*", false), ("*:x", true)]
        {
            assert_eq!(may_match_beginning(pattern, "ab:"), want, "{pattern}");
        }
    }

    #[test]
    fn a_hostile_pattern_is_not_slow() {
        let pattern = "*a".repeat(20_000);
        assert!(!matches_ignoring_case(&pattern, &"a".repeat(60)));
    }
}
