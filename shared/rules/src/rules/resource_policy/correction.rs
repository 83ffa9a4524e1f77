//! How to correct the statements of a policy, in the evidence and the remediation of a violation.

use std::ops::RangeInclusive;

use serde_json::Value as Json;

use crate::engine::context::RuleContext;
use crate::engine::outcome::{Outcome, Violation};
use crate::key_policy::{ACCOUNT_PLACEHOLDER, Correction, Fix, corrected};
use crate::language::{Text, text};
use crate::rules::remediation::{Template, Value};
use crate::rules::resource_policy::analysis::{Kind, PolicyAnalysis};
use crate::util::text::is_unsafe;

/// The violation with the corrections of these statements and how to apply them.
pub(crate) fn with_corrections(
    violation: Violation,
    policy: &PolicyAnalysis,
    context: &RuleContext<'_>,
    statements: &[usize],
    fix: Fix<'_>,
) -> Outcome {
    let correction = |statement: &usize| corrected(&policy.policy, &policy.analysis, *statement, &policy.owner, fix);
    let corrections: Vec<Correction> = statements.iter().map(correction).collect();
    let total = corrections.iter().map(|correction| correction.statements.len()).sum();
    let mut changes = Vec::new();
    let mut written = Vec::new();
    for (statement, correction) in statements.iter().zip(corrections) {
        let numbers = written.len() + 1..=written.len() + correction.statements.len();
        changes.push(change(&policy.label(*statement), numbers, total, &correction.undecided, fix));
        written.extend(correction.statements);
    }
    let remains = !written.is_empty() || statements.len() < policy.policy.len();
    let template = policy.kind.delete.as_ref().filter(|_| !remains).unwrap_or(&policy.kind.change);
    let change = Text::literal("; ").join(changes);
    apply(violation, (policy.kind, template), context, change, written)
}

/// How to change one statement, given the numbers of its corrected statements among so many.
fn change(label: &str, numbers: RangeInclusive<usize>, total: usize, undecided: &[String], fix: Fix<'_>) -> Text {
    let (first, last) = (*numbers.start(), *numbers.end());
    let new = match (numbers.is_empty(), total) {
        (true, _) => None,
        (_, 1) => Some(Text::literal("the corrected statement")),
        _ if first == last => Some(text!("corrected statement {first}", first)),
        _ => Some(text!("corrected statements {first} to {last}", first, last)),
    };
    if !undecided.is_empty() {
        let decide = text!(
            "decide which condition limits {names} to your account: `aws:SourceAccount`, `aws:SourceArn` or an encryption \
             context, as the documentation of the service says; a key that the service does not send denies all its calls",
            names = undecided.join(", ")
        );
        return match new {
            None => text!("in {label}, {decide}", label, decide),
            Some(new) => text!("replace {label} with {new}, and {decide}", label, new, decide),
        };
    }
    match (new, fix) {
        (None, _) => text!("remove {label}", label),
        (Some(new), Fix::GrantsForAws) => text!("remove kms:CreateGrant from {label} and add {new}", label, new),
        (Some(new), _) => text!("replace {label} with {new}", label, new),
    }
}

/// The violation with a change of the policy, and the statements to write.
pub(crate) fn with_statements(
    violation: Violation,
    kind: &Kind,
    context: &RuleContext<'_>,
    change: Text,
    statements: Vec<Json>,
) -> Outcome {
    apply(violation, (kind, &kind.change), context, change, statements)
}

fn apply(
    violation: Violation,
    (kind, template): (&Kind, &Template),
    context: &RuleContext<'_>,
    change: Text,
    statements: Vec<Json>,
) -> Outcome {
    let mut remediation = template.fill(
        context,
        &[
            ("resource", Value::Text(context.resource.arn.as_deref().unwrap_or(kind.placeholder))),
            ("change", Value::Raw(&change)),
            ("statement", Value::Raw(&terraform(&statements))),
        ],
    );
    remediation.console = text!("{path}: {change}", path = remediation.console, change = &change);
    let mut violation = violation.evidence_text("correction", change);
    let mut statements = statements.into_iter();
    if let Some(first) = statements.next() {
        violation = violation.evidence("corrected_statement", first);
    }
    let further: Vec<Json> = statements.collect();
    if !further.is_empty() {
        violation = violation.evidence("further_corrected_statements", further);
    }
    violation.remediation(remediation)
}

/// Statements as local values: Terraform reads the syntax of JSON, but expands templates (`${`, `%{`) in its strings.
fn terraform(statements: &[Json]) -> String {
    if statements.is_empty() {
        return String::new();
    }
    let local = |(index, statement): (usize, &Json)| {
        let name = match statements.len() {
            1 => "corrected_statement".to_owned(),
            _ => format!("corrected_statement_{}", index + 1),
        };
        let json = serde_json::to_string_pretty(statement).unwrap_or_default();
        let json = hcl_escapes(&json).replace("${", "$${").replace("%{", "%%{").replace('\n', "\n  ");
        format!("  {name} = {json}\n")
    };
    let locals: String = statements.iter().enumerate().map(local).collect();
    // an undeclared variable: Terraform asks for the account
    format!("\nlocals {{\n{}}}", locals.replace(ACCOUNT_PLACEHOLDER, "${var.account_id}"))
}

/// JSON with escapes that HCL knows too: it has no `\b` and `\f`. Characters that reorder or hide text are escaped, because
/// people review what they paste.
///
/// <https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences>
fn hcl_escapes(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut characters = json.chars();
    while let Some(c) = characters.next() {
        match (c, if c == '\\' { characters.next() } else { None }) {
            ('\\', Some('b')) => out += r"\u0008",
            ('\\', Some('f')) => out += r"\u000c",
            ('\\', Some(escaped)) => out.extend(['\\', escaped]),
            ('\n', _) => out.push(c), // between members: those in a text are escaped
            _ if is_unsafe(c) => out += &format!(r"\U{:08x}", u32::from(c)),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn escapes_that_terraform_does_not_know_are_written_in_full() {
        let statement = json!({"Sid": "a\u{8}b\u{c}c\\b\"\n"});
        let text = terraform(&[statement]);
        assert!(text.contains(r#""a\u0008b\u000cc\\b\"\n""#), "{text}");
    }

    #[test]
    fn nothing_in_terraform_reorders_or_hides_text() {
        let text = terraform(&[json!({"Sid": "a\u{202e}b\u{2028}c\u{e0001}ä"})]);
        assert!(text.contains(r#""a\U0000202eb\U00002028c\U000e0001ä""#), "{text}");
    }

    #[test]
    fn policy_variables_stay_literal_in_terraform() {
        let statement = json!({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}});
        insta::assert_snapshot!(terraform(&[statement]).trim(), @r#"
        locals {
          corrected_statement = {
            "Condition": {
              "StringEquals": {
                "aws:PrincipalOrgID": "$${aws:ResourceOrgID}"
              }
            }
          }
        }
        "#);
    }
}
