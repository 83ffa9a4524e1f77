//! Findings of an event of which a ledger has entries.

use super::*;
use crate::engine::outcome::Violation;
use crate::ledger::{Answer, Notice};
use crate::output::ledger::document;
use crate::output::sns::report_with;
use crate::output::testing::{answered, fixer, machine, text, texts};
use crate::util::time::DAY;

/// The message about findings of which a ledger has entries.
fn tell(entries: &[(Notice, Entry)], text: &str) -> Notification {
    with_findings(&ORDINARY, vec![violation("The key `k` is open to anyone.", "aws x"); entries.len()], |findings| {
        let entries = entries.iter().map(|(notice, entry)| (entry.subject.fingerprint.clone(), (*notice, entry)));
        let Some(Report::Publish(notification)) = report_with("d", findings, &entries.collect(), &settings(text))
        else {
            panic!("nothing published")
        };
        within_limits(&notification);
        notification
    })
}

/// An entry that was resolved, and is open again.
fn reopened(entry: &Entry) -> Entry {
    let mut closed = close(entry, Reason::Fixed, &fixer());
    assert!(closed.confirm("i-2", DAY));
    answered(&closed, DAY, wrong(entry, Severity::High), &By { event: "e-3".to_owned(), ..fixer() })
}

fn wrong(entry: &Entry, severity: Severity) -> Answer {
    Answer::Wrong { severity, evidence: "other".to_owned(), finding: entry.finding.clone() }
}

#[test]
fn people_read_what_is_special() {
    let entries = open(&ORDINARY, 2, "d");
    let changed = answered(&entries[0], 60, wrong(&entries[0], Severity::Critical), &fixer());
    let both = [(changed.notice().unwrap(), changed), (Notice::Reopened, reopened(&entries[1]))];
    let texts = texts(&tell(&both, "notify.chat = true"));
    insta::assert_snapshot!(text(&texts, "email"), @"
    HIGH: The key `k` is open to anyone. (and 1 more below)
    https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit

    Who      arn:aws:iam::111122223333:user/dev from 192.0.2.1
    Call     CreateTrail at 2026-11-22T10:00:00Z
             https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-1
    Resource arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
    Account  111122223333 eu-west-1

    Fix (AWS CLI):
      aws x
    Console  c

    Rule     cloudtrail-event-data-store-deleted - Event data store deleted
    State    Changed: open since 2026-11-22T10:00:00Z (it was high)
      https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteEventDataStore.html
      https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RestoreEventDataStore.html
      finding c83601a811af000636fe04e9f5b533e5

    ------------------------------------------------------------------------
    HIGH: The key `k` is open to anyone.

    Fix (AWS CLI):
      aws x
    Console  c

    Rule     cloudtrail-event-data-store-policy-foreign-account - CloudTrail
             event data store open to a foreign account
    State    Open again: it was resolved on 2026-11-22T13:12:00Z
      https://docs.aws.amazon.com/awscloudtrail/latest/userguide/security_iam_resource-based-policy-examples.html
      https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake-organizations.html
      https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutResourcePolicy.html
      finding 8bdc31a0c720d93c4d0edb71ebaedcda
    ");
    let chat: Value = serde_json::from_str(text(&texts, "https")).unwrap();
    insta::assert_snapshot!(chat["content"]["description"].as_str().unwrap(), @"
    *HIGH* Changed: open since 2026-11-22T10:00:00Z (it was high). The key 'k' is open to anyone.
    *HIGH* Open again: it was resolved on 2026-11-22T13:12:00Z. The key 'k' is open to anyone.
    Resource: https://eu-west-1.console.aws.amazon.com/cloudtrail/home?region=eu-west-1#/trails/arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit
    Event: https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-1
    ");
}

#[test]
fn documents_have_their_state_and_one_uid_for_all_activities() {
    let entries = open(&ORDINARY, 2, "d");
    let fresh = with_findings(&ORDINARY, vec![Violation::new("d".into())], |findings| entries_of(findings).remove(0));
    let again = reopened(&entries[1]);
    let fingerprint = again.subject.fingerprint.clone();
    let both = [(Notice::Opened, fresh), (Notice::Reopened, again.clone())];
    let own = machine(&tell(&both, ""));
    let states = own["findings"].as_array().unwrap().iter().map(|one| (&one["state"], &one["first_seen"]));
    assert_eq!(states.collect::<Vec<_>>(), [(&json!("open"), &json!("2026-11-22T10:00:00Z")); 2]);
    let notification = tell(&both, "notify.format = 'ocsf'");
    assert!(notification.attributes.contains(&("state", "open".to_owned())));
    let ocsf = machine(&notification);
    let activities = ocsf["findings"].as_array().unwrap().iter();
    let activities =
        activities.map(|one| json!([one["activity_id"], one["type_uid"], one["status_id"], one["status"]]));
    assert_eq!(activities.collect::<Vec<_>>(), [json!([1, 200_301, 1, "New"]), json!([2, 200_302, 2, "In Progress"])]);
    let closed = document(&fixed(&[again], Reason::Fixed, &fixer())[0], &settings(BOTH));
    for document in [&ocsf["findings"][1], &closed] {
        assert_eq!(document["finding_info"]["uid"], *fingerprint);
    }
    assert_ne!(closed["metadata"]["uid"], ocsf["findings"][1]["metadata"]["uid"]);
}

#[test]
fn a_stored_finding_and_a_live_one_give_the_same_documents() {
    for text in ["", "notify.format = 'ocsf'"] {
        let settings = settings(text);
        with_findings(&ORDINARY, vec![violation("d", "aws x"); 5], |findings| {
            for (entry, finding) in entries_of(findings).iter().zip(findings) {
                let entries = [(entry.subject.fingerprint.clone(), (Notice::Opened, entry))].into();
                let Some(Report::Publish(live)) = report_with("d", std::slice::from_ref(finding), &entries, &settings)
                else {
                    panic!("nothing published")
                };
                assert_eq!(machine(&live)["findings"][0], document(entry, &settings));
            }
        });
    }
}
