use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::ledger::{Answer, Observation};
use crate::output::testing::{ORDINARY, Origin, violation, with_findings};
use crate::util::time::DAY;

const HUB: Hub<'static> = Hub { partition: "aws", region: "eu-west-1" };

/// An open entry, as a function stores it.
fn open(origin: &Origin<'_>, detail: &str, cli: &str) -> Entry {
    let mut violation = violation(detail, cli);
    violation.evidence = vec![("requestParameters.kmsKeyId".to_owned(), Value::Null)];
    with_findings(origin, vec![violation], |findings| {
        let observations =
            crate::ledger::observations(findings, crate::language::Language::English, crate::ledger::Origin::Event, 0);
        Entry::merge(None, &observations[0], DAY).unwrap()
    })
}

fn ordinary() -> Entry {
    open(&ORDINARY, "The trail has no key.", "aws cloudtrail update-trail --name audit")
}

fn asff(entry: &Entry) -> Value {
    finding(entry, HUB, "2026-11-22T10:00:01.001Z").unwrap()
}

/// The entry, resolved by somebody for this reason.
fn resolved(reason: Reason) -> Entry {
    let open = ordinary();
    let look = open.look().unwrap();
    let moment = crate::ledger::Moment { time: look.moment.time + 60, wrong: false, ..look.moment.clone() };
    let by = By {
        who: "arn:aws:iam::111122223333:user/ops".to_owned(),
        call: "UpdateTrail".to_owned(),
        event: "e-2".to_owned(),
        exception: if reason == Reason::Excepted { "a test\u{202e} trail".to_owned() } else { String::new() },
        reason: None,
    };
    let origin = crate::ledger::Origin::Event;
    let answer = Answer::Right(reason);
    let observation = Observation { subject: open.subject.clone(), moment, origin, answer, by };
    Entry::merge(Some(&open), &observation, DAY).unwrap()
}

#[test]
fn a_violation_is_active_and_failed() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&asff(&ordinary())).unwrap(), @r#"
    {
      "AwsAccountId": "111122223333",
      "CompanyName": "Sealwatch",
      "Compliance": {
        "RelatedRequirements": [
          "NIST 800-53 r5 AU-9",
          "NIST 800-53 r5 AU-11"
        ],
        "Status": "FAILED"
      },
      "CreatedAt": "2026-11-22T10:00:00Z",
      "Description": "The trail has no key.",
      "FindingProviderFields": {
        "Severity": {
          "Label": "HIGH",
          "Original": "high"
        },
        "Types": [
          "Software and Configuration Checks/AWS Security Best Practices"
        ]
      },
      "FirstObservedAt": "2026-11-22T10:00:00Z",
      "GeneratorId": "cloudtrail-event-data-store-deleted",
      "Id": "fd9c380cdc0f8418374145ed94bddf5c",
      "LastObservedAt": "2026-11-22T10:00:00Z",
      "ProductArn": "arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default",
      "ProductFields": {
        "sealwatch/actor": "arn:aws:iam::111122223333:user/dev from 192.0.2.1",
        "sealwatch/detector": "cloudtrail-trail",
        "sealwatch/event_id": "e-1",
        "sealwatch/event_name": "CreateTrail",
        "sealwatch/event_url": "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-1",
        "sealwatch/finding_id": "c83601a811af000636fe04e9f5b533e5",
        "sealwatch/opened_at": "2026-11-22T10:00:00Z",
        "sealwatch/remediation_cli": "aws cloudtrail update-trail --name audit",
        "sealwatch/rule": "cloudtrail-event-data-store-deleted"
      },
      "ProductName": "Sealwatch",
      "RecordState": "ACTIVE",
      "Remediation": {
        "Recommendation": {
          "Text": "c",
          "Url": "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteEventDataStore.html"
        }
      },
      "Resources": [
        {
          "Details": {
            "Other": {
              "requestParameters.kmsKeyId": "null",
              "resource_type": "AWS::CloudTrail::Trail"
            }
          },
          "Id": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit",
          "Partition": "aws",
          "Region": "eu-west-1",
          "Type": "AwsCloudTrailTrail"
        }
      ],
      "SchemaVersion": "2018-10-08",
      "SourceUrl": "https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit",
      "Title": "Event data store deleted: audit",
      "UpdatedAt": "2026-11-22T10:00:01.001Z"
    }
    "#);
}

