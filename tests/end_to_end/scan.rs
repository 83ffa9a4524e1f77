//! Tests `sealwatch scan` over HTTP: with pages, throttling, denied calls, deleted resources and a disabled Region, outcomes stay
//! right and the counts of the summary add up.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::binaries::Scratch;
use crate::command_line::{Run, sealwatch_in};
use crate::events::{ACCOUNT, REGION};
use crate::fake_account::{FakeAccount, Faults};
use crate::fake_aws::FakeAws;

/// What is wrong in the fake account: the rule, and the end of the ARN.
const WRONG: [(&str, &str); 15] = [
    ("cloudtrail-event-data-store-without-customer-key", "store-00000000-0000-4000-8000-000000000000"),
    ("cloudtrail-trail-without-kms", "trail-0"),
    ("firehose-stream-unencrypted", "delivery-0"),
    ("kinesis-channel-without-customer-key", "channel-0"),
    ("kinesis-stream-unencrypted", "stream-0"),
    ("kms-grant-to-foreign-account", "00000000-0000-4000-8000-000000000003"),
    ("kms-key-policy-foreign-account", "00000000-0000-4000-8000-000000000001"),
    ("kms-key-policy-public", "00000000-0000-4000-8000-000000000000"),
    ("kms-key-rotation-disabled", "00000000-0000-4000-8000-000000000002"),
    ("kms-key-store-disconnected", "cks-00000000000000000"),
    ("msk-channel-without-customer-key", "channel-00000000-0000-4000-8000-000000000000-1"),
    ("msk-cluster-plaintext-clients", "cluster-00000000-0000-4000-8000-000000000000-1"),
    ("msk-cluster-unauthenticated-clients", "cluster-00000000-0000-4000-8000-000000000000-1"),
    ("msk-connector-plaintext-kafka", "connector-00000000-0000-4000-8000-000000000000-1"),
    ("msk-replicator-plaintext", "replicator-00000000-0000-4000-8000-000000000000-1"),
];

/// A Region that the account has not enabled.
const DISABLED: &str = "me-south-1";

/// A scan with the report as text, with the report as JSON, and the calls of the first.
#[derive(Debug)]
struct Scan {
    text: Run,
    json: Run,
    calls: Vec<(String, Value)>,
}

