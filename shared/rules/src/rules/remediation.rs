//! Remediation from template files: a shell command, a Terraform snippet and the way through the console.
//!
//! Templates name their values in double braces: `{{name}}`. Values come from outside, so they are quoted here, as the
//! language of the template requires, and nowhere else.

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
        let mut all = vec![
            ("name", Value::Text(context.name())),
            ("arn", Value::Text(context.arn())),
            ("region", Value::Text(context.scope.region)),
        ];
        all.extend_from_slice(values);
        // a policy document names no Region
        let cli = match context.scope.region {
            "" => self.cli.replace(" --region {{region}}", ""),
            _ => self.cli.to_owned(),
        };
        Remediation {
            cli: fill(cli.trim_end(), &all, shell),
            terraform: fill(self.terraform.trim_end(), &all, hcl),
            console: fill(self.console, &all, plain),
        }
    }
}

/// Replaces each `{{name}}` in one pass, so that a value that looks like a placeholder stays as it is.
fn fill(template: &str, values: &[(&str, Value<'_>)], quote: fn(&str) -> String) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        text += before;
        let Some((name, after)) = after.split_once("}}") else { break };
        match values.iter().rev().find(|(known, _)| *known == name) {
            Some((_, Value::Text(value))) => text += &quote(value),
            Some((_, Value::Raw(value))) => text += value,
            None => debug_assert!(false, "no value for {name}"),
        }
        rest = after;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_the_language_of_the_template() {
        let values = [("name", Value::Text("a'b ${c}\n")), ("days", Value::Raw("365"))];
        assert_eq!(fill("run {{name}} {{days}}", &values, shell), "run 'a'\\''b ${c}\u{fffd}' 365");
        assert_eq!(fill("n = {{name}}\nd = {{days}}", &values, hcl), "n = \"a'b $${c}\u{fffd}\"\nd = 365");
    }

    #[test]
    fn a_value_that_looks_like_a_placeholder_stays_as_it_is() {
        let values = [("name", Value::Text("{{arn}}")), ("arn", Value::Text("secret"))];
        assert_eq!(fill("{{name}}", &values, plain), "{{arn}}");
    }
}
