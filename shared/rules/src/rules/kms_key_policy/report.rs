//! From an analysis to what people read.

use serde_json::{Value, json};

use crate::engine::context::RuleContext;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::key_policy::{Analysis, Exposure, Fix, RemarkKind, corrected};
use crate::rules::kms_key_policy::analysis::{PolicyAnalysis, Subject};
use crate::util::text::{cut, plain, shell};

/// Why a policy cannot be evaluated.
pub(crate) const UNKNOWN_OWNER: &str = "the account that owns the key is not known";

/// The number of exposures, conditions and remarks that are spelled out; the rest are counted.
const SHOWN: usize = 10;

/// How a rule words its exposures.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    /// Completes "The policy of the key `x` …" for the worst exposure.
    pub(crate) lets: fn(&Exposure) -> String,
    /// Why it matters: a sentence.
    pub(crate) because: &'static str,
    /// Why an exposure is unverified.
    pub(crate) unverified: fn(&Exposure) -> String,
    /// How the statement is corrected.
    pub(crate) fix: Fix<'a>,
}

/// The answer of a rule that looks at one list of exposures.
///
/// If the earlier policy of the key is known, only what this one adds is reported.
pub(crate) fn answer(
    subject: &Subject,
    context: &RuleContext<'_>,
    list: fn(&Analysis) -> &Vec<Exposure>,
    words: Words<'_>,
) -> Outcome {
    let policy = match subject.analysis(context) {
        Ok(policy) => policy,
        Err(outcome) => return outcome,
    };
    let all = list(&policy.analysis);
    let exposures = match &policy.earlier {
        Some(earlier) => list(&earlier.added),
        None => all,
    };
    let violations: Vec<&Exposure> = exposures.iter().filter(|exposure| !exposure.unverified).collect();
    let Some(worst) = violations.iter().copied().reduce(|a, b| if b.severity > a.severity { b } else { a }) else {
        return match (exposures.first(), &policy.earlier) {
            (Some(_), _) if !policy.owner.is_known() => Outcome::Unverified(UNKNOWN_OWNER.to_owned()),
            (Some(unverified), _) => Outcome::Unverified((words.unverified)(unverified)),
            (None, Some(earlier)) if !all.is_empty() => Outcome::NotApplicable(
                format!("the call adds nothing to what the policy of {} allowed already", plain(&earlier.since)).into(),
            ),
            (None, _) => Outcome::Compliant,
        };
    };
    let name = plain(context.name());
    let mut detail = format!("The policy of the key `{name}` {}", (words.lets)(worst));
    detail += &match violations.len() {
        1 => ".".to_owned(),
        2 => ", and one more.".to_owned(),
        n => format!(", and {} more.", n - 1),
    };
    detail += &format!(" {}", words.because);
    if let Some(earlier) = &policy.earlier {
        detail += &format!(" This is new since {}.", plain(&earlier.since));
    }
    let mut violation = Violation::new(detail);
    violation.severity = Some(worst.severity);
    violation = violation.evidence("statement", label(policy, worst.statement));
    let shown = violations.iter().take(SHOWN).map(|exposure| match exposure.statement == worst.statement {
        true => plain(&format!("{}: {}", exposure.who, exposure.actions)),
        false => plain(&format!("{}: {}: {}", label(policy, exposure.statement), exposure.who, exposure.actions)),
    });
    violation = violation.evidence("exposures", shown.collect::<Vec<_>>());
    if violations.len() > SHOWN {
        violation = violation.evidence("more_exposures", violations.len() - SHOWN);
    }
    let analysis = &policy.analysis;
    let here = analysis.ineffective_conditions.iter().filter(|found| found.statement == worst.statement);
    let ineffective = here.filter_map(|found| {
        let condition = policy.policy.condition(found.statement, found.condition)?;
        let values = cut(&condition.values.join(", "), 80);
        Some(format!("{} {} = {values}: {}", condition.operator, condition.key, found.reason.text()))
    });
    let about = analysis.remarks.iter().filter(|remark| remark.statement.is_none_or(|at| at == worst.statement));
    let related = about.filter(|remark| remark.kind != RemarkKind::WeakCondition).map(|remark| cut(&remark.text, 200));
    let lists: [(_, Vec<String>); 2] =
        [("ineffective_conditions", ineffective.take(SHOWN).collect()), ("related", related.take(SHOWN).collect())];
    for (name, texts) in lists {
        if !texts.is_empty() {
            let texts: Vec<String> = texts.iter().map(|text| plain(text)).collect();
            violation = violation.evidence(name, texts);
        }
    }
    with_correction(violation, policy, context, worst.statement, words.fix)
}

/// A statement as people look for it: by its position, counted from zero as in JSON, and its Sid.
pub(crate) fn label(policy: &PolicyAnalysis, statement: usize) -> String {
    match policy.policy.sid(statement) {
        Some(sid) => format!("Statement[{statement}] {}", plain(&cut(sid, 60))),
        None => format!("Statement[{statement}]"),
    }
}

/// The violation with the corrected statement and the way to put it in force.
pub(crate) fn with_correction(
    violation: Violation,
    policy: &PolicyAnalysis,
    context: &RuleContext<'_>,
    statement: usize,
    fix: Fix<'_>,
) -> Outcome {
    let corrected = corrected(&policy.policy, &policy.analysis, statement, &policy.owner, fix);
    let corrected = Some(corrected).filter(|statement| !statement.is_null());
    let label = label(policy, statement);
    let what = match (&corrected, fix) {
        (None, _) => format!("remove {label}"),
        (_, Fix::GrantsForAws) => format!("take kms:CreateGrant out of {label} and add the statement below"),
        _ => format!("replace {label} by the statement below"),
    };
    with_statement(violation, context, &what, corrected)
}

/// The violation with a statement to put into the policy.
pub(crate) fn with_statement(
    violation: Violation,
    context: &RuleContext<'_>,
    what: &str,
    statement: Option<Value>,
) -> Outcome {
    let name = plain(context.name());
    let key = context.resource.arn.as_deref().unwrap_or("your-key-id");
    let put = format!("kms put-key-policy --key-id {} --policy-name default --policy file://policy.json", shell(key));
    let mut terraform = format!("# in the policy of the aws_kms_key: {what}");
    if let Some(statement) = &statement {
        terraform += &format!("\n{}", serde_json::to_string_pretty(statement).unwrap_or_default());
    }
    let remediation = Remediation {
        cli: context.aws(&put),
        terraform,
        console: format!("Key Management Service > Customer managed keys > {name} > Key policy > Edit: {what}"),
    };
    let violation = violation.evidence("correction", json!(what));
    let violation = match statement {
        None => violation,
        Some(statement) => violation.evidence("corrected_statement", statement),
    };
    violation.remediation(remediation)
}
