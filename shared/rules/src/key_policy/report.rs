//! From an analysis to what people read.

use super::judged::{Judged, judged};
use super::{Analysis, Exposure, Fix, corrected};
use crate::configuration::KmsKeyPolicy;
use crate::rule::{Case, Outcome, Remediation, Violation};
use crate::text::{cut, plain, shell};
use serde_json::{Value, json};

/// Why little can be said about a policy
pub(crate) const UNKNOWN_OWNER: &str = "the account that owns the key is not known";

/// So many exposures, conditions and remarks are spelled out; the rest are counted
const SHOWN: usize = 10;

/// How a rule tells its exposures
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    /// Completes "The policy of the key `x` …" for the worst exposure
    pub(crate) lets: fn(&Exposure) -> String,
    /// Why it matters, a sentence
    pub(crate) because: &'static str,
    /// What would settle it where it cannot be told
    pub(crate) unverified: fn(&Exposure) -> String,
    /// How the statement is put right
    pub(crate) fix: Fix<'a>,
}

/// The answer of a rule that looks at one list of exposures.
///
/// Where the earlier policy of the key is known, only what this one adds is reported.
pub(crate) fn answer(
    subject: &KmsKeyPolicy<'_>,
    case: &Case<'_>,
    list: fn(&Analysis) -> &Vec<Exposure>,
    words: Words<'_>,
) -> Outcome {
    let judged = match judged(subject, case) {
        Ok(judged) => judged,
        Err(outcome) => return outcome,
    };
    let all = list(&judged.analysis);
    let exposures = match &judged.earlier {
        Some(earlier) => list(&earlier.added),
        None => all,
    };
    let violations: Vec<&Exposure> = exposures.iter().filter(|exposure| !exposure.unverified).collect();
    let Some(worst) = violations.iter().copied().reduce(|a, b| if b.severity > a.severity { b } else { a }) else {
        return match (exposures.first(), &judged.earlier) {
            (Some(_), _) if !judged.owner.is_known() => Outcome::Unverified(UNKNOWN_OWNER.to_owned()),
            (Some(open), _) => Outcome::Unverified((words.unverified)(open)),
            (None, Some(earlier)) if !all.is_empty() => Outcome::NotApplicable(
                format!("the call adds nothing to what the policy of {} allowed already", plain(&earlier.since)).into(),
            ),
            (None, _) => Outcome::Compliant,
        };
    };
    let name = plain(case.name());
    let mut detail = format!("The policy of the key `{name}` {}", (words.lets)(worst));
    detail += &match violations.len() {
        1 => ".".to_owned(),
        2 => ", and one more.".to_owned(),
        n => format!(", and {} more.", n - 1),
    };
    detail += &format!(" {}", words.because);
    if let Some(earlier) = &judged.earlier {
        detail += &format!(" This is new since {}.", plain(&earlier.since));
    }
    let mut violation = Violation::new(detail);
    violation.severity = Some(worst.severity);
    for (n, exposure) in violations.iter().take(SHOWN).enumerate() {
        let text = format!("{}: {}", exposure.who, exposure.actions);
        violation = violation.seen(format!("{} ({})", label(judged, exposure.statement), n + 1), plain(&text));
    }
    if violations.len() > SHOWN {
        violation = violation.seen("further", violations.len() - SHOWN);
    }
    for (n, text) in unprotecting(judged, worst.statement).into_iter().take(SHOWN).enumerate() {
        violation = violation.seen(format!("does not protect ({})", n + 1), text);
    }
    for (n, text) in remarks(judged, worst.statement).into_iter().take(SHOWN).enumerate() {
        violation = violation.seen(format!("beside ({})", n + 1), text);
    }
    put_right(violation, judged, case, worst.statement, words.fix)
}

/// A statement as people look for it: by its place, counted from zero as in JSON, and its Sid
pub(crate) fn label(judged: &Judged, statement: usize) -> String {
    match judged.policy.sid(statement) {
        Some(sid) => format!("Statement[{statement}] {}", plain(&cut(sid, 60))),
        None => format!("Statement[{statement}]"),
    }
}

/// The conditions of the statement that were meant to protect, and why they do not
fn unprotecting(judged: &Judged, statement: usize) -> Vec<String> {
    let here = judged.analysis.ineffective_conditions.iter().filter(|it| it.statement == statement);
    here.filter_map(|it| {
        let condition = judged.policy.condition(statement, it.condition)?;
        let values = cut(&condition.values.join(", "), 80);
        Some(plain(&format!("{} {} = {values}: {}", condition.operator, condition.key, it.reason.text())))
    })
    .collect()
}

/// What else there is to know about the statement and the document
pub(crate) fn remarks(judged: &Judged, statement: usize) -> Vec<String> {
    let near = judged.analysis.remarks.iter().filter(|remark| remark.statement.is_none_or(|place| place == statement));
    let texts = near.filter(|remark| remark.kind != super::RemarkKind::WeakCondition);
    texts.map(|remark| plain(&cut(&remark.text, 200))).collect()
}

/// The violation with the corrected statement and the way to put it in force
pub(crate) fn put_right(
    violation: Violation,
    judged: &Judged,
    case: &Case<'_>,
    statement: usize,
    fix: Fix<'_>,
) -> Outcome {
    let fixed = corrected(&judged.policy, &judged.analysis, statement, &judged.owner, fix);
    let what = match (&fixed, fix) {
        (Value::Null, _) => format!("remove {}", label(judged, statement)),
        (_, Fix::GrantsForAws) => {
            format!("take kms:CreateGrant out of {} and add the statement below", label(judged, statement))
        }
        _ => format!("replace {} by the statement below", label(judged, statement)),
    };
    with_statement(violation, case, &what, fixed)
}

/// The violation with a statement to put into the policy
pub(crate) fn with_statement(violation: Violation, case: &Case<'_>, what: &str, statement: Value) -> Outcome {
    let name = plain(case.name());
    let key = case.change.resource.arn.as_deref().unwrap_or("your-key-id");
    let put = format!("kms put-key-policy --key-id {} --policy-name default --policy file://policy.json", shell(key));
    let mut terraform = format!("# in the policy of the aws_kms_key: {what}");
    if !statement.is_null() {
        terraform += &format!("\n{}", serde_json::to_string_pretty(&statement).unwrap_or_default());
    }
    let remediation = Remediation {
        cli: case.aws(&put),
        terraform,
        console: format!("Key Management Service > Customer managed keys > {name} > Key policy > Edit: {what}"),
    };
    let violation = match statement {
        Value::Null => violation.seen("correction", json!(what)),
        statement => violation.seen("correction", json!(what)).seen("corrected statement", statement),
    };
    violation.fixed_by(remediation)
}
