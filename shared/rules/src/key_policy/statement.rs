//! Whether a statement applies to the resource, and why it has no effect.

use super::action::Actions;
use super::document::{Context, Statement};
use super::owner::Owner;
use super::service::Service;
use crate::aws::arn::Arn;
use crate::language::Text;
use crate::util::wildcard;

/// True if the resource is this one.
///
/// In a key policy the resource is `*` or a pattern over key ARNs. A statement without `Resource` has no effect, although
/// KMS accepts it. For other services nothing says that it has none. In doubt an Allow applies and a Deny does not.
///
/// Source: KMS developer guide, "Key policy overview".
pub(super) fn applies_to_resource(statement: &Statement, context: Context<'_>) -> bool {
    if has_no_resource(statement) {
        return context.service != Service::Kms && statement.is_allow();
    }
    selects(statement, context, |pattern, in_doubt| matches_resource(pattern, in_doubt, context))
}

fn has_no_resource(statement: &Statement) -> bool {
    statement.resource.is_none() && statement.not_resource.is_none()
}

/// True if `Resource` names something that matches, or `NotResource` nothing. In doubt an Allow does and a Deny does not.
fn selects(statement: &Statement, context: Context<'_>, matches: impl Fn(&str, bool) -> bool) -> bool {
    let allow = statement.is_allow();
    let any = |patterns: &[String], in_doubt| {
        patterns.iter().any(|pattern| match pattern.as_str() {
            "*" => true,
            pattern if context.variables && pattern.contains("${") => in_doubt,
            pattern => matches(pattern, in_doubt),
        })
    };
    statement.resource.as_deref().is_some_and(|patterns| any(patterns, allow))
        || statement.not_resource.as_deref().is_some_and(|patterns| !any(patterns, !allow))
}

/// True if the pattern matches the resource; `in_doubt` if that cannot be determined.
fn matches_resource(pattern: &str, in_doubt: bool, context: Context<'_>) -> bool {
    let Owner { account, region, partition, resource } = context.owner;
    let service = context.service.in_arns();
    if let Some(resource) = resource {
        let inside = |(kind, _)| matches_inside(kind, pattern, in_doubt, resource);
        return wildcard::matches(pattern, resource)
            || context.service == Service::CloudTrail && in_doubt && matches_dashboards(pattern, resource)
            || context.service == Service::Msk && IN_CLUSTERS.into_iter().any(inside);
    }
    if region.is_empty() || !context.owner.is_known() || context.service != Service::Kms {
        return in_doubt && wildcard::may_match_prefix(pattern, &format!("arn:{partition}:{service}:"));
    }
    let prefix = format!("arn:{partition}:kms:{region}:{account}:key/");
    // The pattern ends in `*` and matches an arbitrary id: it matches every key.
    let every_key = pattern.ends_with('*') && wildcard::matches(pattern, &format!("{prefix}\u{1}"));
    every_key || in_doubt && wildcard::may_match_prefix(pattern, &prefix)
}

/// What an MSK cluster holds that has ARNs of its own, `arn:aws:kafka:REGION:ACCOUNT:topic/CLUSTER/UUID/TOPIC`, and the
/// operations on it.
///
/// <https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html>
const IN_CLUSTERS: [(&str, &[&str]); 3] = [
    ("topic", &["kafka-cluster:*Topic*", "kafka-cluster:ReadData", "kafka-cluster:WriteData", "kafka:*Topic*"]),
    ("group", &["kafka-cluster:*Group"]),
    ("transactional-id", &["kafka-cluster:*TransactionalId"]),
];

/// True if the pattern matches what the cluster holds of this kind: something of it if `in_doubt`, or else all of it.
fn matches_inside(kind: &str, pattern: &str, in_doubt: bool, cluster: &str) -> bool {
    let Some((start, cluster)) = cluster.split_once(":cluster/") else { return false };
    let name = cluster.split('/').next().unwrap_or_default();
    match in_doubt {
        // AWS's own example leaves the UUID out: `topic/CLUSTER/*`.
        true => wildcard::may_match_prefix(pattern, &format!("{start}:{kind}/{name}/")),
        false => pattern.ends_with('*') && wildcard::matches(pattern, &format!("{start}:{kind}/{cluster}/\u{1}")),
    }
}

