//! What a rule is.

use std::any::Any;
use std::fmt;

use crate::engine::configuration::{Configuration, Deletion};
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::Control;
use crate::engine::outcome::Outcome;
use crate::util::severity::Severity;

/// One rule: a bad pattern, and how it is recognized.
pub struct Rule {
    /// The name of the bad pattern, in kebab case.
    pub id: &'static str,
    /// A headline of a few words.
    pub title: &'static str,
    /// How bad a violation is, unless the finding or the settings say otherwise.
    pub severity: Severity,
    /// The controls that it maps to.
    pub controls: &'static [Control],
    /// When it is evaluated after a call that only starts a configuration.
    pub phase: Phase,
    /// How it is recognized.
    pub check: &'static (dyn Check + Sync),
    /// The doc comment at the top of its file: see `comment_of!`.
    pub comment: &'static str,
}

/// The doc comment at the top of a file. The rest of the file is not in the program.
macro_rules! comment_of {
    ($file:literal) => {{
        const SOURCE: &str = include_str!($file);
        #[expect(clippy::indexing_slicing, reason = "computed by the compiler: a wrong index does not build")]
        const COMMENT: [u8; $crate::engine::rule::comment_length(SOURCE)] = {
            let (mut comment, mut at) = ([0; _], 0);
            while at < comment.len() {
                comment[at] = SOURCE.as_bytes()[at];
                at += 1;
            }
            comment
        };
        match str::from_utf8(&COMMENT) {
            Ok(comment) => comment,
            Err(_) => panic!("the comment ends within a character"),
        }
    }};
}
pub(crate) use comment_of;

/// The bytes before the first line that is not part of the doc comment.
#[expect(clippy::indexing_slicing, reason = "computed by the compiler: a wrong index does not build")]
pub(crate) const fn comment_length(source: &str) -> usize {
    let bytes = source.as_bytes();
    let mut at = 0;
    while at + 2 < bytes.len() && bytes[at] == b'/' && bytes[at + 1] == b'/' && bytes[at + 2] == b'!' {
        while at < bytes.len() && bytes[at] != b'\n' {
            at += 1;
        }
        at += 1;
    }
    at
}

/// When rules are evaluated, relative to the settle time of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Immediately: the call alone decides.
    Immediate,
    /// After the settle time, if the call only started the configuration.
    Settled,
    /// Both.
    All,
}

impl Phase {
    /// True if a rule of the phase `own` is evaluated in this phase. `settles` is true after a call that only starts a
    /// configuration.
    pub(crate) fn includes(self, own: Phase, settles: bool) -> bool {
        let waits = settles && own == Phase::Settled;
        match self {
            Phase::All => true,
            Phase::Immediate => !waits,
            Phase::Settled => waits,
        }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl Rule {
    /// The documentation: the doc comment at the top of the rule's file, as Markdown.
    pub fn doc(&self) -> String {
        let text = self.comment.lines().map(|line| line.trim_start_matches("//!").trim_start_matches(' '));
        text.collect::<Vec<_>>().join("\n")
    }

    /// True if it is about a part of a resource: a grant on a key.
    pub(crate) fn is_about_a_part(&self) -> bool {
        self.id.starts_with("kms-grant-")
    }

    /// The pages of its `References` section.
    pub fn references(&self) -> Vec<&'static str> {
        let section = self.comment.lines().skip_while(|line| !line.ends_with("## References"));
        section.filter_map(|line| line.strip_prefix("//! - <")?.strip_suffix('>')).collect()
    }
}

/// The check of a rule.
pub trait Check: fmt::Debug {
    /// Evaluates the configuration of a resource.
    fn evaluate(&self, configuration: &dyn Configuration, context: &RuleContext<'_>) -> Outcome;
}

/// The check of a rule about one kind of configuration: a plain function, without I/O, clock or environment.
#[derive(Debug)]
pub struct On<C>(pub fn(&C, &RuleContext<'_>) -> Outcome);

impl<C: Configuration> Check for On<C> {
    fn evaluate(&self, configuration: &dyn Configuration, context: &RuleContext<'_>) -> Outcome {
        match (configuration as &dyn Any).downcast_ref::<C>() {
            Some(configuration) => (self.0)(configuration, context),
            None if context.seen == Seen::Scan => {
                Outcome::not_applicable("another part of the resource is evaluated here")
            }
            None if (configuration as &dyn Any).is::<Deletion>() => {
                Outcome::not_applicable("the call deletes the resource")
            }
            None => Outcome::not_applicable("the call sets something else"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_of_a_file_ends_before_its_first_other_line() {
        for (source, comment) in [
            ("//! A\n//! b\nuse c;\n", "//! A\n//! b\n"),
            ("//! A\n\n//! b\n", "//! A\n"),
            ("//! A\n/// b\n", "//! A\n"),
            ("//! A\nab!c\n", "//! A\n"),
            ("//! A\n/x!c\n", "//! A\n"),
            ("// no\n", ""),
            ("", ""),
            ("//", ""),
        ] {
            assert_eq!(source.get(..comment_length(source)), Some(comment), "{source}");
        }
    }
}
