//! Tests `sealwatch findings` with a table of the local AWS, and with one that refuses, for what the local AWS never does.

use sealwatch_rules::ledger::{Entry, Reason};
use sealwatch_rules::rules::RULE_IDS;
use sealwatch_rules::settings::Settings;
use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::util::text::plain_lines;
use sealwatch_runtime::ledger::to_item;
use serde_json::{Value, json};

use crate::binaries::Scratch;
use crate::command_line::{Run, sealwatch_in};
use crate::events::{ACCOUNT, REGION};
use crate::fake_aws::FakeAws;
use crate::ledger_table::LedgerTable;
use crate::local_aws;

#[path = "../../replay/src/commands/findings/testing.rs"]
mod testing;

use testing::{ended, later, right, stream, untold, unverified};

fn findings_at(url: &str, arguments: &[&str]) -> Run {
    let environment = [
        ("AWS_ACCESS_KEY_ID", ACCOUNT),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", REGION),
        ("AWS_ENDPOINT_URL", url),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    sealwatch_in(&Scratch::new("findings").0, &[&["findings"], arguments].concat(), "", &environment)
}

/// Runs a command about the ledger of this stack.
fn findings(stack: &str, arguments: &[&str]) -> Run {
    let at = if matches!(arguments.first(), Some(&"show" | &"accept")) { 1 } else { 0 };
    let (command, options) = arguments.split_at(at);
    findings_at(&local_aws::url(), &[command, &["--stack", stack], options].concat())
}

#[test]
fn the_list_has_what_is_open_and_the_status_says_so() {
    let entries = [
        stream("orders"),
        later("payments", Severity::Critical, 60),
        unverified("clicks"),
        untold("new"),
        right("right"),
        ended("fixed", Reason::Fixed, "StartStreamEncryption"),
        ended("gone", Reason::Deleted, "DeleteStream"),
    ];
    LedgerTable::create("findings-list-ledger").put(&entries);
    let run = findings("findings-list", &[]);
    assert_eq!((run.status, run.stderr.as_str()), (1, ""), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n\n3 open (1 critical, 2 high), 1 unverified\n"), "{}", run.stdout);
    assert!(run.stdout.starts_with("critical    kinesis-stream-unencrypted\n"), "{}", run.stdout);
    assert!(!run.stdout.contains('\u{1b}'), "styles are for terminals");
    let run = findings("findings-list", &["--all", "--exit-zero"]);
    assert_eq!(run.status, 0);
    assert!(run.stdout.ends_with("3 open (1 critical, 2 high), 1 unverified, 2 resolved\n"), "{}", run.stdout);
    for (options, status) in [
        (&["--severity", "critical"][..], 1),
        (&["--region", "us-east-1"], 0),
        (&["--account", "444455556666"], 0),
        (&["--since", "2999-01-01"], 0),
        (&["--all", "--rule", "kms-key-policy-public"], 0),
    ] {
        assert_eq!(findings("findings-list", options).status, status, "{options:?}");
    }
    // the table by its own name
    assert_eq!(findings_at(&local_aws::url(), &["--table", "findings-list-ledger"]).status, 1);
}

#[test]
fn other_formats_have_the_same_findings() {
    let entries = [stream("orders"), unverified("clicks"), ended("fixed", Reason::Fixed, "StartStreamEncryption")];
    LedgerTable::create("findings-formats-ledger").put(&entries);
    let run = findings("findings-formats", &["--all", "--format", "json"]);
    let states: Vec<Value> = run.json().iter().map(|finding| finding["state"].clone()).collect();
    assert_eq!((run.status, states), (1, vec![json!("open"), json!("open"), json!("resolved")]), "{}", run.stdout);
    assert_eq!(run.json()[2]["resolved_at"], "2026-11-21T03:04:05Z");
    let run = findings("findings-formats", &["--all", "--format", "ocsf"]);
    let activities: Vec<Value> = run.json().iter().map(|one| json!([one["class_uid"], one["activity_id"]])).collect();
    assert_eq!(activities, [json!([2003, 1]), json!([2003, 1]), json!([2003, 3])], "{}", run.stdout);
    let run = findings("findings-formats", &["--all", "--format", "html"]);
    assert_eq!((run.status, run.stdout.matches("<details><summary><i").count()), (1, 3), "{}", run.stdout);
    for forbidden in ["src=", "url(", "@import"] {
        assert!(!run.stdout.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn without_an_open_finding_the_status_is_0() {
    LedgerTable::create("findings-none-ledger")
        .put(&[ended("fixed", Reason::Fixed, "StartStreamEncryption"), right("right")]);
    let run = findings("findings-none", &[]);
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "0 open\n", ""));
    let html = findings("findings-none", &["--format", "html"]);
    assert!(html.stdout.contains("Nothing is open."), "{}", html.stdout);
}

#[test]
fn one_finding_is_shown_by_the_start_of_its_fingerprint() {
    let ended = ended("orders", Reason::Fixed, "StartStreamEncryption");
    LedgerTable::create("findings-show-ledger").put(&[ended.clone(), stream("clicks")]);
    let fingerprint = ended.subject.fingerprint.as_str();
    for text in [fingerprint, &fingerprint[..8], &fingerprint.to_uppercase()] {
        let run = findings("findings-show", &["show", text]);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{text}: {}", run.stdout);
        for wanted in [
            "resolved    kinesis-stream-unencrypted",
            "The stream orders is not encrypted.",
            "requestParameters.encryptionType = \"NONE\"",
            "fix: aws kinesis start-stream-encryption",
            "2026-11-20T03:04:05Z  open, high: StopStreamEncryption by ",
            "2026-11-21T03:04:05Z  fixed: StartStreamEncryption by ",
        ] {
            assert!(run.stdout.contains(wanted), "{wanted} is missing:\n{}", run.stdout);
        }
    }
    for unknown in ["00000000", "00000000000000000000000000000000"] {
        let run = findings("findings-show", &["show", unknown]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains("`sealwatch findings --all` lists"), "{}", run.stderr);
    }
}

#[test]
fn an_exception_to_paste_is_printed() {
    let entry = stream("orders");
    LedgerTable::create("findings-accept-ledger").put(std::slice::from_ref(&entry));
    let fingerprint = entry.subject.fingerprint.as_str();
    let reason = "sandbox \"data\"\n[keys]";
    let run = findings("findings-accept", &["accept", fingerprint, "--reason", reason, "--until", "2999-12-31"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let settings = Settings::parse(&run.stdout, &RULE_IDS).unwrap();
    let [exception] = settings.exceptions.as_slice() else { panic!("{}", run.stdout) };
    assert!(exception.covers(&entry.subject.rule, &entry.subject.resource));
    assert_eq!((exception.reason.as_str(), exception.until.as_deref()), (reason, Some("2999-12-31")));
    assert!(run.stderr.contains("`SettingsParameter`") && !run.stderr.contains("has no end"), "{}", run.stderr);
    let run = findings("findings-accept", &["accept", &fingerprint[..8], "--reason", "x"]);
    assert!(!run.stdout.contains("until") && run.stderr.contains("it has no end"), "{}", run.stderr);
    // nothing was written
    assert_eq!(findings("findings-accept", &[]).status, 1);
}

#[test]
fn hostile_names_reach_no_terminal_and_no_browser() {
    let hostile = "x\u{1b}[2J\r\n\u{202e}<script>\"'${a}*`id`";
    let entry = stream(hostile);
    LedgerTable::create("findings-hostile-ledger").put(std::slice::from_ref(&entry));
    let fingerprint = entry.subject.fingerprint.as_str();
    let accept = ["accept", fingerprint, "--reason", hostile];
    for arguments in
        [&[][..], &["--format", "json"], &["--format", "ocsf"], &["--format", "html"], &["show", fingerprint], &accept]
    {
        let run = findings("findings-hostile", arguments);
        assert!(run.status < 2, "{arguments:?}: {}", run.stderr);
        assert_eq!(plain_lines(&run.stdout), run.stdout, "{arguments:?}");
        let scripts = run.stdout.matches("<script>").count();
        match arguments.contains(&"html") {
            true => assert_eq!(scripts, 1, "more than that of the page: {}", run.stdout),
            false => assert!(scripts > 0, "{arguments:?}: {}", run.stdout),
        }
    }
    let settings = Settings::parse(&findings("findings-hostile", &accept).stdout, &RULE_IDS).unwrap();
    assert!(settings.exceptions[0].covers(&entry.subject.rule, &entry.subject.resource));
    assert_eq!(settings.exceptions[0].reason, hostile);
}

#[test]
fn a_ledger_of_several_pages_is_read_to_its_end() {
    let large = |number: usize| {
        let mut entry = stream(&format!("stream-{number}"));
        let mut finding: Value = serde_json::from_str(&entry.finding).unwrap();
        finding["evidence"]["padding"] = json!("x".repeat(100_000));
        entry.finding = finding.to_string();
        entry
    };
    let entries: Vec<Entry> = (0..25).map(large).collect();
    LedgerTable::create("findings-pages-ledger").put(&entries);
    for options in [&["--format", "json"][..], &["--format", "json", "--all"]] {
        assert_eq!(findings("findings-pages", options).json().len(), 25, "{options:?}");
    }
    assert_eq!(findings("findings-pages", &["show", &entries[24].subject.fingerprint[..12]]).status, 0);
}

/// DynamoDB answers in pages of 1 MB, empty ones among them, because it filters afterwards.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html>
#[test]
fn an_empty_page_is_not_the_last_one() {
    let aws = FakeAws::of_doctor(|action, parameters| {
        assert_eq!(action, "dynamodb:Scan");
        let page = parameters["ExclusiveStartKey"]["fingerprint"]["S"].as_str().map_or(0, |page| page.parse().unwrap());
        let items: Vec<Value> =
            if page % 2 == 1 { vec![to_item(&stream(&page.to_string())).unwrap()] } else { Vec::new() };
        let mut answer = json!({"Items": items, "Count": items.len()});
        if page < 5 {
            answer["LastEvaluatedKey"] = json!({"fingerprint": {"S": (page + 1).to_string()}});
        }
        (200, "", answer)
    });
    assert_eq!(findings_at(&aws.url, &["--format", "json"]).json().len(), 3);
    let is_of_index = |(_, parameters): &(String, Value)| parameters["IndexName"] == "open";
    assert!(aws.calls().iter().all(is_of_index), "what is open is in an index");
    assert_eq!(findings_at(&aws.url, &["--all", "--format", "json"]).json().len(), 3);
    assert!(aws.calls().iter().any(|call| !is_of_index(call)));
    // in the Region of the stack
    findings_at(&aws.url, &["--stack-region", "ap-south-1", "--region", "eu-west-1"]);
    let last = aws.requests().pop().unwrap();
    assert!(last.header("authorization").unwrap().contains("/ap-south-1/dynamodb/"));
}

#[test]
fn a_ledger_that_cannot_be_read_ends_with_status_2_and_says_what_to_do() {
    let missing = findings("findings-missing", &[]);
    let denied = FakeAws::answering(400, "AccessDeniedException", json!({"message": "no"}));
    let broken =
        FakeAws::of_doctor(|_, _| (200, "", json!({"Items": [{"fingerprint": {"S": "f\u{1b}"}, "rule": {"S": "r"}}]})));
    let denied_show = findings_at(&denied.url, &["show", "00000000000000000000000000000000"]);
    for (run, wanted) in [
        (missing, &["`findings-missing-ledger`", "the table is missing", "`--stack`"][..]),
        (findings_at(&denied.url, &[]), &["`sealwatch-ledger`", "allow `dynamodb:Scan`", "--profile"]),
        (denied_show, &["allow `dynamodb:BatchGetItem`"]),
        (findings_at(&broken.url, &[]), &["cannot be read", "delete it"]),
        (findings_at("http://127.0.0.1:9", &[]), &["`sealwatch-ledger`"]),
    ] {
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        assert!(wanted.iter().all(|wanted| run.stderr.contains(wanted)), "{wanted:?} is missing in {}", run.stderr);
    }
    let folder = Scratch::new("findings");
    let run = sealwatch_in(&folder.0, &["findings"], "", &[("AWS_EC2_METADATA_DISABLED", "true")]);
    assert!(run.status == 2 && run.stderr.contains("`--stack-region REGION`"), "{}", run.stderr);
}

#[test]
fn bad_usage_ends_with_status_2_before_anything_is_read() {
    let aws = FakeAws::of_doctor(|_, _| panic!("nothing should be asked"));
    for arguments in [
        &["--stack", "Sealwatch"][..],
        &["--table", "a b"],
        &["--stack", "a", "--table", "abc"],
        &["--since", "yesterday"],
        &["--severity", "worst"],
        &["--account", "1"],
        &["--region", "evil.example#"],
        &["--rule", "no-such-rule"],
        &["--format", "sarif"],
        &["--all", "show", "9b692f77"],
        &["show"],
        &["show", "9b692f7"],
        &["show", "9b692f7g"],
        &["show", "9b692f779b692f779b692f779b692f77a"],
        &["accept", "9b692f77"],
        &["accept", "9b692f77", "--reason", "  "],
        &["accept", "9b692f77", "--reason", "x", "--until", "2026-02-30"],
        &["accept", "9b692f77", "--reason", "x", "--until", "2020-01-01"],
    ] {
        let run = findings_at(&aws.url, arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(!run.stderr.is_empty() && !run.stderr.contains('\u{1b}'), "{arguments:?}");
    }
    assert!(aws.requests().is_empty());
    let help = findings_at(&aws.url, &["--help"]);
    assert!(help.status == 0 && help.stdout.contains("sealwatch findings accept 9b692f77 --reason"), "{}", help.stdout);
}

#[test]
fn the_time_span_is_counted_from_now() {
    LedgerTable::create("findings-age-ledger").put(&[later("orders", Severity::Low, -400 * 86_400)]);
    let run = findings("findings-age", &[]);
    let days = run.stdout.split("open for ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
    assert!(days.is_some_and(|days| days >= 400), "{}", run.stdout);
}