/// True if the pattern may match a dashboard, in the policy of an event data store: AWS's own example of a statement for
/// `StartQuery` names dashboards there.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/security_iam_resource-based-policy-examples.html>
fn matches_dashboards(pattern: &str, resource: &str) -> bool {
    let store = resource.split_once(":eventdatastore/");
    store.is_some_and(|(start, _)| wildcard::may_match_prefix(pattern, &format!("{start}:dashboard/")))
}

/// The operations of a statement on the resources that it names, if the operations of a service depend on that.
pub(super) fn actions_on_resources(statement: &Statement, context: Context<'_>) -> Actions {
    match (context.service, context.owner.resource.as_deref()) {
        (Service::CloudTrail, Some(resource)) => statement.actions.and(on_cloudtrail(resource)),
        (Service::Msk, Some(cluster)) if !has_no_resource(statement) => on_clusters(statement, cluster, context),
        _ => statement.actions,
    }
}

/// The operations on an event data store, dashboard or channel: each has others.
fn on_cloudtrail(resource: &str) -> Actions {
    let matching = |patterns: &[&str]| Actions::matching(patterns, Service::CloudTrail);
    let (dashboard, channel) = (matching(&["cloudtrail:StartDashboardRefresh"]), matching(&["cloudtrail-data:*"]));
    match Arn::parse(resource).and_then(|arn| arn.resource.split_once('/')) {
        Some(("channel", _)) => channel,
        Some(("dashboard", _)) => dashboard,
        Some(("eventdatastore", _)) => Actions::of_service(Service::CloudTrail).without(dashboard).without(channel),
        _ => Actions::ALL,
    }
}

/// The operations of a statement on the resources that it names, in the policy of an MSK cluster.
///
/// Every other operation of a Kafka client needs `Connect`, which is one on the cluster: a Deny of that one denies all.
/// <https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html>
fn on_clusters(statement: &Statement, cluster: &str, context: Context<'_>) -> Actions {
    let matching = |patterns: &[&str]| Actions::matching(patterns, Service::Msk);
    let mut actions = Actions::NONE;
    if selects(statement, context, |pattern, _| wildcard::matches(pattern, cluster)) {
        actions = statement.actions.without(matching(&["kafka-cluster:*"])).or(statement.actions.and(on_cluster()));
        if statement.is_deny() && statement.actions.contains("kafka-cluster:Connect") {
            return actions.or(matching(&["kafka-cluster:*"]));
        }
    }
    for (kind, patterns) in IN_CLUSTERS {
        if selects(statement, context, |pattern, in_doubt| matches_inside(kind, pattern, in_doubt, cluster)) {
            actions = actions.or(statement.actions.and(matching(patterns)));
        }
    }
    actions
}

/// The operations of Kafka clients on the cluster itself.
fn on_cluster() -> Actions {
    let inside = IN_CLUSTERS.map(|(_, patterns)| Actions::matching(patterns, Service::Msk));
    inside.into_iter().fold(Actions::matching(&["kafka-cluster:*"], Service::Msk), Actions::without)
}

/// Why a statement has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoEffect {
    Effect,
    Principal,
    Action,
    Resource,
    AnotherKey,
    AnotherResource,
    ActionsOnKey,
    ActionsOnResource,
}

impl NoEffect {
    /// A clause about the statement.
    pub(super) fn text(self) -> Text {
        match self {
            Self::Effect => Text::literal("its `Effect` is neither `Allow` nor `Deny`"),
            Self::Principal => Text::literal("it has no `Principal`"),
            Self::Action => Text::literal("it has no `Action`"),
            Self::Resource => Text::literal("it has no `Resource`; write `\"Resource\": \"*\"`"),
            Self::AnotherKey => Text::literal("its `Resource` is not this key; write `\"Resource\": \"*\"`"),
            Self::AnotherResource => Text::literal("its `Resource` is not the one that the policy belongs to"),
            Self::ActionsOnKey => Text::literal("none of its actions can be allowed or denied by a key policy"),
            Self::ActionsOnResource => Text::literal("none of its actions can be called on its `Resource`"),
        }
    }
}

