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
/// begins with a rule: only findings are separated by one.
pub(super) fn wrap(language: Language, text: &str, indent: &str) -> String {
    let (mut lines, mut column) = (String::new(), 0);
    for (index, word) in text.split(' ').enumerate() {
        for (part, is_first) in parts(language, word) {
            let space = usize::from(index > 0 && is_first);
            let width = width_of(language, part);
            let can_break = index > 0 || !is_first;
            if can_break && column + space + width > WIDTH && column > indent.len() && !is_rule(language, part) {
                lines += "\n";
                lines += indent;
                column = indent.len();
            } else if space > 0 {
                lines.push(' ');
                column += 1;
            }
            lines += part;
            column += width;
        }
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

/// The parts of a word between which a line may break, and whether each is the first one.
fn parts(language: Language, word: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = Some(word);
    let mut is_first = true;
    std::iter::from_fn(move || {
        let whole = rest.take()?;
        let part = match language {
            Language::English => whole,
            Language::Japanese => match whole.split_at_checked(first_part(whole)) {
                Some((part, more)) if !more.is_empty() => {
                    rest = Some(more);
                    part
                }
                _ => whole,
            },
        };
        Some((part, std::mem::take(&mut is_first)))
    })
}

/// The length of the first part of a Japanese word.
fn first_part(word: &str) -> usize {
    let mut characters = word.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if c == '`'
            && let Some(end) = code(word, at)
        {
            while characters.next_if(|(at, _)| *at < end).is_some() {}
        }
        match characters.peek() {
            Some((next, following)) if may_break(c, *following) && !DASHES.contains(*following) => return *next,
            _ => {}
        }
    }
    word.len()
}

/// The end of the code that begins with the backtick at `start`; `None` if nothing ends it, or if it has no room in a line:
/// then the program that shows the e-mail would break it, without an indentation.
fn code(word: &str, start: usize) -> Option<usize> {
    let inside = word.get(start + 1..)?;
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

    proptest::proptest! {
        #[test]
        fn wrapping_changes_only_where_lines_end(text in "[ -~あっ。、「」ー漢`＃Ａ－\u{1f512}]{0,300}", japanese in any::<bool>()) {
            let language = if japanese { Language::Japanese } else { Language::English };
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let without = |text: &str| text.split_whitespace().collect::<String>();
            let wrapped = wrap(language, &text, "    ");
            proptest::prop_assert_eq!(without(&wrapped), without(&text));
            for line in wrapped.lines() {
                let widest = line.split(' ').flat_map(|word| parts(language, word)).map(|(part, _)| width_of(language, part));
                let limit = WIDTH.max(widest.max().unwrap_or_default() + 5).max(if line.contains(" ---") { usize::MAX } else { 0 });
                proptest::prop_assert!(width_of(language, line) <= limit, "{}", line);
            }
        }
    }
}
