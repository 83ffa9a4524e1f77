//! Text for a terminal.

use std::fmt::Write;

use anstyle::Style;
use sealwatch_rules::util::text::plain;

/// Text for a terminal that grows. Only its methods add styles and line ends: whatever else is added is made printable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Page(String);

impl Page {
    /// Adds text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Page {
        self.0 += &plain(text);
        self
    }

    /// Adds text in a style.
    pub(crate) fn styled(&mut self, style: Style, text: &str) -> &mut Page {
        let _ = write!(self.0, "{style}{}{style:#}", plain(text)); // a String takes everything
        self
    }

    /// Ends the line.
    pub(crate) fn end_line(&mut self) -> &mut Page {
        self.0.push('\n');
        self
    }

    /// Adds text and ends the line.
    pub(crate) fn line(&mut self, text: &str) -> &mut Page {
        self.text(text).end_line()
    }

    /// Adds the content of another page.
    pub(crate) fn append(&mut self, other: &Page) -> &mut Page {
        self.0 += &other.0;
        self
    }

    /// The text, with styles.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_brings_no_styles_and_no_lines_of_its_own() {
        let (mut page, bold) = (Page::default(), Style::new().bold());
        page.styled(bold, "a\u{1b}[2Jb").line("c\nd\u{202e}e");
        assert_eq!(page.as_str(), format!("{bold}a\u{fffd}[2Jb{bold:#}c\u{fffd}d\u{fffd}e\n"));
    }
}
