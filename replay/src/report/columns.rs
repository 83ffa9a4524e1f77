//! How wide text is on a terminal, and where Japanese text may continue in the next line.

use icu_properties::CodePointMapData;
use icu_properties::props::{EastAsianWidth, GeneralCategory};

/// What begins no line: closing punctuation, small kana and what repeats or lengthens the character before it.
///
/// The strict rules of JIS X 4051, which <https://www.w3.org/TR/jlreq/#characters_not_starting_a_line> explains.
const NEVER_FIRST: &str =
    "、。，．・：；？！ー」』）〕］｝〉》】々ゝゞヽヾ…‥ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ,.:;?!)]}";

/// What ends no line: opening brackets.
const NEVER_LAST: &str = "「『（〔［｛〈《【([{";

/// The columns that a text takes.
pub(crate) fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(width).sum() }
}

fn width(c: char) -> usize {
    if c.is_ascii() {
        return 1;
    }
    match CodePointMapData::<GeneralCategory>::new().get(c) {
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => 0,
        _ if is_wide(c) => 2,
        _ => 1,
    }
}

/// True for kana, kanji and other characters of double width.
fn is_wide(c: char) -> bool {
    !c.is_ascii()
        && matches!(CodePointMapData::<EastAsianWidth>::new().get(c), EastAsianWidth::Wide | EastAsianWidth::Fullwidth)
}

/// The pieces of a text between which a line may end, and whether a space stands before each: at spaces, and between Japanese
/// characters. Words in other letters stay whole, and so does what stands between backticks, but for its spaces.
pub(crate) fn pieces(text: &str) -> Vec<(bool, &str)> {
    let (mut pieces, mut in_code) = (Vec::new(), false);
    for (index, word) in text.split(' ').enumerate() {
        let (mut start, mut last, mut after_space) = (0, None, index > 0);
        for (at, c) in word.char_indices() {
            let may_end =
                |last: char| (is_wide(last) || is_wide(c)) && !NEVER_FIRST.contains(c) && !NEVER_LAST.contains(last);
            // the backtick that opens belongs to what follows, the one that closes to what precedes it
            let is_outside = !in_code;
            if is_outside && last.is_some_and(may_end) {
                pieces.extend(word.get(start..at).map(|piece| (after_space, piece)));
                (start, after_space) = (at, false);
            }
            in_code ^= c == '`';
            last = Some(c);
        }
        pieces.extend(word.get(start..).map(|piece| (after_space, piece)));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn japanese_is_two_columns_wide() {
        for (text, want) in
            [("abc", 3), ("暗号化", 6), ("`k` は", 6), ("ｱ", 1), ("、。", 4), ("e\u{301}", 1), ("é", 1), ("", 0)]
        {
            assert_eq!(columns(text), want, "{text}");
        }
    }

    #[test]
    fn lines_end_between_japanese_characters_only() {
        let split = |text| {
            pieces(text)
                .iter()
                .map(|(space, piece)| format!("{}{piece}", if *space { "_" } else { "|" }))
                .collect::<String>()
        };
        for (text, want) in [
            ("a b", "|a_b"),
            ("保管時に", "|保|管|時|に"),
            ("です。次", "|で|す。|次"),
            ("データ「値」が", "|デー|タ|「値」|が"),
            ("って、ク", "|っ|て、|ク"),
            ("キー `k` が", "|キー_`k`_が"),
            ("キー`暗号 化`が", "|キー|`暗号_化`|が"),
            ("AWS が (高)", "|AWS_が_(高)"),
            ("", "|"),
            ("  x", "|__x"),
        ] {
            assert_eq!(split(text), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_between_pieces(text in "[a` (、。」「あっ暗\u{301}]{0,20}") {
            let joined: String = pieces(&text).iter().map(|(space, piece)| format!("{}{piece}", if *space { " " } else { "" })).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
