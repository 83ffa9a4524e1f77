//! From the analysis of a policy to the outcome of a rule.

use std::ops::RangeInclusive;

use serde_json::Value as Json;

use crate::engine::context::RuleContext;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::Rule;
use crate::key_policy::{ACCOUNT_PLACEHOLDER, Analysis, Correction, Exposure, Fix, RemarkKind, corrected};
use crate::language::Text;
use crate::rules::remediation::{Template, Value};
use crate::rules::resource_policy::analysis::{Earlier, Kind, PolicyAnalysis};
use crate::text;
use crate::util::severity::Severity;
use crate::util::text::{cut, is_unsafe, plain};

/// The number of exposures, conditions, remarks and corrections in the evidence. Further exposures are counted.
const SHOWN: usize = 10;

/// The number of principals that one sentence names.
const NAMED: usize = 5;

/// How a rule describes its exposures.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    pub(crate) rule: &'static Rule,
    /// Completes "The policy of the … `x` …" for the worst exposure.
    pub(crate) problem: fn(&Exposure) -> Text,
    /// Why it matters: a sentence.
    pub(crate) consequence: fn(&Kind) -> Text,
    /// Why exposures are unverified.
    pub(crate) unverified: fn(&[&Exposure]) -> Text,
    /// Why the severity of an exposure differs from that of the rule: a clause.
    pub(crate) rated: fn(&Exposure) -> Text,
    /// How the statement is corrected.
    pub(crate) fix: Fix<'a>,
}

/// The outcome of a rule about one list of exposures.
///
/// If the earlier policy of the resource is known, only exposures that the new policy adds count.
pub(crate) fn evaluate_exposures(
    policy: Result<&PolicyAnalysis, Outcome>,
    context: &RuleContext<'_>,
    list: fn(&Analysis) -> &[Exposure],
    words: Words<'_>,
) -> Outcome {
    let policy = match policy {
        Ok(policy) => policy,
        Err(outcome) => return outcome,
    };
    let all = list(&policy.analysis);
    let exposures = policy.earlier.as_ref().map_or(all, |earlier| list(&earlier.added));
    let violations: Vec<&Exposure> = exposures.iter().filter(|exposure| !exposure.unverified).collect();
    if let Some(worst) = worst(&violations) {
        return violation(policy, context, worst, &violations, words);
    }
    match (exposures.first(), &policy.earlier) {
        (Some(_), _) if !policy.owner.is_known() => policy.unknown_owner(),
        (Some(_), _) => {
            let unverified = (words.unverified)(&exposures.iter().collect::<Vec<_>>());
            Outcome::unverified(match &policy.unknown_organization {
                None => unverified,
                Some(why) => {
                    text!("{unverified}; the accounts of the organization are not known: {why}", unverified, why)
                }
            })
        }
        (None, Some(Earlier { since, .. })) if !all.is_empty() => Outcome::NotApplicable(text!(
            "the policy of {since} already allowed everything that this one allows",
            since
        )),
        (None, _) => Outcome::Compliant,
    }
}

/// Says whom the policy admits, for [`Words::unverified`].
pub(crate) fn admits(exposures: &[&Exposure]) -> Text {
    text!("the policy admits {who}", who = listed(exposures.iter().copied()))
}

/// Whom exposures admit, each once.
pub(crate) fn listed<'e>(exposures: impl Iterator<Item = &'e Exposure>) -> Text {
    let mut names: Vec<Text> = Vec::new();
    for exposure in exposures {
        let name = exposure.who.text();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let last = names.pop_if(|_| more == 0);
    let list = joined(names, |list, next| text!("{list}, {next}", list, next));
    match last {
        None => text!("{list} and {more} more", list, more),
        Some(last) if list.is_empty() => last,
        Some(last) => text!("{list} and {last}", list, last),
    }
}

/// All texts in one, put together by `both`; empty if there are none.
pub(crate) fn joined(texts: Vec<Text>, both: fn(Text, Text) -> Text) -> Text {
    texts.into_iter().reduce(both).unwrap_or_default()
}

/// The first of the most severe exposures.
fn worst<'a>(exposures: &[&'a Exposure]) -> Option<&'a Exposure> {
    exposures.iter().copied().reduce(|a, b| if b.severity > a.severity { b } else { a })
}

