//! Lines of at most 72 columns.
//!
//! English breaks at spaces. Japanese has hardly any, so it also breaks between characters, and its characters take two columns.

use crate::language::Language;
use crate::util::columns::{columns, may_break};

/// The most columns of a line.
const WIDTH: usize = 72;

/// Characters that look like a rule.
const DASHES: &str = "-‐‑‒–—―−─━－﹣゠ー";

/// How many columns a text takes. English counts characters.
pub(super) fn width_of(language: Language, text: &str) -> usize {
    match language {
        Language::English => text.chars().count(),
        Language::Japanese => columns(text),
    }
}

/// Wraps at 72 columns, and indents all lines but the first. What cannot be broken stays whole: a word, code, a link. No line
/// begins with a rule, because only findings are separated by one: such a word stays in the line of the word before it.
pub(super) fn wrap(language: Language, text: &str, indent: &str) -> String {
    let (mut lines, mut column) = (String::new(), 0);
    for piece in pieces(language, text) {
        if column + width_of(language, piece.trim_end_matches(' ')) > WIDTH && column > indent.len() {
            lines.truncate(lines.trim_end_matches(' ').len());
            lines += "\n";
            lines += indent;
            column = indent.len();
        }
        lines += piece;
        column += width_of(language, piece);
    }
    lines + "\n"
}

/// True for a word that would look like the rule between findings at the beginning of a line.
fn is_rule(language: Language, word: &str) -> bool {
    match language {
        Language::English => word.starts_with("---"),
        Language::Japanese => word.starts_with(|c| DASHES.contains(c)),
    }
}

/// The pieces of a text between which a line may end, with the spaces that follow each.
fn pieces(language: Language, text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, more) = rest.split_at_checked(first_piece(language, rest))?;
        rest = more;
        (!piece.is_empty()).then_some(piece)
    })
}

/// The length of the first piece of a text.
fn first_piece(language: Language, text: &str) -> usize {
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if language == Language::Japanese
            && c == '`'
            && let Some(end) = code(text, at)
        {
            while characters.next_if(|(at, _)| *at < end).is_some() {}
        }
        let Some((next, following)) = characters.peek().copied() else { break };
        let begins_line = following != ' ' && !text.get(next..).is_some_and(|word| is_rule(language, word));
        let may_end = c == ' ' || language == Language::Japanese && may_break(c, following);
        if may_end && begins_line {
            return next;
        }
    }
    text.len()
}

/// The end of the code that begins with the backtick at `start`; `None` if nothing ends it, or if it has no room in a line:
/// then the program that shows the e-mail would break it, without an indentation.
fn code(text: &str, start: usize) -> Option<usize> {
    let inside = text.get(start + 1..)?.split(' ').next()?;
    let length = inside.find('`')?;
    let is_short = width_of(Language::Japanese, inside.get(..length)?) < WIDTH / 2;
    is_short.then_some(start + length + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::util::columns::{NEVER_FIRST, NEVER_LAST};
    use proptest::prelude::any;

    fn japanese(text: &str) -> Vec<String> {
        wrap(Language::Japanese, text, "    ").lines().map(str::to_owned).collect()
    }

    #[test]
    fn japanese_breaks_between_characters() {
        let sentence = "新しいレコードは平文で保存されます。";
        insta::assert_snapshot!(wrap(Language::Japanese, &sentence.repeat(6), "    "), @"
        新しいレコードは平文で保存されます。新しいレコードは平文で保存されます。
            新しいレコードは平文で保存されます。新しいレコードは平文で保存されま
            す。新しいレコードは平文で保存されます。新しいレコードは平文で保存さ
            れます。
        ");
        assert_eq!(wrap(Language::English, &sentence.repeat(6), "    "), sentence.repeat(6) + "\n");
    }

    #[test]
    fn punctuation_small_kana_and_rules_begin_no_line() {
        for unit in ["あ。", "あっ", "コー", "「あ」", "あ---", "あ－－－", "あ───", "あーーー", "(あ)"]
        {
            for padding in 0..12 {
                for line in japanese(&format!("{}{}", "x".repeat(padding), unit.repeat(80))) {
                    let line = line.trim_start();
                    assert!(!line.starts_with(|c| NEVER_FIRST.contains(c) || DASHES.contains(c)), "{line}");
                    assert!(!line.ends_with(|c| NEVER_LAST.contains(c)), "{line}");
                }
            }
        }
    }

    #[test]
    fn words_code_and_links_stay_whole() {
        for padding in 0..80 {
            for piece in ["UpdateTrail", "`注文-x`", "https://x.example/a/b?c=d"] {
                let text = format!("{}{piece}は準拠", "あ".repeat(padding));
                assert!(japanese(&text).iter().any(|line| line.contains(piece)), "{text}");
            }
        }
        // what nothing ends is no code, nor is what no line has room for
        for text in [format!("`{}", "あ".repeat(100)), format!("`{}`", "あ".repeat(100))] {
            assert!(japanese(&text).iter().all(|line| width_of(Language::Japanese, line) <= WIDTH), "{text}");
        }
    }

    #[test]
    fn a_word_that_looks_like_a_rule_stays_with_the_word_before_it() {
        for (language, rule, word) in [
            (Language::English, "---", "word"),
            (Language::Japanese, "ー、", "漢"),
            (Language::Japanese, "－－", "word"),
        ] {
            for padding in 55..75 {
                let wrapped = wrap(language, &format!("{} {word} {rule} end", "x".repeat(padding)), "    ");
                assert!(wrapped.contains(&format!("{word} {rule}")), "{wrapped}");
                let widest = wrapped.lines().map(|line| width_of(language, line)).max();
                assert!(widest <= Some(WIDTH.max(padding)), "{wrapped}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn wrapping_changes_only_where_lines_end(text in "[ -~あっ。、「」ー漢`＃Ａ－\u{1f512}]{0,300}", japanese in any::<bool>()) {
            let language = if japanese { Language::Japanese } else { Language::English };
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let without = |text: &str| text.split_whitespace().collect::<String>();
            let wrapped = wrap(language, &text, "    ");
            proptest::prop_assert_eq!(without(&wrapped), without(&text));
            let widest = pieces(language, &text).map(|piece| width_of(language, piece.trim_end_matches(' '))).max();
            let limit = WIDTH.max("    ".len() + widest.unwrap_or_default());
            for line in wrapped.lines() {
                proptest::prop_assert!(width_of(language, line) <= limit, "{}", line);
                let begins_line = wrapped.starts_with(line) || !is_rule(language, line.trim_start());
                proptest::prop_assert!(begins_line, "{}", line);
            }
        }
    }
}