#[test]
fn what_is_resolved_is_archived_and_says_why() {
    let rows = [Reason::Fixed, Reason::Deleted, Reason::Excepted].map(|reason| {
        let finding = asff(&resolved(reason));
        assert_eq!((&finding["RecordState"], &finding["Compliance"]["Status"]), (&json!("ARCHIVED"), &json!("PASSED")));
        assert_eq!(finding["Id"], asff(&ordinary())["Id"]);
        let fields = &finding["ProductFields"];
        assert_eq!(fields["sealwatch/resolved_by_event"], "e-2");
        format!("{} {}", fields["sealwatch/resolved_by_call"], finding["Description"])
    });
    insta::assert_snapshot!(rows.join("\n"), @r##"
    "UpdateTrail" "Resolved at 2026-11-22T10:01:00Z (UpdateTrail by arn:aws:iam::111122223333:user/ops). Before: The trail has no key."
    "UpdateTrail" "Resolved at 2026-11-22T10:01:00Z: the resource is gone (UpdateTrail by arn:aws:iam::111122223333:user/ops). Before: The trail has no key."
    "UpdateTrail" "Resolved at 2026-11-22T10:01:00Z: an exception accepts it (a test� trail). Before: The trail has no key."
    "##);
}

#[test]
fn what_cannot_be_verified_is_a_warning() {
    let entry = Entry { state: State::Unverified, ..ordinary() };
    let finding = asff(&entry);
    assert_eq!((&finding["RecordState"], &finding["Compliance"]["Status"]), (&json!("ACTIVE"), &json!("WARNING")));
}

#[test]
fn every_severity_has_its_label() {
    let labels = Severity::ALL.map(|severity| {
        let finding = asff(&Entry { severity, ..ordinary() });
        assert_eq!(finding["FindingProviderFields"]["Severity"]["Original"], severity.name());
        finding["FindingProviderFields"]["Severity"]["Label"].clone()
    });
    assert_eq!(labels, ["LOW", "MEDIUM", "HIGH", "CRITICAL"].map(|label| json!(label)));
}

#[test]
fn resources_have_the_types_of_security_hub() {
    for (kind, wanted) in [
        ("AWS::KMS::Key", "AwsKmsKey"),
        ("AWS::Kinesis::Stream", "AwsKinesisStream"),
        ("AWS::MSK::Cluster", "AwsMskCluster"),
        ("AWS::CloudTrail::Trail", "AwsCloudTrailTrail"),
        ("AWS::KMS::Alias", "Other"),
        ("AWS::KinesisFirehose::DeliveryStream", "Other"),
        ("", "Other"),
    ] {
        let entry = Entry { finding: json!({"resource": {"type": kind}}).to_string(), ..ordinary() };
        assert_eq!(asff(&entry)["Resources"][0]["Type"], wanted, "{kind}");
    }
}

#[test]
fn a_finding_belongs_to_the_hub_that_is_called_and_its_resource_to_its_own_region() {
    let mut entry = ordinary();
    entry.subject.region = "eusc-de-east-1".to_owned();
    let hub = Hub { partition: "aws-eusc", region: "eusc-de-east-2" };
    let finding = finding(&entry, hub, "2026-11-22T10:00:01.001Z").unwrap();
    let arn = "arn:aws-eusc:securityhub:eusc-de-east-2:111122223333:product/111122223333/default";
    assert_eq!(finding["ProductArn"], arn);
    let resource = &finding["Resources"][0];
    assert_eq!((&resource["Region"], resource.get("Partition")), (&json!("eusc-de-east-1"), None));
}

#[test]
fn nothing_is_imported_that_was_never_wrong_or_has_no_account() {
    let never_wrong = Entry { finding: String::new(), state: State::Resolved, ..ordinary() };
    assert_eq!(finding(&never_wrong, HUB, "t"), None);
    let mut without_account = ordinary();
    without_account.subject.account = "unknown".to_owned();
    assert_eq!(finding(&without_account, HUB, "t"), None);
}

#[test]
fn a_later_version_is_a_later_update() {
    let at = |version, time| updated_at(&Entry { version, ..ordinary() }, time);
    assert_eq!(at(7, 1_795_341_600), "2026-11-22T10:00:00.007Z");
    let times = [at(7, 1_795_341_600), at(8, 1_795_341_600), at(1_000, 1_795_341_601), at(1_001, 1_795_341_601)];
    assert!(times.is_sorted_by(|one, other| one < other), "{times:?}");
}

/// The limits of the page that the module names, and those of the API model: no text is blank.
fn check(finding: &Value) {
    let limits: [(&str, usize); 12] = [
        ("/Id", 512),
        ("/ProductArn", 2048),
        ("/ProductName", 128),
        ("/CompanyName", 128),
        ("/GeneratorId", 512),
        ("/AwsAccountId", 12),
        ("/Title", 256),
        ("/Description", 1024),
        ("/Remediation/Recommendation/Text", 512),
        ("/Resources/0/Id", 512),
        ("/Resources/0/Region", 16),
        ("/FindingProviderFields/Severity/Original", 64),
    ];
    for (path, limit) in limits {
        let text = finding.pointer(path).map_or("x", |text| text.as_str().unwrap());
        assert!(text.encode_utf16().count() <= limit, "{path} {text}");
    }
    let maps = [("/ProductFields", 50, 2048), ("/Resources/0/Details/Other", 50, 1024)];
    for (path, most, longest) in maps {
        let members = finding.pointer(path).and_then(Value::as_object).cloned().unwrap_or_default();
        assert!(members.len() <= most);
        for (name, value) in members {
            let value = value.as_str().unwrap();
            assert!(name.encode_utf16().count() <= 128 && value.encode_utf16().count() <= longest, "{path} {name}");
        }
    }
    assert!(finding["Compliance"]["RelatedRequirements"].as_array().is_none_or(|all| all.len() <= 32));
    assert!(finding.to_string().len() <= MAX_BYTES, "{} bytes", finding.to_string().len());
    each_text(finding, &mut |text| {
        assert!(!text.trim().is_empty());
        assert!(!text.chars().any(|c| c != '\n' && crate::util::text::is_unsafe(c)), "{text:?}");
    });
}

fn each_text(value: &Value, check: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => check(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, check)),
        Value::Object(members) => members.values().for_each(|member| each_text(member, check)),
        _ => {}
    }
}

