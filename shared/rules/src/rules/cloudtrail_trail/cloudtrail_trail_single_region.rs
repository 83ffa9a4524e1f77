//! A trail records one Region only.
//!
//! ## What it detects
//! `CreateTrail` or `UpdateTrail` that leaves the trail with one Region: `isMultiRegionTrail` is false
//! in the response, or in a request without a response. Also a trail that leaves out global services,
//! such as IAM and STS. The finding is *medium* if an update asks for one Region, as attackers do to act
//! in the others. In a scan, a trail whose description shows that. A scan evaluates each trail once: in
//! its home Region, in the account that owns it.
//!
//! ## Why it matters
//! A key can be used, replicated and deleted in Regions that the trail does not record. Global services
//! decide who may use a key.
//!
//! ## When it stays silent
//! An update whose record does not show the Regions is not applicable if a look-up does not show them
//! either. A call whose request and response the record leaves out is unverified. A trail of all Regions
//! is compliant: AWS rejects it without global services. Other trails are not looked at, so a second
//! trail that is to record one Region needs an exception.
//!
//! ## How to fix
//! Let the trail record all Regions.
//!
//! ## References
//! - <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/receive-cloudtrail-log-files-from-multiple-regions.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::cloudtrail_trail::{CloudTrailTrail, TrailCall};
use crate::engine::context::RuleContext;
use crate::engine::control::{cis, fsbp, nist};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::cloudtrail_trail::remediation::ALL_REGIONS;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "cloudtrail-trail-single-region",
    title: "Trail of one Region",
    severity: Severity::Low,
    controls: &[fsbp("CloudTrail.1"), cis("3.1"), nist("AU-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("cloudtrail_trail_single_region.rs"),
};

fn check(trail: &CloudTrailTrail, context: &RuleContext<'_>) -> Outcome {
    let Some(settings) = trail.settings() else {
        return Outcome::not_applicable("the call does not change which Regions the trail records");
    };
    let without_global = settings.global_events == Field::Present(false);
    let name = context.name();
    let detail = match settings.multi_region {
        Field::Present(true) if without_global => {
            text!("The trail `{name}` leaves out global services, such as IAM.", name)
        }
        Field::Present(true) => return Outcome::Compliant,
        Field::Present(false) if without_global => {
            text!("The trail `{name}` records one Region only, and no global services, such as IAM.", name)
        }
        Field::Present(false) => {
            text!("The trail `{name}` records one Region only, and misses the use of keys in all others.", name)
        }
        Field::Absent => {
            return Outcome::not_applicable("the update does not change which Regions the trail records");
        }
        missing => return Outcome::missing(trail.unresolved.as_ref(), &missing, "isMultiRegionTrail"),
    };
    let mut violation = Violation::new(detail);
    for (member, value) in
        [("isMultiRegionTrail", settings.multi_region), ("includeGlobalServiceEvents", settings.global_events)]
    {
        if let Field::Present(value) = value {
            violation = violation.evidence(member, value);
        }
    }
    let narrows = matches!(trail.call, TrailCall::Update(_)) && settings.asks_for_one_region;
    violation.severity = narrows.then_some(Severity::Medium);
    violation.remediation(ALL_REGIONS.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::testing::{answer, name, table, violation};
    use crate::util::severity::Severity;
    use serde_json::{Value, json};

    #[test]
    fn a_new_trail_records_one_region_unless_the_request_says_otherwise() {
        table(
            &RULE,
            &[
                ("CreateTrail", json!({"name": "audit"}), "violation"),
                ("CreateTrail", json!({"name": "audit", "isMultiRegionTrail": false}), "violation"),
                ("CreateTrail", json!({"name": "audit", "isMultiRegionTrail": true}), "compliant"),
                ("UpdateTrail", json!({"name": "audit", "isMultiRegionTrail": false}), "violation"),
                ("UpdateTrail", json!({"name": "audit", "IsMultiRegionTrail": true}), "compliant"),
                ("UpdateTrail", json!({"name": "audit"}), "not-applicable"),
                ("UpdateTrail", json!({"name": "audit", "isMultiRegionTrail": "***"}), "unverified"),
                ("UpdateTrail", json!({"omitted": true}), "unverified"),
                ("CreateTrail", json!({"omitted": true}), "unverified"),
                ("StopLogging", json!({"name": "audit"}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_response_decides_if_it_was_recorded() {
        let outcome = |request: Value, all_regions: bool, global: bool| {
            let response =
                json!({"name": "audit", "isMultiRegionTrail": all_regions, "includeGlobalServiceEvents": global});
            answer(&RULE, "", &[], "UpdateTrail", &request, &response)
        };
        let partial = || json!({"name": "audit"});
        assert_eq!(name(&outcome(partial(), true, true)), "compliant");
        assert_eq!(name(&outcome(partial(), true, false)), "violation");
        assert_eq!(name(&outcome(partial(), false, true)), "violation");
        let severity = |outcome| match outcome {
            Outcome::Violation(violation) => violation.severity,
            other => panic!("{other:?}"),
        };
        assert_eq!(severity(outcome(partial(), false, true)), None, "the update changes something else");
        let narrowed = json!({"name": "audit", "isMultiRegionTrail": false});
        assert_eq!(severity(outcome(narrowed, false, true)), Some(Severity::Medium));
    }

    #[test]
    fn what_people_read() {
        let request = json!({"name": "audit", "isMultiRegionTrail": false, "includeGlobalServiceEvents": false});
        insta::assert_snapshot!(violation(&RULE, "UpdateTrail", &request), @r#"
        The trail `audit` records one Region only, and no global services, such as IAM.
        {"includeGlobalServiceEvents":false,"isMultiRegionTrail":false}
        aws cloudtrail update-trail --name arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit --is-multi-region-trail --include-global-service-events --region eu-west-1
        resource "aws_cloudtrail" "this" {
          name                          = "audit"
          is_multi_region_trail         = true
          include_global_service_events = true
        }
        CloudTrail > Trails > audit > General details > Edit > Multi-region trail
        "#);
    }
}
