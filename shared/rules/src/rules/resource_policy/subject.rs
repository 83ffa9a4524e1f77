//! A call that sets the policy of an event data store, stream or cluster, and the analysis of that policy.

use std::sync::OnceLock;

use crate::cloudtrail::field::Field;
use crate::configuration::resource_policy::ResourcePolicy;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::outcome::Outcome;
use crate::rules::resource_policy::analysis::{Kind, PolicyAnalysis, analyze_text, owner};

/// What the rules evaluate: the policy, and the analysis that they share.
#[derive(Debug)]
pub(crate) struct PolicySubject {
    policy: ResourcePolicy,
    kind: &'static Kind,
    /// Computed for the first rule that needs it.
    analysis: OnceLock<Result<Box<PolicyAnalysis>, Outcome>>,
}

impl PolicySubject {
    pub(crate) fn new(policy: ResourcePolicy, kind: &'static Kind) -> PolicySubject {
        PolicySubject { policy, kind, analysis: OnceLock::new() }
    }

    /// A policy that is not analyzed: the outcome of every rule is known.
    pub(crate) fn decided(outcome: Outcome, kind: &'static Kind) -> PolicySubject {
        let policy = ResourcePolicy { owner: String::new(), document: Field::Absent };
        PolicySubject { policy, kind, analysis: OnceLock::from(Err(outcome)) }
    }

    /// The analysis of the policy.
    ///
    /// # Errors
    /// The outcome of every rule if there is nothing to analyze.
    pub(crate) fn analysis(&self, context: &RuleContext<'_>) -> Result<&PolicyAnalysis, Outcome> {
        let analyze = || match self.policy.document.as_deref().value() {
            Some(text) => {
                let owner = owner(&self.policy.owner, context.resource.arn.clone(), context);
                analyze_text(text, owner, self.kind, context).map(Box::new)
            }
            // The API requires the policy, so even a call that shows none has set one.
            None => Err(Outcome::unverified(self.policy.document.as_ref().missing("policy"))),
        };
        match self.analysis.get_or_init(analyze) {
            Ok(analysis) => Ok(analysis),
            Err(outcome) => Err(outcome.clone()),
        }
    }
}

impl Configuration for PolicySubject {
    /// A new analysis for each evaluation, because it depends on facts and settings.
    fn resolve(&self, _context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        Some(Box::new(PolicySubject::new(self.policy.clone(), self.kind)))
    }

