//! What a scan could not see, each kind once: a denied call, a Region that is not enabled, throttling.

use std::collections::BTreeMap;

use sealwatch_rules::configuration::key::Scope;
use sealwatch_rules::{Outcome, Text, text};

use crate::scan::problem::Problem;

/// Something that a scan could not see in one account and Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The call: `kms:GetKeyPolicy`; empty if it is about the whole Region.
    pub action: &'static str,
    /// Why it has no answer.
    pub problem: Problem,
    /// How many resources it is about; 0 for a list.
    pub resources: usize,
    /// The first of them.
    pub first: String,
}

/// The gaps of a scan, by call and what happened to it. Why a call failed is kept once: a reason may name the resource.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Gaps(BTreeMap<(&'static str, String), Gap>);

impl Gaps {
    /// Adds one, or counts another resource of one that is known.
    pub(super) fn add(&mut self, scope: Scope<'_>, action: &'static str, problem: &Problem, of: &str) {
        let action = if *problem == Problem::Disabled { "" } else { action };
        let gap = self.0.entry((action, happened(problem).into())).or_insert_with(|| Gap {
            account: scope.account.to_owned(),
            region: scope.region.to_owned(),
            action,
            problem: problem.clone(),
            resources: 0,
            first: of.to_owned(),
        });
        gap.resources += usize::from(!of.is_empty());
    }

    /// All gaps, sorted by call.
    pub fn iter(&self) -> impl Iterator<Item = &Gap> {
        self.0.values()
    }

    /// True if an outcome is unverified because of one of them.
    pub(super) fn explain(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Unverified(why) => self.0.values().any(|gap| why.contains(&*called(gap.action, &gap.problem))),
            _ => false,
        }
    }
}

impl Gap {
    /// What is not known, and what to do.
    pub fn in_words(&self) -> Text {
        let Gap { account, region, action, problem, resources, first } = self;
        let place = format!("{account} {region}");
        let of = match (resources, first.is_empty()) {
            (_, true) => Text::literal("its resources were not scanned"),
            (1, _) => text!("so `{resource}` is not scanned completely", resource = first),
            (count, _) => text!(
                "so {count} resources are not scanned completely, the first is `{resource}`",
                count = *count,
                resource = first
            ),
        };
        match problem {
            Problem::Disabled => text!(
                "{place}: the account has not enabled this Region, or its credentials are not valid there: enable the Region, or \
                 leave it out",
                place
            ),
            Problem::Denied if action.starts_with("kms:") => text!(
                "{place}: `{action}` was denied, {of}: allow it in the policy of the caller and, for a key, in the key policy; \
                 `sealwatch scan --print-policy` prints all permissions",
                place,
                action,
                of
            ),
            Problem::Denied => text!(
                "{place}: `{action}` was denied, {of}: allow it in the policy of the caller; `sealwatch scan --print-policy` \
                 prints all permissions",
                place,
                action,
                of
            ),
            Problem::Throttled => text!(
                "{place}: `{action}` was throttled again and again, {of}: scan again when the account makes fewer calls, or raise \
                 its quota",
                place,
                action,
                of
            ),
            Problem::NotFound => text!("{place}: `{action}` found nothing, {of}: scan again", place, action, of),
            Problem::NotOffered => text!("{place}: `{action}` is not offered there", place, action),
            Problem::Failed(why) => {
                text!("{place}: `{action}` failed, {of}: {why}: scan again", place, action, of, why)
            }
        }
    }
}

/// The reason of an unverified outcome. What is in another account is no gap of the scan, and reads otherwise than one.
pub(super) fn reason(action: &str, problem: &Problem, arn: &str, is_own: bool) -> Text {
    let reason = match is_own {
        true => text!("{called} for `{arn}`", called = called(action, problem), arn),
        false => {
            let happened = happened(problem);
            text!("`{call}` for `{arn}` in another account {happened}", call = action, arn, happened)
        }
    };
    match problem {
        Problem::Failed(why) => text!("{reason}: {why}", reason, why),
        _ => reason,
    }
}

/// A call and what happened to it.
fn called(action: &str, problem: &Problem) -> Text {
    match problem {
        Problem::Disabled => Text::literal("the Region is not enabled"),
        _ => text!("`{call}` {happened}", call = action, happened = happened(problem)),
    }
}

/// What happened to a call.
fn happened(problem: &Problem) -> Text {
    match problem {
        Problem::Denied => Text::literal("was denied"),
        Problem::NotFound => Text::literal("found nothing"),
        Problem::Disabled => Text::literal("was rejected: the Region is not enabled"),
        Problem::NotOffered => Text::literal("is not offered in the Region"),
        Problem::Throttled => Text::literal("was throttled"),
        Problem::Failed(_) => Text::literal("failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_named_once_with_the_remedy() {
        let scope = Scope { partition: "aws", region: "eu-west-1", account: "111122223333" };
        let mut gaps = Gaps::default();
        for key in ["arn:aws:kms:eu-west-1:111122223333:key/a", "arn:aws:kms:eu-west-1:111122223333:key/b"] {
            gaps.add(scope, "kms:GetKeyPolicy", &Problem::Denied, key);
        }
        gaps.add(scope, "kafka:ListClustersV2", &Problem::Disabled, "");
        gaps.add(scope, "kinesis:ListStreams", &Problem::Disabled, "");
        gaps.add(scope, "firehose:ListDeliveryStreams", &Problem::Throttled, "");
        let words: Vec<Text> = gaps.iter().map(Gap::in_words).collect();
        let [disabled, throttled, denied] = words.as_slice() else { panic!("{words:#?}") };
        assert!(disabled.contains("has not enabled this Region") && disabled.contains("leave it out"), "{disabled}");
        assert!(throttled.contains("`firehose:ListDeliveryStreams` was throttled"), "{throttled}");
        assert!(
            throttled.contains("its resources were not scanned") && throttled.contains("raise its quota"),
            "{throttled}"
        );
        assert!(denied.contains("so 2 resources are not scanned completely") && denied.contains("key/a"), "{denied}");
        assert!(denied.contains("and, for a key, in the key policy") && denied.contains("--print-policy"), "{denied}");
        let denied =
            Outcome::unverified(reason("kms:GetKeyPolicy", &Problem::Denied, "arn:aws:kms:eu-west-1:1:key/a", true));
        assert!(gaps.explain(&denied));
        let other =
            Outcome::unverified(reason("kms:GetKeyPolicy", &Problem::Denied, "arn:aws:kms:eu-west-1:9:key/a", false));
        assert!(!gaps.explain(&other), "a key of another account is no gap");
    }
}
