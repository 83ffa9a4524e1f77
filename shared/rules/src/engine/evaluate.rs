//! From a change to the findings of its detector's rules.

use crate::configuration::unresolved::Unresolved;
use crate::engine::change::Change;
use crate::engine::context::RuleContext;
use crate::engine::facts::Facts;
use crate::engine::finding::Finding;
use crate::engine::lookup::{DESCRIBE_KEY, LIST_ACCOUNTS, Lookup, ORGANIZATION};
use crate::engine::outcome::Outcome;
use crate::engine::rule::Phase;
use crate::language::text;
use crate::settings::Settings;
use crate::util::time;

/// Evaluates a change by every rule of its detector that the settings do not disable: one finding per rule.
pub fn evaluate<'a>(change: &'a Change<'a>, facts: &'a Facts, settings: &'a Settings) -> Vec<Finding<'a>> {
    evaluate_phase(change, Phase::All, facts, settings)
}

/// Evaluates a change by the rules of one phase.
pub fn evaluate_phase<'a>(
    change: &'a Change<'a>,
    phase: Phase,
    facts: &'a Facts,
    settings: &'a Settings,
) -> Vec<Finding<'a>> {
    let context = context(change, facts, settings);
    let resolved = change.configuration.resolve(&context);
    let configuration = resolved.as_deref().unwrap_or(&*change.configuration);
    let rules = change.detector.rules.iter().filter(|rule| phase.includes(rule.phase, change.settles()));
    // what a call says immediately is about the keys as they were then
    let at_the_call = context.at_the_call();
    let evaluated = rules.filter(|rule| settings.enabled(rule.id)).map(|rule| {
        let context = if rule.phase == Phase::Immediate { &at_the_call } else { &context };
        let outcome = match &change.owner {
            None => rule.check.evaluate(configuration, context),
            Some(owner) => callers_copy(owner),
        };
        let finding = Finding::new(rule, outcome, change, context, configuration.secrets());
        Finding { not_found: configuration.unresolved() == Some(&Unresolved::Deleted), ..finding }
    });
    evaluated.collect()
}

/// The outcome for a record that only says that a caller changed a resource of the account `owner`.
fn callers_copy(owner: &str) -> Outcome {
    Outcome::NotApplicable(text!(
        "the resource belongs to the account {owner}: its own record of the call is evaluated, not this copy for the caller",
        owner
    ))
}

/// The look-ups that the rules of a phase require for a change and whose results are not among the facts. Each key occurs
/// once, by its full ARN.
///
/// A result can require further look-ups, for example of the key that a described stream names. So callers repeat this
/// until nothing is pending.
pub fn pending_lookups(change: &Change<'_>, facts: &Facts, settings: &Settings, phase: Phase) -> Vec<Lookup> {
    if change.is_callers_copy() {
        return Vec::new();
    }
    let context = context(change, facts, settings);
    let resolved = change.configuration.resolve(&context);
    let configuration = resolved.as_deref().unwrap_or(&*change.configuration);
    let mut lookups = Vec::new();
    let too_early = phase == Phase::Immediate && change.settles();
    if let Some(resource) = change.resource.identity() {
        lookups.extend(match too_early {
            true => configuration.immediate_lookups(resource),
            false => configuration.lookups(resource, facts),
        });
    }
    let keys = configuration.keys().into_iter().filter(|key| !key.is_aws_managed_alias());
    lookups.extend(keys.filter_map(|key| Some(Lookup::new(DESCRIBE_KEY, key.arn.as_deref()?))));
    if settings.keys.trusts_organization && configuration.depends_on_organization(&context) {
        lookups.push(Lookup::new(LIST_ACCOUNTS, ORGANIZATION));
    }
    lookups.retain(|lookup| !facts.contains(lookup));
    lookups.sort();
    lookups.dedup();
    lookups
}

/// The status of a resource if the facts show that AWS is still working on it, so that a re-check makes sense.
pub fn in_progress(change: &Change<'_>, facts: &Facts, settings: &Settings) -> Option<String> {
    let resolved = change.configuration.resolve(&context(change, facts, settings))?;
    match resolved.unresolved() {
        Some(Unresolved::InProgress(status)) => Some(status.clone()),
        _ => None,
    }
}

fn context<'a>(change: &'a Change<'_>, facts: &'a Facts, settings: &'a Settings) -> RuleContext<'a> {
    let at = if facts.timeline.is_empty() { None } else { time::record_time(&change.event.time) };
    let settle = if change.settles() { settings.keys.settle } else { 0 };
    RuleContext {
        seen: change.seen,
        event: &change.event,
        resource: &change.resource,
        scope: change.scope,
        facts,
        settings,
        times: at.map(|at| at..=at.saturating_add_unsigned(settle)),
    }
}
