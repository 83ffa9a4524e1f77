//! From the analysis of a policy to the outcome of a rule.

use serde_json::Value as Json;

use crate::engine::context::RuleContext;
use crate::engine::outcome::{Outcome, Violation};
use crate::key_policy::{Analysis, Exposure, Fix, RemarkKind, corrected};
use crate::rules::kms_key_policy::analysis::{PolicyAnalysis, Subject};
use crate::rules::kms_key_policy::remediation::CHANGE_POLICY;
use crate::rules::remediation::Value;
use crate::util::text::{cut, plain};

/// Why a policy cannot be evaluated.
pub(super) const UNKNOWN_OWNER: &str = "the account that owns the key is not known";

/// The number of exposures, conditions and remarks in the evidence. Further exposures are counted.
const SHOWN: usize = 10;

/// How a rule describes its exposures.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    /// Completes "The policy of the key `x` …" for the worst exposure.
    pub(super) problem: fn(&Exposure) -> String,
    /// Why it matters: a sentence.
    pub(super) consequence: &'static str,
    /// Why an exposure is unverified.
    pub(super) unverified: fn(&Exposure) -> String,
    /// How the statement is corrected.
    pub(super) fix: Fix<'a>,
}

/// The outcome of a rule about one list of exposures.
///
/// If the earlier policy of the key is known, only exposures that the new policy adds count.
pub(super) fn evaluate_exposures(
    subject: &Subject,
    context: &RuleContext<'_>,
    list: fn(&Analysis) -> &[Exposure],
    words: Words<'_>,
) -> Outcome {
    let policy = match subject.analysis(context) {
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
        (Some(_), _) if !policy.owner.is_known() => Outcome::Unverified(UNKNOWN_OWNER.to_owned()),
        (Some(unverified), _) => Outcome::Unverified((words.unverified)(unverified)),
        (None, Some(earlier)) if !all.is_empty() => Outcome::NotApplicable(
            format!("the policy of {} already allowed everything that this one allows", plain(&earlier.since)).into(),
        ),
        (None, _) => Outcome::Compliant,
    }
}

/// Says whom the policy admits, for [`Words::unverified`].
pub(super) fn admits(exposure: &Exposure) -> String {
    format!("the policy admits {}", exposure.who)
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
    let more = match exposures.len() {
        1 => String::new(),
        2 => ", and one more exposure".to_owned(),
        count => format!(", and {} more exposures", count - 1),
    };
    let new = policy.earlier.as_ref().map(|earlier| format!(" (new since {})", plain(&earlier.since)));
    let mut violation = Violation::new(format!(
        "The policy of the key `{}` {}{more}{}. {}",
        plain(context.name()),
        (words.problem)(worst),
        new.unwrap_or_default(),
        words.consequence,
    ));
    violation.severity = Some(worst.severity);
    let shown = exposures.iter().take(SHOWN).map(|exposure| {
        let admitted = format!("{}: {}", exposure.who, exposure.actions);
        match exposure.statement == worst.statement {
            true => plain(&admitted),
            false => plain(&format!("{}: {admitted}", label(policy, exposure.statement))),
        }
    });
    violation = violation
        .evidence("statement", label(policy, worst.statement))
        .evidence("exposures", shown.collect::<Vec<_>>());
    if exposures.len() > SHOWN {
        violation = violation.evidence("more_exposures", exposures.len() - SHOWN);
    }
    for (name, texts) in context_of(policy, worst.statement) {
        if !texts.is_empty() {
            violation = violation.evidence(name, texts);
        }
    }
    with_correction(violation, policy, context, worst.statement, words.fix)
}

/// What helps to understand a statement: its conditions without effect, and remarks about it.
pub(super) fn context_of(policy: &PolicyAnalysis, statement: usize) -> [(&'static str, Vec<String>); 2] {
    let analysis = &policy.analysis;
    let here = analysis.ineffective_conditions.iter().filter(|found| found.statement == statement);
    let ineffective = here.filter_map(|found| {
        let condition = policy.policy.condition(found.statement, found.condition)?;
        let values = cut(&condition.values.join(", "), 80);
        Some(format!("{} {} = {values}: {}", condition.operator, condition.key, found.reason.text()))
    });
    let about = analysis.remarks.iter().filter(|remark| remark.statement.is_none_or(|at| at == statement));
    let related = about.filter(|remark| remark.kind != RemarkKind::WeakCondition).map(|remark| cut(&remark.text, 200));
    [
        ("ineffective_conditions", ineffective.take(SHOWN).map(|text| plain(&text)).collect()),
        ("related", related.take(SHOWN).map(|text| plain(&text)).collect()),
    ]
}

/// A statement by its position, counted from zero as in JSON, and its Sid.
pub(super) fn label(policy: &PolicyAnalysis, statement: usize) -> String {
    match policy.policy.sid(statement) {
        Some(sid) => format!("Statement[{statement}] {}", plain(&cut(sid, 60))),
        None => format!("Statement[{statement}]"),
    }
}

/// The violation with the corrected statement and how to apply it.
pub(super) fn with_correction(
    violation: Violation,
    policy: &PolicyAnalysis,
    context: &RuleContext<'_>,
    statement: usize,
    fix: Fix<'_>,
) -> Outcome {
    let corrected = corrected(&policy.policy, &policy.analysis, statement, &policy.owner, fix);
    let corrected = Some(corrected).filter(|statement| !statement.is_null());
    let label = label(policy, statement);
    let change = match (&corrected, fix) {
        (None, _) => format!("remove {label}"),
        (_, Fix::GrantsForAws) => format!("remove kms:CreateGrant from {label} and add the corrected statement"),
        _ => format!("replace {label} with the corrected statement"),
    };
    with_statement(violation, context, &change, corrected)
}

/// The violation with a change of the policy, and the statement to write if there is one.
pub(super) fn with_statement(
    violation: Violation,
    context: &RuleContext<'_>,
    change: &str,
    statement: Option<Json>,
) -> Outcome {
    let terraform = statement.as_ref().map(|statement| format!("\n{}", terraform(statement))).unwrap_or_default();
    let remediation = CHANGE_POLICY.fill(
        context,
        &[
            ("key", Value::Text(context.resource.arn.as_deref().unwrap_or("your-key-id"))),
            ("change", Value::Raw(change)),
            ("statement", Value::Raw(&terraform)),
        ],
    );
    let violation = violation.evidence("correction", change);
    let violation = match statement {
        None => violation,
        Some(statement) => violation.evidence("corrected_statement", statement),
    };
    violation.remediation(remediation)
}

/// A statement as a local value: Terraform reads the syntax of JSON, but expands templates (`${`, `%{`) in its strings.
fn terraform(statement: &Json) -> String {
    let json = serde_json::to_string_pretty(statement).unwrap_or_default();
    let json = json.replace("${", "$${").replace("%{", "%%{").replace('\n', "\n  ");
    format!("locals {{\n  corrected_statement = {json}\n}}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn policy_variables_stay_literal_in_terraform() {
        let statement = json!({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}});
        insta::assert_snapshot!(terraform(&statement), @r#"
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
