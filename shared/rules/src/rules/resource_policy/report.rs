//! From the analysis of a policy to the outcome of a rule.

use crate::engine::context::RuleContext;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::Rule;
use crate::key_policy::{Analysis, Exposure, Fix, RemarkKind};
use crate::language::{Text, text, words};
use crate::rules::resource_policy::analysis::{Earlier, Kind, PolicyAnalysis};
use crate::rules::resource_policy::correction::with_corrections;
use crate::util::severity::Severity;
use crate::util::text::cut;

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
    let list = Text::literal(", ").join(names);
    match last {
        None => text!("{list} and {more} more", list, more),
        Some(last) if list.is_empty() => last,
        Some(last) => text!("{list} and {last}", list, last),
    }
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
            false => text!("{label}: {admitted}", label = policy.label(exposure.statement), admitted),
        }
    });
    violation =
        violation.evidence("statement", policy.label(worst.statement)).evidence_texts("exposures", shown.collect());
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
    text!(" Rated {severity}: {why}.", severity = words::severity(severity), why = why())
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
