//! Where a text may continue in the next line.

use sealwatch_rules::util::columns::may_break;

/// The pieces of a text between which a line may end, and whether a space stands before each: at spaces, and between Japanese
/// characters. Words in other letters stay whole, and so does what stands between backticks, but for its spaces.
pub(crate) fn pieces(text: &str) -> Vec<(bool, &str)> {
    let (mut pieces, mut in_code) = (Vec::new(), false);
    for (index, word) in text.split(' ').enumerate() {
        let (mut start, mut last, mut after_space) = (0, None, index > 0);
        for (at, c) in word.char_indices() {
            // the backtick that opens belongs to what follows, the one that closes to what precedes it
            let is_outside = !in_code;
            if is_outside && last.is_some_and(|last| may_break(last, c)) {
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