/// Why the statement has no effect, whatever its principals; `None` if it has an effect.
pub(super) fn no_effect_reason(statement: &Statement, context: Context<'_>) -> Option<NoEffect> {
    let of_key = context.service == Service::Kms;
    if statement.effect.is_none() {
        return Some(NoEffect::Effect);
    }
    if statement.principal.is_none() && statement.not_principal.is_none() {
        return Some(NoEffect::Principal);
    }
    if statement.action.is_none() && statement.not_action.is_none() {
        return Some(NoEffect::Action);
    }
    if has_no_resource(statement) && of_key {
        return Some(NoEffect::Resource);
    }
    if !applies_to_resource(statement, context) {
        return Some(if of_key { NoEffect::AnotherKey } else { NoEffect::AnotherResource });
    }
    statement.actions.is_empty().then_some(if of_key { NoEffect::ActionsOnKey } else { NoEffect::ActionsOnResource })
}

#[cfg(test)]
mod tests {
    use super::super::document::Policy;
    use super::super::owner::{Owner, Trust};
    use super::*;

    /// The operations of a statement with these members, in the policy of the cluster `orders`.
    fn operations(members: &str) -> String {
        let owner = Owner {
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            partition: "aws".to_owned(),
            resource: Some("arn:aws:kafka:eu-west-1:111122223333:cluster/orders/0a1b-2".to_owned()),
        };
        let text = format!(r#"{{"Statement":{{"Principal":"*",{members}}}}}"#);
        let (policy, trust) = (Policy::parse_for(Service::Msk, &text).unwrap(), Trust::default());
        let statement = policy.statements.first().unwrap();
        let actions = actions_on_resources(statement, policy.context(&owner, &trust));
        actions.to_string()
    }

    #[test]
    fn operations_belong_to_the_cluster_or_to_what_it_holds() {
        let allow = |resource: &str| {
            operations(&format!(
                r#""Effect":"Allow","Action":["kafka-cluster:Connect","kafka-cluster:ReadData","kafka-cluster:DescribeGroup","kafka:GetBootstrapBrokers"],"Resource":"arn:aws:kafka:eu-west-1:111122223333:{resource}""#
            ))
        };
        assert_eq!(allow("cluster/orders/0a1b-2"), "kafka-cluster:Connect, kafka:GetBootstrapBrokers");
        assert_eq!(allow("topic/orders/*"), "kafka-cluster:ReadData");
        assert_eq!(allow("topic/orders/0a1b-2/eu-*"), "kafka-cluster:ReadData");
        assert_eq!(allow("group/*"), "kafka-cluster:DescribeGroup");
        assert_eq!(allow("topic/other/*"), "");
        assert_eq!(allow("cluster/other/*"), "");
        assert_eq!(
            allow("*"),
            "kafka-cluster:ReadData, kafka-cluster:Connect, kafka-cluster:DescribeGroup, kafka:GetBootstrapBrokers"
        );
    }

    #[test]
    fn without_a_resource_a_statement_is_for_all_operations() {
        for effect in ["Allow", "Deny"] {
            let members =
                format!(r#""Effect":"{effect}","Action":["kafka-cluster:ReadData","kafka:GetBootstrapBrokers"]"#);
            assert_eq!(operations(&members), "kafka-cluster:ReadData, kafka:GetBootstrapBrokers", "{effect}");
        }
    }

    #[test]
    fn a_deny_takes_what_all_its_resources_hold_and_with_connect_everything() {
        let deny = |action: &str, resource: &str| {
            operations(&format!(
                r#""Effect":"Deny","Action":"{action}","Resource":"arn:aws:kafka:eu-west-1:111122223333:{resource}""#
            ))
        };
        assert_eq!(
            deny("kafka-cluster:*Data", "topic/orders/0a1b-2/*"),
            "kafka-cluster:ReadData, kafka-cluster:WriteData"
        );
        assert_eq!(deny("kafka-cluster:*Data", "topic/orders/0a1b-2/eu-*"), "");
        assert_eq!(deny("kafka-cluster:*Data", "cluster/orders/0a1b-2"), "", "they are operations on topics");
        assert_eq!(deny("*", "cluster/orders/*"), "kafka:*, kafka-cluster:*");
        assert_eq!(deny("kafka-cluster:Connect", "cluster/orders/0a1b-2").split(", ").count(), 4);
    }
}
