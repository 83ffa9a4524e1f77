//! What a check is: one row of the table in [`crate::doctor::checks`].

use std::pin::Pin;
use std::sync::Arc;

use sealwatch_rules::engine::detector::Permission;
use sealwatch_rules::util::text::shell;
use sealwatch_runtime::api::NoAnswer;

use crate::doctor::stack::Stack;

/// One line of the report. The table of checks is also the documentation and the IAM policy of the command.
#[derive(Debug)]
pub(crate) struct Check {
    /// One or two words.
    pub(crate) name: &'static str,
    /// What it finds out.
    pub(crate) question: &'static str,
    /// The calls that it makes.
    pub(crate) calls: &'static [Permission],
    /// What can be wrong, for the documentation.
    #[cfg_attr(not(test), expect(dead_code, reason = "a check names its faults itself"))]
    pub(crate) faults: &'static [&'static Fault],
    pub(crate) run: Run,
}

/// What carries a check out.
pub(crate) type Run = fn(Arc<Stack>) -> Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Something that can be wrong. All texts may have placeholders: `{rule}`.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Its name in JSON.
    pub(crate) id: &'static str,
    /// What is wrong.
    pub(crate) wrong: &'static str,
    /// What follows from it.
    pub(crate) follows: &'static str,
    /// The command that fixes it, or what to do.
    pub(crate) fix: &'static str,
}

/// A fault that was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) fault: &'static str,
    pub(crate) wrong: String,
    pub(crate) follows: String,
    pub(crate) fix: String,
}

/// What a check found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// What was found, in one line.
    pub(crate) summary: String,
    pub(crate) problems: Vec<Problem>,
    /// Calls without an answer, and why.
    pub(crate) unchecked: Vec<String>,
}

/// The state of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Ok,
    Wrong,
    Unchecked,
}

impl Answer {
    /// Adds a fault, with what its placeholders stand for.
    pub(crate) fn wrong(&mut self, stack: &Stack, fault: &'static Fault, values: &[(&str, &str)]) {
        let mut fix = filled(fault.fix, values, shell);
        if fix.starts_with("aws ") {
            fix += &stack.options();
        }
        self.problems.push(Problem {
            fault: fault.id,
            wrong: filled(fault.wrong, values, str::to_owned),
            follows: filled(fault.follows, values, str::to_owned),
            fix,
        });
    }

    /// Notes that a call has no answer.
    pub(crate) fn unanswered(&mut self, call: &str, resource: &str, why: &NoAnswer) {
        let on = if resource.is_empty() { String::new() } else { format!(" on `{resource}`") };
        let why = match why {
            NoAnswer::Denied => "was denied: allow it, see `sealwatch doctor --print-policy`".to_owned(),
            NoAnswer::NotFound => "failed: it does not exist".to_owned(),
            NoAnswer::Failed(why) => format!("failed: {why}"),
        };
        let line = format!("`{call}`{on} {why}");
        // one permission that is missing concerns every resource
        let same = matches!(self.unchecked.last(), Some(last) if last.starts_with(&format!("`{call}`")) && line.contains("was denied"));
        if !same {
            self.unchecked.push(line);
        }
    }

    pub(crate) fn state(&self) -> State {
        match (self.problems.is_empty(), self.unchecked.is_empty()) {
            (false, _) => State::Wrong,
            (true, false) => State::Unchecked,
            (true, true) => State::Ok,
        }
    }
}

/// A text with its placeholders replaced. A value that looks like a placeholder stays as it is: within a quoted value, the
/// quotes of another would end those of the first.
fn filled(text: &str, values: &[(&str, &str)], quote: fn(&str) -> String) -> String {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        filled += before;
        let placeholder = after.split_once('}');
        let found = placeholder.and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, after))
        });
        match found {
            Some((value, after)) => {
                filled += &quote(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_looks_like_a_placeholder_is_not_replaced_in_turn() {
        let values = [("queue", "a{topic}"), ("topic", ";id;")];
        assert_eq!(filled("aws x {queue} {topic} {other} {", &values, shell), "aws x 'a{topic}' ';id;' {other} {");
    }
}
