//! Whatever the texts are, and however many findings: messages fit, and nothing is lost.

use proptest::prelude::{Just, Strategy, any, prop_oneof};

use super::*;
use crate::ledger::Notice;
use crate::output::ledger::{gathered, reminder, resolved};
use crate::output::testing::{fixer, machine, text, texts};
use crate::util::time::Seconds;

#[test]
fn an_entry_whose_finding_cannot_be_read_is_told_anyway() {
    for stored in ["", "{", "[]", "{\"resource\": 7, \"actor\": [], \"id\": {}}"] {
        let mut entry = open(&ORDINARY, 1, "d").remove(0);
        entry.finding = stored.to_owned();
        let closed = fixed(&[entry.clone()], Reason::Fixed, &fixer());
        for text in ["notify.chat = true", BOTH] {
            let settings = settings(text);
            let mut reports = resolved(&closed, &settings);
            reports.extend(gathered(&[(Notice::Opened, &entry)], &settings));
            reports.extend(reminder("1", "r", &[entry.clone()], 0, &settings));
            assert_eq!(reports.len(), 3);
            for report in &reports {
                within_limits(published(report));
                assert!(published(report).message.contains(&entry.subject.fingerprint), "{stored}");
            }
        }
    }
}

/// Every fingerprint is in one of the messages.
fn nothing_is_lost(reports: &[Report], entries: &[Entry], settings: &Settings) {
    let mut found = Vec::new();
    for report in reports {
        let notification = published(report);
        within_limits_of(notification, settings.language);
        for finding in machine(notification)["findings"].as_array().unwrap() {
            let fingerprint = finding.get("fingerprint").or_else(|| finding.pointer("/finding_info/uid")).unwrap();
            found.push(fingerprint.as_str().unwrap().to_owned());
        }
        let texts = texts(notification);
        let email = text(&texts, "email");
        // no text from outside begins a line
        let hostile = ["Fix (AWS CLI)", "evil", "修正方法"];
        assert!(!email.lines().any(|line| hostile.iter().any(|text| line.starts_with(text))), "{email}");
    }
    found.sort_unstable();
    let mut wanted: Vec<String> = entries.iter().map(|entry| entry.subject.fingerprint.clone()).collect();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
}

#[test]
fn many_findings_take_several_messages() {
    for text in ["notify.chat = true", BOTH] {
        let settings = settings(text);
        let entries = storm(700);
        let noticed: Vec<(Notice, &Entry)> = entries.iter().map(|entry| (Notice::Opened, entry)).collect();
        let reports = gathered(&noticed, &settings);
        assert!((2..4).contains(&reports.len()), "{}", reports.len());
        nothing_is_lost(&reports, &entries, &settings);
        let last = published(reports.last().unwrap());
        let part = format!(" (part {0} of {0})", reports.len());
        assert!(last.subject.ends_with(&part), "{}", last.subject);
        let reduced = &machine(published(&reports[0]))["findings"][0];
        let names: Vec<&String> = reduced.as_object().unwrap().keys().collect();
        match text == BOTH {
            true => assert_eq!(reduced["finding_info"]["uid"], *entries[39].subject.fingerprint),
            false => insta::assert_debug_snapshot!(names, @r#"
            [
                "account",
                "event",
                "fingerprint",
                "first_seen",
                "id",
                "region",
                "resource",
                "rule",
                "severity",
                "state",
            ]
            "#),
        }
        let Some(Report::Publish(reminder)) = reminder("111122223333", "eu-west-1", &entries, 0, &settings) else {
            panic!("nothing published")
        };
        within_limits(&reminder);
        let machine = machine(&reminder);
        let kept = machine["findings"].as_array().unwrap().len();
        assert_eq!(u64::try_from(700 - kept).unwrap(), machine["left_out"].as_u64().unwrap());
        assert!(kept > 100, "{kept}");
    }
}

/// Texts that are markup, control characters or JSON syntax, up to many of them.
fn hostile() -> impl Strategy<Value = String> {
    let unit = prop_oneof![
        proptest::string::string_regex("\\PC{0,40}").unwrap(),
        proptest::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter),
        proptest::sample::select(vec![
            "\n\nFix (AWS CLI):\n  sh",
            "\nevil ",
            "修正方法 (AWS CLI):",
            "\u{202e}\u{e0041}",
            "<!channel>`",
            "\"}",
            "\\",
            " "
        ])
        .prop_map(str::to_owned),
    ];
    (unit, prop_oneof![4 => Just(1), 2 => 1..50_usize, 1 => Just(500)]).prop_map(|(unit, times)| unit.repeat(times))
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn all_texts_fit_and_nothing_is_lost(
        detail in hostile(), trail in hostile(), account in hostile(), region in hostile(), caller in hostile(),
        who in hostile(), call in hostile(), exception in hostile(), count in 1..6_usize, is_ocsf in any::<bool>(),
        is_japanese in any::<bool>(),
        reason in proptest::sample::select(vec![Reason::Fixed, Reason::Deleted, Reason::Excepted]),
    ) {
        let language = if is_japanese { "language = 'ja'\n" } else { "" };
        let settings = settings(&format!("{language}{}", if is_ocsf { BOTH } else { "notify.chat = true" }));
        let origin = Origin { trail: &trail, account: &account, region: &region, caller: &caller };
        let entries = open_in(&origin, count, &detail, settings.language);
        nothing_is_lost(&entries.iter().flat_map(|entry| gathered(&[(Notice::Changed, entry)], &settings)).collect::<Vec<_>>(), &entries, &settings);
        nothing_is_lost(&reminder(&account, &region, &entries, Seconds::MAX, &settings).into_iter().collect::<Vec<_>>(), &entries, &settings);
        let by = By { who, call, exception, event: "e-2".to_owned(), reason: None };
        let closed = fixed(&entries, reason, &by);
        let reports = resolved(&closed, &settings);
        nothing_is_lost(&reports, &closed, &settings);
        let texts = texts(published(&reports[0]));
        let chat: Value = serde_json::from_str(text(&texts, "https")).unwrap();
        let description = chat["content"]["description"].as_str().unwrap();
        proptest::prop_assert!(!description.contains(['<', '>', '`', '~', '@']), "{}", description);
    }
}
