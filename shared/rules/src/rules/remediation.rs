//! Remediation from template files: a shell command, a Terraform snippet and the way through the console.
//!
//! Templates name their values in double braces: `{{name}}`. Values come from outside, so they are quoted here, as the
//! language of the template requires. Only lines that a rule composes itself ([`Value::Raw`]) are quoted there.

use std::borrow::Cow;

use crate::engine::context::RuleContext;
use crate::engine::outcome::Remediation;
use crate::util::text::{hcl, plain, shell};

/// A remediation whose values are to be filled in. Every template may use `{{name}}`, `{{arn}}` and `{{region}}`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Template {
    /// `NAME.sh`: AWS CLI commands.
    pub(crate) cli: &'static str,
    /// `NAME.tf`: Terraform.
    pub(crate) terraform: &'static str,
    /// The way through the console.
    pub(crate) console: &'static str,
}

/// A value of a template.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    /// Text from outside, to be quoted.
    Text(&'a str),
    /// Text of this program, or lines that are quoted already.
    Raw(&'a str),
}

impl Template {
    /// Fills in the resource of the context and these values.
    pub(crate) fn fill(&self, context: &RuleContext<'_>, values: &[(&str, Value<'_>)]) -> Remediation {
        let value = |name: &str| match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => Some(*value),
            None => match name {
                "name" => Some(Value::Text(context.name())),
                "arn" => Some(Value::Text(context.arn())),
                "region" => Some(Value::Text(context.scope.region)),
                _ => None,
            },
        };
        let cli = match context.scope.region {
            "" => Cow::Owned(self.cli.replace(" --region {{region}}", "")), // a policy document names no Region
            _ => Cow::Borrowed(self.cli),
        };
        Remediation {
            cli: fill(cli.trim_end(), value, shell),
            terraform: fill(self.terraform.trim_end(), value, hcl),
            console: fill(self.console, value, plain).into(),
        }
    }
}

/// Replaces each `{{name}}` in one pass, so that a value that looks like a placeholder stays as it is.
fn fill<'v>(template: &str, value: impl Fn(&str) -> Option<Value<'v>>, quote: fn(&str) -> String) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = split_at_two(rest, '{') {
        text += before;
        let Some((name, after)) = split_at_two(after, '}') else { return text + "{{" + after };
        match value(name) {
            // as an option of a command, a value that begins with `-` needs `=`
            Some(Value::Text(value)) if is_option(&text) && value.starts_with('-') => {
                text.pop();
                text += &format!("={}", quote(value));
            }
            Some(Value::Text(value)) => text += &quote(value),
            Some(Value::Raw(value)) => text += value,
            None => text += &format!("{{{{{name}}}}}"), // stays visible: tests/samples.rs looks for it
        }
        rest = after;
    }
    text + rest
}

/// Splits at two of these in a row. As `split_once` with two characters, which takes longer to set up than to search a template.
fn split_at_two(text: &str, brace: char) -> Option<(&str, &str)> {
    let mut places = text.match_indices(brace);
    places.find_map(|(at, one)| text.get(..at).zip(text.get(at + one.len()..)?.strip_prefix(brace)))
}

/// True if a command ends in an option that wants a value.
fn is_option(command: &str) -> bool {
    command.strip_suffix(' ').and_then(|command| command.rsplit(' ').next()).is_some_and(|word| word.starts_with("--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_looks_like_an_option_is_none() {
        let value = |_: &str| Some(Value::Text("-x"));
        assert_eq!(fill("aws x --name {{name}} --n {{name}}-new", value, shell), "aws x --name=-x --n=-x-new");
        assert_eq!(fill("# {{name}}", value, plain), "# -x");
    }

    #[test]
    fn values_are_quoted_for_the_language_of_the_template() {
        let value = |name: &str| match name {
            "name" => Some(Value::Text("a'b ${c}\n")),
            _ => Some(Value::Raw("365")),
        };
        assert_eq!(fill("run {{name}} {{days}}", value, shell), "run 'a'\\''b ${c}\u{fffd}' 365");
        assert_eq!(fill("n = {{name}}\nd = {{days}}", value, hcl), "n = \"a'b $${c}\u{fffd}\"\nd = 365");
    }

    #[test]
    fn a_placeholder_without_a_value_or_an_end_stays_visible() {
        let value = |_: &str| None;
        assert_eq!(fill("run {{nmae}} now", value, shell), "run {{nmae}} now");
        assert_eq!(fill("run {{name", value, shell), "run {{name");
    }

    #[test]
    fn a_value_that_looks_like_a_placeholder_stays_as_it_is() {
        let value = |name: &str| Some(Value::Text(if name == "name" { "{{arn}}" } else { "secret" }));
        assert_eq!(fill("{{name}}", value, plain), "{{arn}}");
    }
}
