//! From the findings of a change to observations.

use serde_json::Value;

use crate::engine::context::Seen;
use crate::engine::existing::{EXISTS, NO_POLICY};
use crate::engine::finding::{Finding, digest};
use crate::engine::outcome::Outcome;
use crate::language::Language;
use crate::ledger::entry::{By, Moment, Origin, Reason, Subject};
use crate::ledger::merge::{Answer, Observation};
use crate::util::text::cut;
use crate::util::time::{Seconds, record_time};

/// How much earlier than it began a scan counts as, in seconds: what it sees may be older than the newest event, because AWS
/// services are eventually consistent, and an event must not be closed by the look at what was before it.
pub const CONSISTENT_AFTER: Seconds = 300;

/// The most characters of a text that each message in the history of an entry has: an item of DynamoDB has room for 400 KB.
const KEPT: usize = 1_024;

/// The most bytes of the sort key of an index.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const MAX_KEY: usize = 1_024;

/// What the findings of one change say. A rule that is not applicable says nothing, unless the resource is gone, or a scan
/// finds that there is no policy to evaluate, or that what was deleted exists. `language` is that of later messages, and `now`
/// the time of an event that has none.
pub fn observations(findings: &[Finding<'_>], language: Language, origin: Origin, now: Seconds) -> Vec<Observation> {
    findings.iter().filter_map(|finding| observation(finding, language, origin, now)).collect()
}

fn observation(finding: &Finding<'_>, language: Language, origin: Origin, now: Seconds) -> Option<Observation> {
    let change = finding.change;
    let is_scan = change.seen == Seen::Scan;
    let json = || finding.to_json_for(language).to_string();
    let severity = finding.severity;
    let answer = match &finding.outcome {
        Outcome::Violation(_) | Outcome::Unverified(_) if finding.exception.is_some() => {
            Answer::Right(Reason::Excepted)
        }
        Outcome::Violation(_) => {
            let evidence = Value::Object(finding.evidence().into_iter().collect()).to_string();
            Answer::Wrong { severity, evidence: digest(&[&evidence]), finding: json() }
        }
        Outcome::Unverified(_) => Answer::Unknown { severity, finding: json() },
        Outcome::Compliant | Outcome::NotApplicable(_) if finding.is_gone() => Answer::Right(Reason::Deleted),
        // no earlier call was about a grant that is created, so there is nothing to end: AWS services create grants all the time
        Outcome::Compliant if change.resource.is_part() && change.rank() == 0 => return None,
        Outcome::Compliant => Answer::Right(Reason::Fixed),
        Outcome::NotApplicable(why) if is_scan && [NO_POLICY, EXISTS].contains(why) => Answer::Right(Reason::Fixed),
        Outcome::NotApplicable(_) => return None,
    };
    let time = record_time(&change.event.time).unwrap_or(now);
    let moment = Moment {
        time: if is_scan { time.saturating_sub(CONSISTENT_AFTER) } else { time },
        rank: change.rank(),
        wrong: matches!(answer, Answer::Wrong { .. }),
        event: change.event.id.clone(),
    };
    let subject = Subject {
        fingerprint: finding.fingerprint(),
        rule: finding.rule.id.to_owned(),
        detector: change.detector.name.to_owned(),
        resource: key_of_index(change.resource.arn.as_deref().unwrap_or(&change.resource.name)),
        account: change.account().to_owned(),
        region: change.scope.region.to_owned(),
    };
    let by = By {
        who: if is_scan { String::new() } else { cut(&change.actor().in_words(), KEPT) },
        call: change.event.name.clone(),
        event: change.event.id.clone(),
        exception: finding.exception.map(|exception| cut(&exception.reason, KEPT)).unwrap_or_default(),
        reason: None,
    };
    Some(Observation { subject, moment, origin, answer, by })
}

/// A resource as the key of an index. DynamoDB rejects items with an empty one or a longer one.
fn key_of_index(resource: &str) -> String {
    match resource {
        "" => "(unnamed)".to_owned(),
        resource if resource.len() <= MAX_KEY => resource.to_owned(),
        resource => cut(resource, MAX_KEY / 4), // a character has up to four bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::facts::Facts;
    use crate::rules::EXISTING;
    use crate::rules::testing::scan;
    use serde_json::json;

    #[test]
    fn what_a_scan_does_not_find_any_more_is_over() {
        const ARN: &str =
            "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1f0c7b52-0000-4000-8000-00000000e0d5";
        let over = |is_policy: bool, answers: &[(&'static str, Value)]| {
            let is_of_stores = |call: &str| call == "cloudtrail:ListEventDataStores";
            let row = EXISTING
                .iter()
                .find(|row| is_of_stores(row.listing.permission.action) && row.is_policy == is_policy)
                .unwrap();
            let over = |finding: &Finding<'_>| {
                let is_right =
                    observation(finding, Language::English, Origin::Scan, 0)?.answer == Answer::Right(Reason::Fixed);
                (is_right && finding.outcome_name() == "not-applicable").then_some(finding.rule.id)
            };
            let entry = json!({"EventDataStoreArn": ARN, "Name": "audit"});
            scan(row, &entry, &Facts::default(), answers, "", over).unwrap()
        };
        assert_eq!(
            over(true, &[("cloudtrail:GetResourcePolicy", json!({}))]),
            ["cloudtrail-event-data-store-policy-foreign-account", "cloudtrail-event-data-store-policy-public"]
        );
        assert!(over(true, &[]).is_empty(), "nobody knows");
        let fields = json!([{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]);
        let store = |status: &str| {
            let store = json!({"EventDataStoreArn": ARN, "Name": "audit", "Status": status,
                "AdvancedEventSelectors": fields});
            ("cloudtrail:GetEventDataStore", store)
        };
        assert_eq!(over(false, &[store("ENABLED")]), ["cloudtrail-event-data-store-deleted"]);
        assert!(over(false, &[store("PENDING_DELETION")]).is_empty());
    }

    #[test]
    fn a_key_of_an_index_is_neither_empty_nor_too_long() {
        for name in ["", "a", &"a".repeat(1_024), &"a".repeat(1_025), &"\u{10348}".repeat(400)] {
            let key = key_of_index(name);
            assert!((1..=MAX_KEY).contains(&key.len()), "{}", key.len());
        }
        assert_eq!(key_of_index("orders"), "orders");
    }
}