    fn depends_on_organization(&self, context: &RuleContext<'_>) -> bool {
        self.analysis(context).is_ok_and(|policy| policy.asks_for_organization)
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::change::Event;
    use crate::engine::detector::Detector;
    use crate::engine::evaluate::{evaluate, pending_lookups};
    use crate::engine::facts::Facts;
    use crate::engine::lookup::LIST_ACCOUNTS;
    use crate::engine::rule::Phase;
    use crate::rules::{RULE_IDS, cloudtrail_event_data_store, kinesis_stream, msk_cluster};
    use crate::settings::Settings;
    use crate::timeline::Timeline;
    use serde_json::json;

    /// Evaluates calls of a detector on one resource as a replay does. Returns what its rule on foreign accounts says about
    /// each call that it monitors.
    fn replay(detector: &'static Detector, arn: &str, calls: &[(&str, &str, &[&str])]) -> Vec<String> {
        let action = match detector.name {
            "cloudtrail-event-data-store" => "cloudtrail:*",
            "msk-cluster" => "kafka-cluster:ReadData",
            _ => "kinesis:GetRecords",
        };
        let records = calls.iter().map(|(time, call, accounts)| {
            let statement =
                json!({"Effect": "Allow", "Principal": {"AWS": accounts}, "Action": action, "Resource": "*"});
            let policy = json!({"Statement": statement}).to_string();
            let name = arn.rsplit('/').next();
            json!({"eventName": call, "eventSource": detector.event_source, "eventTime": format!("2026-11-22T{time}Z"),
                "eventID": time, "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "requestParameters":
                    {"clusterArn": arn.replace(':', "%3A"), "resourceARN": arn, "streamName": name, "policy": policy,
                    "resourcePolicy": policy, "dashboardId": name}})
            .to_string()
        });
        let records: Vec<String> = records.collect();
        let events: Vec<_> = records.iter().map(|record| Event::parse(record).unwrap()).collect();
        let mut facts = Facts::default();
        facts.timeline = Timeline::of(events.iter().flat_map(Event::observe).collect());
        let settings = Settings::default();
        let monitored = events.iter().filter_map(|event| event.change_for(detector).ok());
        let outcome = |change| {
            let findings = evaluate(&change, &facts, &settings);
            let finding = findings.iter().find(|finding| finding.rule.id.ends_with("-policy-foreign-account")).unwrap();
            finding.detail().to_string()
        };
        monitored.map(outcome).collect()
    }

    #[test]
    fn the_accounts_of_the_organization_are_looked_up_only_for_an_account_that_may_be_one() {
        let stream = "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks";
        for (trusted, principal, wanted) in [
            ("['organization']", "444455556666", true),
            ("['organization', '444455556666']", "444455556666", false),
            ("['organization']", "111122223333", false),
            ("['organization']", "*", false),
            ("['444455556666']", "777788889999", false),
        ] {
            let statement =
                json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kinesis:*", "Resource": "*"});
            let record = json!({"eventName": "PutResourcePolicy", "eventSource": "kinesis.amazonaws.com",
                "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "requestParameters":
                    {"resourceARN": stream, "policy": json!({"Statement": statement}).to_string()}})
            .to_string();
            let event = Event::parse(&record).unwrap();
            let change = event.change_for(&kinesis_stream::DETECTOR).unwrap();
            let settings = Settings::parse(&format!("keys.trusted_accounts = {trusted}"), &RULE_IDS).unwrap();
            let pending = pending_lookups(&change, &Facts::default(), &settings, Phase::All);
            let asks = pending.iter().any(|lookup| lookup.call == LIST_ACCOUNTS);
            assert_eq!(asks, wanted, "{trusted} {principal}");
        }
    }

    #[test]
    fn only_what_a_policy_adds_is_reported() {
        let stream = "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks";
        let outcomes = replay(
            &kinesis_stream::DETECTOR,
            stream,
            &[
                ("10:00:00", "PutResourcePolicy", &["444455556666"]),
                ("10:01:00", "PutResourcePolicy", &["444455556666"]),
                ("10:02:00", "PutResourcePolicy", &["444455556666", "777788889999"]),
                ("10:03:00", "DeleteResourcePolicy", &[]),
                ("10:04:00", "PutResourcePolicy", &["444455556666"]),
                ("10:05:00", "DeleteStream", &[]),
                ("10:06:00", "PutResourcePolicy", &["444455556666"]),
            ],
        );
        insta::assert_snapshot!(outcomes.join("\n"), @"
        The policy of the stream `clicks` lets account 444455556666 call kinesis:GetRecords. Its administrators decide who uses the stream. Remediated at 2026-11-22T10:03:00Z.
        Not applicable: the policy of 2026-11-22T10:00:00Z already allowed everything that this one allows.
        The policy of the stream `clicks` lets account 777788889999 call kinesis:GetRecords (new since 2026-11-22T10:01:00Z). Its administrators decide who uses the stream. Remediated at 2026-11-22T10:03:00Z.
        The policy of the stream `clicks` lets account 444455556666 call kinesis:GetRecords (new since 2026-11-22T10:03:00Z). Its administrators decide who uses the stream.
        The policy of the stream `clicks` lets account 444455556666 call kinesis:GetRecords. Its administrators decide who uses the stream.
        ");
    }

    #[test]
    fn policies_of_clusters_have_a_timeline_too() {
        let cluster = "arn:aws:kafka:eu-west-1:111122223333:cluster/orders/0a1b-2";
        let outcomes = replay(
            &msk_cluster::DETECTOR,
            cluster,
            &[
                ("10:00:00", "PutClusterPolicy", &["444455556666"]),
                ("10:01:00", "PutClusterPolicy", &["444455556666"]),
                ("10:02:00", "DeleteClusterPolicy", &[]),
                ("10:03:00", "PutClusterPolicy", &["444455556666"]),
            ],
        );
        insta::assert_snapshot!(outcomes.join("\n"), @"
        The policy of the cluster `orders` lets account 444455556666 call kafka-cluster:ReadData. Its administrators decide who uses the cluster. Remediated at 2026-11-22T10:02:00Z.
        Not applicable: the policy of 2026-11-22T10:00:00Z already allowed everything that this one allows.
        The policy of the cluster `orders` lets account 444455556666 call kafka-cluster:ReadData (new since 2026-11-22T10:02:00Z). Its administrators decide who uses the cluster.
        ");
    }

    #[test]
    fn policies_of_dashboards_have_a_timeline_too_which_ends_with_the_dashboard() {
        let dashboard = "arn:aws:cloudtrail:eu-west-1:111122223333:dashboard/key-usage";
        let outcomes = replay(
            &cloudtrail_event_data_store::DETECTOR,
            dashboard,
            &[
                ("10:00:00", "PutResourcePolicy", &["444455556666"]),
                ("10:01:00", "PutResourcePolicy", &["444455556666"]),
                ("10:02:00", "DeleteResourcePolicy", &[]),
                ("10:03:00", "PutResourcePolicy", &["444455556666"]),
                ("10:04:00", "DeleteDashboard", &[]),
                ("10:05:00", "PutResourcePolicy", &["444455556666"]),
            ],
        );
        insta::assert_snapshot!(outcomes.join("\n"), @"
        The policy of the dashboard `key-usage` lets account 444455556666 call cloudtrail:StartDashboardRefresh. Its administrators decide who uses the dashboard. Rated medium: the operations return no events, or only the named identities may call them. Remediated at 2026-11-22T10:02:00Z.
        Not applicable: the policy of 2026-11-22T10:00:00Z already allowed everything that this one allows.
        The policy of the dashboard `key-usage` lets account 444455556666 call cloudtrail:StartDashboardRefresh (new since 2026-11-22T10:02:00Z). Its administrators decide who uses the dashboard. Rated medium: the operations return no events, or only the named identities may call them.
        The policy of the dashboard `key-usage` lets account 444455556666 call cloudtrail:StartDashboardRefresh. Its administrators decide who uses the dashboard. Rated medium: the operations return no events, or only the named identities may call them.
        ");
    }

    #[test]
    fn a_policy_does_not_hide_the_encryption_of_a_stream() {
        let stream = "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks";
        let record = |call: &str, time: &str| {
            json!({"eventName": call, "eventSource": "kinesis.amazonaws.com", "eventTime": time, "eventID": time,
                "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
                "requestParameters": {"streamName": "clicks", "resourceARN": stream, "keyId": "k-1", "policy": "{}"}})
            .to_string()
        };
        let records = [
            record("StartStreamEncryption", "2026-11-22T10:00:00Z"),
            record("PutResourcePolicy", "2026-11-22T10:01:00Z"),
        ];
        let entries = records.iter().flat_map(|record| Event::parse(record).unwrap().observe()).collect();
        let at = crate::util::time::time("2026-11-22T10:02:00Z").unwrap();
        assert_eq!(Timeline::of(entries).is_stream_encrypted(stream, at), Some(true));
    }
}