#[test]
fn the_longest_texts_fit() {
    for text in ["\u{ffff}", "\"", "\\", "😀", "\n", " "] {
        let long = text.repeat(5_000);
        let evidence: Map<String, Value> = (0..100).map(|i| (format!("{i}{long}"), json!(long))).collect();
        let event = json!({"id": long, "name": long});
        let actor = json!({"arn": long, "source_ip": long, "invoked_by": long});
        let stored = json!({"id": long, "title": long, "detail": long, "resource": {"type": long, "name": long},
            "event": event, "actor": actor, "evidence": evidence, "remediation": {"console": long, "cli": text.repeat(2_000)},
            "references": [format!("https://{long}"), "https://docs.aws.amazon.com/"], "controls": vec![&long; 50]});
        let by =
            By { who: long.clone(), call: long.clone(), event: long.clone(), exception: long.clone(), reason: None };
        let subject = crate::ledger::Subject {
            fingerprint: long.clone(),
            rule: long.clone(),
            detector: long.clone(),
            resource: long.clone(),
            region: long.clone(),
            account: "111122223333".to_owned(),
        };
        let (state, finding) = (State::Resolved, stored.to_string());
        check(&asff(&Entry { subject, state, finding, resolved_by: Some(by), ..resolved(Reason::Fixed) }));
    }
}

/// Texts of everything: other scripts, emojis, control characters, nothing at all.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[ \t\u{200b}]{0,4}", "\\PC{0,80}", any::<String>(), "[a-z😀\"\\\\\n]{300,600}"]
}

prop_compose! {
    fn any_stored()(
        texts in proptest::collection::vec(any_text(), 8),
        evidence in proptest::collection::btree_map(any_text(), any_text(), 0..4),
        members in proptest::bits::u16::ANY,
    ) -> String {
        let [id, title, detail, kind, name, cli, who, control] = texts.try_into().unwrap();
        let stored = json!({"id": id, "title": title, "detail": detail, "resource": {"type": kind, "name": name},
            "event": {"id": id, "name": name}, "actor": {"arn": who, "source_ip": name}, "evidence": evidence,
            "remediation": {"console": detail, "cli": cli}, "references": [who, format!("https://{name}")],
            "controls": [control]});
        // some members are missing: another version stored it
        let members = stored.as_object().unwrap().clone().into_iter().enumerate().filter(|(i, _)| members & (1 << i) != 0);
        Value::Object(members.map(|(_, member)| member).collect()).to_string()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_entry_fits(
        finding in prop_oneof![any_stored(), any_text()],
        texts in proptest::collection::vec(any_text(), 5),
        reason in prop_oneof![Just(Reason::Fixed), Just(Reason::Deleted), Just(Reason::Excepted)],
        state in prop_oneof![Just(State::Open), Just(State::Unverified), Just(State::Resolved)],
    ) {
        let mut entry = Entry { finding, state, ..resolved(reason) };
        let [rule, resource, region, who, exception] = texts.try_into().unwrap();
        (entry.subject.rule, entry.subject.resource, entry.subject.region) = (rule, resource, region);
        entry.resolved_by = Some(By { who: who.clone(), call: who, exception, reason: Some(reason), ..By::default() });
        if let Some(finding) = super::finding(&entry, HUB, "2026-11-22T10:00:01.001Z") {
            check(&finding);
        }
    }
}