/// Scans a new fake account with these faults, twice.
fn scan(faults: &Faults, options: &[&str]) -> Scan {
    // With policies, more than these would take longer than what the rate of kinesis:GetResourcePolicy allows at once.
    let of_each_kind = if options.contains(&"--resource-policies") { 7 } else { 12 };
    let run = |format| {
        let aws = FakeAws::of_account(FakeAccount::new(of_each_kind, faults.clone()));
        let environment = [
            ("AWS_ACCESS_KEY_ID", ACCOUNT),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_ENDPOINT_URL", &aws.url),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        let arguments = [&["scan", "--all", "--format", format], options].concat();
        (sealwatch_in(&Scratch::new("scan").0, &arguments, "", &environment), aws.calls())
    };
    // at the same time, because throttling makes a scan wait
    let ((text, calls), (json, _)) = std::thread::scope(|scope| {
        let text = scope.spawn(|| run("text"));
        let json = run("json");
        (text.join().unwrap(), json)
    });
    // with these, it finds out who it is
    let calls = calls.into_iter().filter(|(call, _)| !call.starts_with("sts:")).collect();
    Scan { text, json, calls }
}

impl Scan {
    /// The rule, the end of the resource's ARN, the outcome. A key has several outcomes of a rule if it has grants.
    fn outcomes(&self) -> BTreeSet<[String; 3]> {
        let outcome = |finding: &Value| {
            let resource = &finding["resource"];
            let name = resource["arn"].as_str().or(resource["name"].as_str()).unwrap_or_default();
            let name = name.rsplit('/').next().unwrap_or_default();
            [&finding["rule"], &json!(name), &finding["outcome"]]
                .map(|value| value.as_str().unwrap_or_default().to_owned())
        };
        self.json.json().iter().map(outcome).collect()
    }

    /// Resources listed, evaluated, deleted meanwhile and not seen completely, from the summary. They have to add up.
    #[track_caller]
    fn counts(&self) -> [usize; 4] {
        let line = self.text.stdout.lines().find(|line| line.contains(" deleted meanwhile, "));
        let line = line.unwrap_or_else(|| panic!("no summary:\n{}{}", self.text.stdout, self.text.stderr));
        let numbers = line.split(' ').filter_map(|word| word.replace(',', "").parse().ok()).collect::<Vec<usize>>();
        let [_accounts, _regions, listed, evaluated, deleted, denied, calls] = numbers[..] else { panic!("{line}") };
        assert_eq!(listed, evaluated + deleted + denied, "{line}");
        assert_eq!(calls, self.calls.len(), "{line}");
        [listed, evaluated, deleted, denied]
    }

    /// What it could not see.
    fn gaps(&self) -> Vec<&str> {
        self.text.stderr.lines().filter(|line| line.contains(ACCOUNT)).collect()
    }
}

/// The actions of `--print-policy`.
fn permissions(options: &[&str]) -> BTreeSet<String> {
    let run = sealwatch_in(&Scratch::new("scan").0, &[&["scan", "--print-policy"], options].concat(), "", &[]);
    let policy: Value = serde_json::from_str(&run.stdout).unwrap();
    let statements = policy["Statement"].as_array().unwrap().iter();
    let actions = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_faults_of_each_kind_are_found_and_nothing_else() {
    let scanned = scan(&Faults::default(), &["--region", REGION]);
    let outcomes = scanned.outcomes();
    let of = |wanted: &str| {
        let found = outcomes.iter().filter(|[.., outcome]| outcome == wanted);
        found.map(|[rule, name, _]| (rule.as_str(), name.as_str())).collect::<BTreeSet<_>>()
    };
    assert_eq!(of("violation"), BTreeSet::from(WRONG));
    assert_eq!(of("unverified"), BTreeSet::new());
    let [listed, evaluated, ..] = scanned.counts();
    assert_eq!(listed, evaluated);
    assert_eq!((scanned.text.status, scanned.json.status), (1, 1), "{}", scanned.text.stderr);
    for finding in scanned.json.json() {
        assert_eq!((&finding["event"], &finding["seen"]), (&Value::Null, &Value::from("scan")), "{finding}");
    }
}

#[test]
fn a_scan_makes_the_calls_that_its_policy_allows_and_asks_nothing_twice() {
    for options in [&[][..], &["--resource-policies"]] {
        let mut calls = scan(&Faults::default(), &[&["--region", REGION], options].concat()).calls;
        calls.sort_by_key(|(call, parameters)| format!("{call} {parameters}"));
        let repeated = calls.windows(2).find(|pair| pair[0] == pair[1]);
        assert!(repeated.is_none(), "{repeated:?}");
        let actions = calls.into_iter().map(|(call, _)| call).collect::<BTreeSet<_>>();
        assert_eq!(actions, permissions(options));
    }
}

#[test]
fn the_policy_of_one_service_allows_all_its_calls() {
    for service in ["cloudtrail", "firehose", "kafka", "kafkaconnect", "kinesis", "kms"] {
        let options = ["--resource-policies", "--service", service];
        let scanned = scan(&Faults::default(), &[&["--region", REGION], &options[..]].concat());
        let calls = scanned.calls.into_iter().map(|(call, _)| call).collect::<BTreeSet<_>>();
        let allowed = permissions(&options);
        assert!(calls.is_subset(&allowed), "{service}: {:?}", calls.difference(&allowed));
        assert!(allowed.iter().filter(|action| action.contains(":List")).all(|list| calls.contains(list)), "{service}");
    }
}

#[test]
fn pages_and_throttling_change_nothing() {
    let usual = scan(&Faults::default(), &["--region", REGION]);
    for faults in [
        Faults { page: 5, ..Faults::default() },
        Faults { throttles: true, ..Faults::default() },
        Faults { page: 10, throttles: true, ..Faults::default() },
    ] {
        let scanned = scan(&faults, &["--region", REGION]);
        assert_eq!(scanned.outcomes(), usual.outcomes(), "{faults:?}");
        assert_eq!(scanned.counts(), usual.counts(), "{faults:?}");
        assert_eq!((scanned.gaps(), scanned.text.status), (Vec::new(), 1), "{faults:?}");
        assert!(scanned.calls.len() > usual.calls.len(), "{faults:?}");
    }
}

#[test]
fn each_denied_call_is_named_once_and_no_outcome_becomes_better() {
    let options = ["--region", REGION, "--resource-policies"];
    let usual = scan(&Faults::default(), &options);
    let (outcomes, [listed, ..]) = (usual.outcomes(), usual.counts());
    for denied in permissions(&["--resource-policies"]) {
        let scanned = scan(&Faults { denied: denied.clone(), ..Faults::default() }, &options);
        let [seen, _, deleted, incomplete] = scanned.counts();
        let gaps = scanned.gaps();
        assert_eq!(gaps.len(), 1, "{denied}: {gaps:#?}");
        assert!(
            gaps[0].contains(&format!("`{denied}` was denied")) && gaps[0].contains("--print-policy"),
            "{}",
            gaps[0]
        );
        assert_eq!((scanned.text.status, deleted), (2, 0), "{denied}");
        assert!(seen < listed || incomplete > 0, "{denied}: {seen} of {listed}, {incomplete} not seen completely");
        assert!(!scanned.json.stdout.contains(&format!("`{denied}` was denied")), "{denied} is named once");
        for found in scanned.outcomes() {
            assert!(outcomes.contains(&found) || found[2] == "unverified", "{denied}: {found:?}");
        }
    }
}

#[test]
fn a_resource_that_is_deleted_after_it_was_listed_is_no_gap() {
    let own = |kind: &str| format!("{kind}-00000000-0000-4000-8000-000000000005-1");
    let usual = scan(&Faults::default(), &["--region", REGION]);
    let [listed, ..] = usual.counts();
    for deleted in [
        "00000000-0000-4000-8000-000000000000",
        "stream-5",
        "delivery-5",
        &own("connector"),
        &own("worker-configuration"),
        &own("replicator"),
        &own("channel"),
        "trail-5",
        "store-00000000-0000-4000-8000-000000000005",
    ] {
        let scanned = scan(&Faults { deleted: deleted.to_owned(), ..Faults::default() }, &["--region", REGION]);
        let [_, evaluated, gone, denied] = scanned.counts();
        assert_eq!((scanned.gaps(), scanned.text.status), (Vec::new(), 1), "{deleted}");
        assert!(gone >= 1 && denied == 0 && listed - evaluated <= 3, "{deleted}: {:?}", scanned.counts());
        let (of_it, of_others): (BTreeSet<_>, BTreeSet<_>) =
            scanned.outcomes().into_iter().partition(|[_, name, _]| name == deleted);
        assert!(of_it.iter().all(|[.., outcome]| outcome == "not-applicable"), "{of_it:#?}");
        let want = usual.outcomes().into_iter().filter(|[_, name, _]| name != deleted).collect::<BTreeSet<_>>();
        assert_eq!(of_others, want, "{deleted}");
    }
}

#[test]
fn a_disabled_region_is_named_once_and_the_others_are_scanned() {
    let faults = Faults { disabled: DISABLED, ..Faults::default() };
    let usual = scan(&Faults::default(), &["--region", REGION]);
    for regions in [["--region", REGION, "--region", DISABLED], ["--region", DISABLED, "--region", REGION]] {
        let scanned = scan(&faults, &regions);
        assert_eq!(scanned.gaps().len(), 1, "{}", scanned.text.stderr);
        assert!(scanned.gaps()[0].contains(&format!("{DISABLED}: the account has not enabled this Region")));
        assert_eq!((scanned.outcomes(), scanned.counts()), (usual.outcomes(), usual.counts()));
        assert_eq!(scanned.text.status, 2);
    }

    let scanned = scan(&faults, &["--region", DISABLED]);
    assert_eq!(
        (scanned.gaps().len(), scanned.counts(), scanned.text.status),
        (1, [0; 4], 2),
        "{}",
        scanned.text.stderr
    );
}

#[test]
fn a_rule_alone_finds_the_same_with_the_calls_that_it_needs() {
    let all = scan(&Faults::default(), &["--region", REGION]).outcomes();
    for (rule, needless) in [
        ("kms-grant-to-foreign-account", "kms:GetKeyRotationStatus"),
        ("kms-key-policy-public", "kms:ListGrants"),
        ("kms-key-rotation-disabled", "kms:GetKeyPolicy"),
        ("kinesis-stream-unencrypted", "kinesis:GetResourcePolicy"),
        ("kms-key-store-disconnected", "kms:ListAliases"),
        ("msk-channel-without-customer-key", "kafka:ListReplicators"),
    ] {
        let scanned = scan(&Faults::default(), &["--region", REGION, "--rule", rule]);
        let violations = |outcomes: BTreeSet<[String; 3]>| {
            outcomes.into_iter().filter(|[id, _, outcome]| id == rule && outcome == "violation").collect::<Vec<_>>()
        };
        assert_eq!(violations(scanned.outcomes()), violations(all.clone()));
        assert!(scanned.calls.iter().all(|(call, _)| call != needless), "{rule}: {needless}");
        let calls = scanned.calls.into_iter().map(|(call, _)| call).collect::<BTreeSet<_>>();
        assert!(calls.is_subset(&permissions(&["--rule", rule])), "{rule}: {calls:?}");
    }
}

/// A scan for such a rule that looked at no policy would be silent.
#[test]
fn a_rule_about_policies_looks_at_policies() {
    for rule in
        ["cloudtrail-event-data-store-policy-public", "kinesis-stream-policy-public", "msk-cluster-policy-public"]
    {
        let scanned = scan(&Faults::default(), &["--region", REGION, "--rule", rule]);
        let policies = scanned.calls.iter().filter(|(call, _)| call.ends_with("Policy")).count();
        assert!(policies > 0, "{rule}: {:?}", scanned.calls);
        assert!(scanned.calls.iter().all(|(call, _)| !call.contains(":DescribeStream")), "{rule}");
        let needed = permissions(&["--rule", rule]);
        let calls = scanned.calls.into_iter().map(|(call, _)| call).collect::<BTreeSet<_>>();
        assert_eq!(calls, needed, "{rule}");
    }
}

#[test]
fn a_region_that_is_named_twice_is_scanned_once() {
    let once = scan(&Faults::default(), &["--service", "kinesis", "--region", REGION]);
    let twice = scan(&Faults::default(), &["--service", "kinesis", "--region", REGION, "--region", REGION]);
    assert_eq!(twice.counts(), once.counts());
    assert_eq!(twice.json.stdout.lines().count(), once.json.stdout.lines().count());
}

#[test]
fn a_scan_of_nothing_is_an_error() {
    let options = ["--service", "kms", "--rule", "kinesis-stream-unencrypted"];
    let scanned = scan(&Faults::default(), &[&["--region", REGION], &options[..]].concat());
    assert_eq!((scanned.text.status, scanned.calls.len()), (2, 0));
    assert!(scanned.text.stderr.contains("`--service` and `--rule`"), "{}", scanned.text.stderr);
}

#[test]
fn the_policy_allows_to_list_accounts_where_a_policy_may_name_others() {
    let scratch = Scratch::new("scan");
    std::fs::write(scratch.0.join("sealwatch.toml"), "[keys]\ntrusted_accounts = \"organization\"\n").unwrap();
    for service in ["cloudtrail", "kafka", "kinesis", "kms"] {
        let arguments = ["scan", "--print-policy", "--resource-policies", "--service", service];
        let run = sealwatch_in(&scratch.0, &arguments, "", &[]);
        assert!(run.stdout.contains("organizations:ListAccounts"), "{service}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn without_credentials_or_a_server_the_message_says_which() {
    let run = |more: &[(&str, &str)]| {
        let environment = [&[("AWS_EC2_METADATA_DISABLED", "true")], more].concat();
        let run = sealwatch_in(&Scratch::new("scan").0, &["scan", "--region", REGION], "", &environment);
        assert_eq!(run.status, 2, "{}", run.stderr);
        run.stderr
    };
    let no_credentials = run(&[]);
    assert!(no_credentials.contains("needs AWS credentials: no credentials were found"), "{no_credentials}");
    let nobody =
        [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")];
    let no_server = run(&nobody);
    assert!(no_server.contains("does not respond in `eu-west-1`"), "{no_server}");
}
