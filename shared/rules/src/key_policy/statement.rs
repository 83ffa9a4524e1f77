//! What a statement reaches, and why it reaches nothing

use super::Owner;
use super::action::Actions;
use super::condition::Context;
use super::document::{Effect, Statement};
use super::glob;

/// The operations, none for a statement without `Action` and `NotAction`
pub(super) fn actions(statement: &Statement) -> Actions {
    let listed = statement.action.as_deref().map_or(Actions::NONE, Actions::covered_by);
    let others = statement
        .not_action
        .as_deref()
        .map_or(Actions::NONE, |patterns| Actions::ALL.without(Actions::covered_by(patterns)));
    listed.or(others)
}

/// Whether the resource is this key.
///
/// In a key policy that is `*`, or a pattern over key ARNs. A statement without `Resource` has no effect, although KMS
/// accepts it. In doubt an Allow reaches the key and a Deny does not.
///
/// Source: KMS developer guide, "Key policy overview".
pub(super) fn reaches_key(statement: &Statement, context: Context<'_>) -> bool {
    let allow = statement.effect == Some(Effect::Allow);
    let covers = |pattern: &String| pattern == "*" || covers_key(pattern, allow, context);
    let listed = statement.resource.as_ref().is_some_and(|patterns| patterns.iter().any(covers));
    let others = statement.not_resource.as_ref().is_some_and(|patterns| {
        let spares = |pattern: &String| pattern == "*" || covers_key(pattern, !allow, context);
        !patterns.iter().any(spares)
    });
    listed || others
}

/// Whether the pattern covers the key, and what to say where that cannot be told
fn covers_key(pattern: &str, in_doubt: bool, context: Context<'_>) -> bool {
    if context.variables && pattern.contains("${") {
        return in_doubt;
    }
    let Owner { account, region, partition, key } = context.owner;
    if let Some(key) = key {
        return glob::matches_exactly(pattern, key);
    }
    if region.is_empty() || !context.owner.is_known() {
        return in_doubt && glob::may_match_beginning(pattern, &format!("arn:{partition}:kms:"));
    }
    let start = format!("arn:{partition}:kms:{region}:{account}:key/");
    // A `*` at the end that reaches past the start covers every key.
    let every_key = pattern.ends_with('*') && glob::matches_exactly(pattern, &format!("{start}\u{1}"));
    every_key || in_doubt && glob::may_match_beginning(pattern, &start)
}

/// Why the statement has no effect, whatever its principals
pub(super) fn inert(statement: &Statement, context: Context<'_>) -> Option<&'static str> {
    if statement.effect.is_none() {
        return Some("its `Effect` is neither `Allow` nor `Deny`");
    }
    if statement.principal.is_none() && statement.not_principal.is_none() {
        return Some("it has no `Principal`");
    }
    if statement.action.is_none() && statement.not_action.is_none() {
        return Some("it has no `Action`");
    }
    if statement.resource.is_none() && statement.not_resource.is_none() {
        return Some("it has no `Resource`; write `\"Resource\": \"*\"`");
    }
    if !reaches_key(statement, context) {
        return Some("its `Resource` is not this key; write `\"Resource\": \"*\"`");
    }
    statement.actions.is_empty().then_some("none of its actions can be allowed or denied by a key policy")
}
