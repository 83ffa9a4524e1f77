//! Whether a statement applies to the key, and why it has no effect.

use super::document::{Context, Statement};
use super::owner::Owner;
use crate::util::wildcard;

/// True if the resource is this key.
///
/// In a key policy the resource is `*` or a pattern over key ARNs. A statement without `Resource` has no effect, although
/// KMS accepts it. In doubt an Allow applies to the key and a Deny does not.
///
/// Source: KMS developer guide, "Key policy overview".
pub(super) fn applies_to_key(statement: &Statement, context: Context<'_>) -> bool {
    let allow = statement.is_allow();
    let matches = |pattern: &String| pattern == "*" || matches_key(pattern, allow, context);
    let listed = statement.resource.as_ref().is_some_and(|patterns| patterns.iter().any(matches));
    let others = statement.not_resource.as_ref().is_some_and(|patterns| {
        let excludes = |pattern: &String| pattern == "*" || matches_key(pattern, !allow, context);
        !patterns.iter().any(excludes)
    });
    listed || others
}

/// True if the pattern matches the key; `in_doubt` if that cannot be determined.
fn matches_key(pattern: &str, in_doubt: bool, context: Context<'_>) -> bool {
    if context.variables && pattern.contains("${") {
        return in_doubt;
    }
    let Owner { account, region, partition, key } = context.owner;
    if let Some(key) = key {
        return wildcard::matches(pattern, key);
    }
    if region.is_empty() || !context.owner.is_known() {
        return in_doubt && wildcard::may_match_prefix(pattern, &format!("arn:{partition}:kms:"));
    }
    let prefix = format!("arn:{partition}:kms:{region}:{account}:key/");
    // The pattern ends in `*` and matches an arbitrary id: it matches every key.
    let every_key = pattern.ends_with('*') && wildcard::matches(pattern, &format!("{prefix}\u{1}"));
    every_key || in_doubt && wildcard::may_match_prefix(pattern, &prefix)
}

/// Why the statement has no effect, whatever its principals; `None` if it has an effect.
pub(super) fn no_effect_reason(statement: &Statement, context: Context<'_>) -> Option<&'static str> {
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
    if !applies_to_key(statement, context) {
        return Some("its `Resource` is not this key; write `\"Resource\": \"*\"`");
    }
    statement.actions.is_empty().then_some("none of its actions can be allowed or denied by a key policy")
}