fn violation(
    policy: &PolicyAnalysis,
    context: &RuleContext<'_>,
    worst: &Exposure,
    exposures: &[&Exposure],
    words: Words<'_>,
) -> Outcome {
    let mut others = exposures.iter().copied().filter(|exposure| exposure.who != worst.who).peekable();
    let more = match (others.peek(), exposures.len()) {
        (Some(_), _) => text!(" (similarly {others})", others = listed(others)),
        (None, 1) => Text::default(),
        (None, 2) => Text::literal(", and one more exposure"),
        (None, count) => text!(", and {more} more exposures", more = count - 1),
    };
    let new = policy.earlier.as_ref().map(|earlier| text!(" (new since {since})", since = &earlier.since));
    let mut violation = Violation::new(text!(
        "The policy of the {noun} `{name}` {problem}{more}{new}. {consequence}{rated}",
        noun = &policy.kind.noun,
        name = context.name(),
        problem = (words.problem)(worst),
        more,
        new = new.unwrap_or_default(),
        consequence = (words.consequence)(policy.kind),
        rated = rated(worst.severity, words.rule, context, || (words.rated)(worst)),
    ));
    violation.severity = Some(worst.severity);
    violation = violation.remediated_at(context.remediated_at());
    let shown = exposures.iter().take(SHOWN).map(|exposure| {
        let admitted = text!("{who}: {actions}", who = exposure.who.text(), actions = exposure.actions.text());
        match exposure.statement == worst.statement {
            true => admitted,
            false => text!("{label}: {admitted}", label = label(policy, exposure.statement), admitted),
        }
    });
    violation =
        violation.evidence("statement", label(policy, worst.statement)).evidence_texts("exposures", shown.collect());
    if exposures.len() > SHOWN {
        violation = violation.evidence("more_exposures", exposures.len() - SHOWN);
    }
    for (name, texts) in context_of(policy, worst.statement) {
        if !texts.is_empty() {
            violation = violation.evidence_texts(name, texts);
        }
    }
    let mut statements = vec![worst.statement];
    for exposure in exposures {
        if !statements.contains(&exposure.statement) && statements.len() < SHOWN {
            statements.push(exposure.statement);
        }
    }
    with_corrections(violation, policy, context, &statements, words.fix)
}

/// Why a severity differs from that of the rule: a sentence. Empty if it does not, or if the settings set it.
pub(crate) fn rated(severity: Severity, rule: &Rule, context: &RuleContext<'_>, why: impl FnOnce() -> Text) -> Text {
    let is_set = context.settings.rules.get(rule.id).is_some_and(|rule| rule.severity.is_some());
    if severity == rule.severity || is_set {
        return Text::default();
    }
    let severity = match severity {
        Severity::Low => Text::literal("low"),
        Severity::Medium => Text::literal("medium"),
        Severity::High => Text::literal("high"),
        Severity::Critical => Text::literal("critical"),
    };
    text!(" Rated {severity}: {why}.", severity, why = why())
}

/// What helps to understand a statement: its conditions without effect, and remarks about it.
pub(crate) fn context_of(policy: &PolicyAnalysis, statement: usize) -> [(&'static str, Vec<Text>); 2] {
    let analysis = &policy.analysis;
    let here = analysis.ineffective_conditions.iter().filter(|found| found.statement == statement);
    let ineffective = here.filter_map(|found| {
        let condition = policy.policy.condition(found.statement, found.condition)?;
        let values = cut(&condition.values.join(", "), 80);
        let condition = format!("{} {} = {values}", condition.operator, condition.key);
        Some(text!("{condition}: {reason}", condition, reason = found.reason.text()))
    });
    let about = analysis.remarks.iter().filter(|remark| remark.statement.is_none_or(|at| at == statement));
    let related =
        about.filter(|remark| remark.kind != RemarkKind::WeakCondition).map(|remark| remark.text.clone().cut(200));
    [("ineffective_conditions", ineffective.take(SHOWN).collect()), ("related", related.take(SHOWN).collect())]
}

/// A statement by its position, counted from zero as in JSON, and its Sid.
pub(crate) fn label(policy: &PolicyAnalysis, statement: usize) -> String {
    match policy.policy.sid(statement) {
        Some(sid) => format!("Statement[{statement}] {}", plain(&cut(sid, 60))),
        None => format!("Statement[{statement}]"),
    }
}

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
        changes.push(change(&label(policy, *statement), numbers, total, &correction.undecided, fix));
        written.extend(correction.statements);
    }
    let remains = !written.is_empty() || statements.len() < policy.policy.len();
    let template = policy.kind.delete.as_ref().filter(|_| !remains).unwrap_or(&policy.kind.change);
    let change = joined(changes, |list, next| text!("{list}; {next}", list, next));
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
