//! How wide text is where all characters have one width or two, and where Japanese may continue in the next line.

use icu_properties::CodePointMapData;
use icu_properties::props::{EastAsianWidth, GeneralCategory};

/// What begins no line: closing punctuation, small kana and what repeats or lengthens the character before it.
///
/// The strict rules of JIS X 4051, which <https://www.w3.org/TR/jlreq/#characters_not_starting_a_line> explains.
pub(crate) const NEVER_FIRST: &str = "、。，．・：；？！）〕］｝〉》」』】ーｰ々〻ゝゞヽヾ゛゜\u{3099}\u{309a}ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ…‥〜～)]},.:;?!%";

/// What ends no line: opening brackets.
///
/// <https://www.w3.org/TR/jlreq/#characters_not_ending_a_line>
pub(crate) const NEVER_LAST: &str = "（〔［｛〈《「『【([{";

/// The columns that a text takes.
pub fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(width).sum() }
}

/// The columns of a character: two for those of Chinese, Japanese and Korean.
///
/// <https://www.unicode.org/reports/tr11/#Recommendations>
fn width(c: char) -> usize {
    match CodePointMapData::<GeneralCategory>::new().get(c) {
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => 0,
        _ if is_wide(c) => 2,
        _ => 1,
    }
}

/// True for kana, kanji and other characters of double width.
pub fn is_wide(c: char) -> bool {
    !c.is_ascii()
        && matches!(CodePointMapData::<EastAsianWidth>::new().get(c), EastAsianWidth::Wide | EastAsianWidth::Fullwidth)
}

/// True if a line of Japanese may end between two characters. One of them is Japanese: words in other letters stay whole.
pub fn may_break(before: char, after: char) -> bool {
    (is_wide(before) || is_wide(after)) && !NEVER_LAST.contains(before) && !NEVER_FIRST.contains(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_is_two_columns_wide() {
        for (text, want) in [
            ("abc", 3),
            ("暗号化", 6),
            ("`k` は", 6),
            ("ｱ", 1),
            ("、。", 4),
            ("Ａ", 2),
            ("ж", 1),
            ("e\u{301}", 1),
            ("é", 1),
            ("\u{1f512}", 2),
            ("", 0),
        ] {
            assert_eq!(columns(text), want, "{text}");
        }
    }
}
