//! Tests functions with a ledger: the real binaries, a table of the local AWS, and what subscribers get.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sealwatch_rules::cloudtrail::extract::{Found, each};
use sealwatch_rules::cloudtrail::record::Record;
use sealwatch_rules::ledger::{Answer, By, Entry, Moment, Observation, Origin, State, observations};
use sealwatch_rules::rules::DETECTORS;
use sealwatch_rules::util::severity::Severity;
use sealwatch_rules::util::time::written;
use sealwatch_rules::{Event, Facts, Settings, evaluate};
use serde_json::{Value, json};

use crate::events::{ACCOUNT, REGION, delete_stream, start_encryption, stop_encryption};
use crate::http::{Request, Response, post, serve};
use crate::ledger_table::LedgerTable;
use crate::local_aws::{self, LocalAws};
use crate::runtime_api::{Function, Outcome};

/// 2026-11-20T03:04:05Z
const TIME: i64 = 1_795_143_845;

/// The environment of a function with this ledger.
fn with_ledger<'a>(topic: &'a str, table: &'a LedgerTable) -> Vec<(&'a str, &'a str)> {
    vec![("SEALWATCH_TOPIC_ARN", topic), ("SEALWATCH_LEDGER_TABLE", &table.0)]
}

/// The same event at this many seconds after [`TIME`], by a caller of its own, so that it belongs to no storm.
fn at(mut event: Value, seconds: i64, caller: &str) -> Value {
    event["detail"]["eventTime"] = json!(written(TIME + seconds));
    event["detail"]["userIdentity"]["arn"] = json!(format!("arn:aws:sts::{ACCOUNT}:assumed-role/operator/{caller}"));
    event
}

/// The message for machines in a message of the topic.
fn machine(envelope: &Value) -> Value {
    serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap()
}

fn subject(envelope: &Value) -> String {
    envelope["Subject"].as_str().unwrap().to_owned()
}

/// Deterministic numbers. <https://prng.di.unimi.it/splitmix64.c>
fn random(seed: &AtomicUsize, below: usize) -> usize {
    let seed = seed.fetch_add(0x9e37_79b9_7f4a_7c15_u64 as usize, Ordering::Relaxed) as u64;
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) as usize % below
}

#[test]
fn a_violation_is_told_once_and_its_end_says_who_how_and_after_how_long() {
    let (aws, table) = (LocalAws::connect(), LedgerTable::create("told-once-ledger"));
    let (topic, key) = (aws.topic("told-once"), aws.key());
    aws.enable_rotation(&key, 365);
    let mut function = Function::start("sealwatch-kinesis-stream", &with_ledger(&topic.arn, &table));
    let opened = at(stop_encryption("orders"), 0, "kim");
    for _ in 0..3 {
        function.invoke(opened.to_string()).succeeded();
    }
    let message = topic.message();
    assert_eq!(subject(&message), "[HIGH] kinesis-stream-unencrypted orders (111122223333 eu-west-1)");
    let finding = &machine(&message)["findings"][0];
    assert_eq!((&finding["state"], &finding["first_seen"]), (&json!("open"), &json!("2026-11-20T03:04:05Z")));
    let fixed = at(start_encryption("orders", &key), 11_520, "lee");
    let invocation = function.invoke(fixed.to_string()).succeeded();
    assert_eq!(invocation.count("Resolved"), 1);
    let times: Vec<Value> = invocation.json().into_iter().filter(|line| line["TimeToFix"].is_number()).collect();
    assert_eq!(times[0]["TimeToFix"], 11_520);
    let message = topic.message();
    assert_eq!(subject(&message), "[RESOLVED] kinesis-stream-unencrypted orders (111122223333 eu-west-1)");
    let resolved = &machine(&message)["findings"][0];
    assert_eq!((&resolved["state"], &resolved["fingerprint"]), (&json!("resolved"), &finding["fingerprint"]));
    assert_eq!(resolved["resolved_at"], "2026-11-20T06:16:05Z");
    assert!(resolved["resolved_by"].to_string().contains("operator/lee"), "{resolved}");
    let entries = table.entries();
    let entry = entries.iter().find(|entry| entry.subject.rule == "kinesis-stream-unencrypted").unwrap();
    assert_eq!((entry.state, entry.seconds_open(), entry.history.len()), (State::Resolved, Some(11_520), 2));
    assert_eq!((&entry.claim, &entry.pending, &entry.open_in), (&None, &None, &None));
    // what comes late says nothing, and a deleted stream ends what was opened again
    function.invoke(opened.to_string()).succeeded();
    assert_eq!(topic.messages(), Vec::<Value>::new());
    function.invoke(at(stop_encryption("orders"), 20_000, "kim").to_string()).succeeded();
    function.invoke(at(delete_stream("orders"), 20_060, "kim").to_string()).succeeded();
    let subjects: Vec<String> = topic.messages().iter().map(subject).collect();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert!(subjects[1].starts_with("[RESOLVED]"), "{subjects:?}");
}

#[test]
fn a_table_that_is_missing_fails_the_invocation_and_says_what_to_do() {
    let aws = LocalAws::connect();
    let topic = aws.topic("no-table");
    let table = LedgerTable("no-such-ledger".to_owned());
    let mut function = Function::start("sealwatch-kinesis-stream", &with_ledger(&topic.arn, &table));
    let invocation = function.invoke(stop_encryption("orders").to_string());
    let message = invocation.outcome.error("LedgerFailed");
    assert!(message.contains("`dynamodb:BatchGetItem` of the ledger `no-such-ledger`"), "{message}");
    assert!(message.contains("the table is missing: deploy the stack again"), "{message}");
    assert_eq!(invocation.count("LedgerFailures"), 1);
    assert_eq!(topic.messages(), Vec::<Value>::new());
}

/// Where a function reaches AWS: it can crash there. From then on nothing gets through until the invocation is over, so the
/// function does nothing more, as if it had been killed between two steps.
struct Crashing {
    url: String,
    /// Whether the current invocation has crashed.
    is_down: Arc<AtomicBool>,
    /// Whether it has published something since it last noted that.
    is_told: Arc<AtomicBool>,
}

/// `one_in`: how many requests there are for each crash.
fn crashing(seed: usize, one_in: usize) -> Crashing {
    let (is_down, is_told) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (down, told, seed) = (Arc::clone(&is_down), Arc::clone(&is_told), AtomicUsize::new(seed));
    let refused = || Response { status: 400, body: br#"{"__type":"Crashed"}"#.to_vec(), ..Response::default() };
    let address = serve(move |request| {
        let crashes = random(&seed, one_in) == 0;
        let before = crashes && random(&seed, 2) == 0;
        if down.load(Ordering::SeqCst) || before {
            down.store(true, Ordering::SeqCst);
            return refused();
        }
        let response = pass_on(&request);
        let target = request.header("x-amz-target").unwrap_or_default();
        if request.text().contains("Action=Publish") {
            told.store(true, Ordering::SeqCst);
        } else if target.ends_with("PutItem") && response.status == 200 && !request.text().contains(r#""claim""#) {
            told.store(false, Ordering::SeqCst);
        }
        if crashes {
            down.store(true, Ordering::SeqCst);
            return refused();
        }
        response
    });
    Crashing { url: format!("http://{address}"), is_down, is_told }
}

/// Passes a request on to the local AWS.
fn pass_on(request: &Request) -> Response {
    let url = local_aws::url();
    let host = url.strip_prefix("http://").unwrap().trim_end_matches('/');
    let names = ["content-type", "x-amz-target", "authorization"];
    let headers: Vec<(&str, &str)> = names.iter().filter_map(|name| Some((*name, request.header(name)?))).collect();
    let body = post(host, &request.path, &headers, &request.body);
    let is_error = |body: &[u8]| body.starts_with(br#"{"__type""#);
    Response { status: if is_error(&body) { 400 } else { 200 }, body, ..Response::default() }
}

/// What eight senders deliver: 300 outcomes of 60 streams, each twice, in random order.
fn outcomes(seed: &AtomicUsize, key: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for number in 0..300 {
        let stream = format!("stream-{}", number % 60);
        let event = match random(seed, 2) {
            0 => stop_encryption(&stream),
            _ => start_encryption(&stream, key),
        };
        all.push(at(event, number / 60, &format!("caller-{number}")));
    }
    all.extend(all.clone());
    for end in (1..all.len()).rev() {
        all.swap(end, random(seed, end + 1));
    }
    all
}

/// Delivers everything. Returns how many invocations crashed, and how many of them after they had published something.
fn deliver(events: &[Value], topic: &str, table: &LedgerTable, one_in: Option<usize>) -> (usize, usize) {
    let queue = Mutex::new(events.iter());
    let (crashes, after_publish) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for sender in 0..8 {
            let (queue, crashes, after_publish) = (&queue, &crashes, &after_publish);
            scope.spawn(move || {
                let proxy = crashing(sender + 1, one_in.unwrap_or(usize::MAX));
                let mut environment = with_ledger(topic, table);
                environment
                    .extend([("AWS_ENDPOINT_URL_DYNAMODB", proxy.url.as_str()), ("AWS_ENDPOINT_URL_SNS", &proxy.url)]);
                let mut function = Function::start("sealwatch-kinesis-stream", &environment);
                loop {
                    let next = queue.lock().unwrap().next();
                    let Some(event) = next else { return };
                    let mut invocation = function.invoke(event.to_string());
                    while invocation.outcome != Outcome::Response(Value::Null) {
                        assert!(proxy.is_down.swap(false, Ordering::SeqCst), "{:#?}", invocation.lines);
                        crashes.fetch_add(1, Ordering::SeqCst);
                        let is_told = proxy.is_told.swap(false, Ordering::SeqCst);
                        after_publish.fetch_add(usize::from(is_told), Ordering::SeqCst);
                        invocation = function.invoke_as(&invocation.id, event.to_string());
                    }
                    proxy.is_down.store(false, Ordering::SeqCst);
                    proxy.is_told.store(false, Ordering::SeqCst);
                }
            });
        }
    });
    (crashes.into_inner(), after_publish.into_inner())
}

/// Checks that for each stream the newest event decides, and that subscribers were told so. Returns how many notices were
/// told again.
fn check(events: &[Value], entries: &[Entry], messages: &[Value]) -> usize {
    let mut newest: BTreeMap<&str, (&str, &str, bool)> = BTreeMap::new();
    for event in events {
        let detail = &event["detail"];
        let text = |value: &'static str| detail[value].as_str().unwrap();
        let stream = detail["requestParameters"]["streamName"].as_str().unwrap();
        let name = text("eventName");
        let this = (text("eventTime"), text("eventID"), name == "StopStreamEncryption");
        let known = newest.entry(stream).or_insert(this);
        if this.0 > known.0 {
            *known = this;
        }
    }
    assert_eq!(newest.len(), 60);
    let mut told: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for message in messages {
        for finding in machine(message)["findings"].as_array().unwrap() {
            told.entry(finding["fingerprint"].as_str().unwrap().to_owned()).or_default().push(finding.clone());
        }
    }
    let mut repeated = 0;
    for entry in entries.iter().filter(|entry| entry.subject.rule == "kinesis-stream-unencrypted") {
        let stream = entry.subject.resource.rsplit('/').next().unwrap();
        let (_, id, is_wrong) = newest[stream];
        assert_eq!(entry.state == State::Open, is_wrong, "{stream}");
        assert_eq!(entry.verdict.as_ref().unwrap().moment.event, id, "{stream}");
        assert_eq!((&entry.claim, &entry.pending, entry.notice()), (&None, &None, None), "{stream}");
        let none = Vec::new();
        let told = told.get(&entry.subject.fingerprint).unwrap_or(&none);
        // each notice that the ledger remembers was received
        let notices: BTreeSet<(String, String)> = told
            .iter()
            .map(|finding| {
                (
                    text(finding, "state"),
                    text(finding, if finding["state"] == "open" { "first_seen" } else { "resolved_at" }),
                )
            })
            .collect();
        assert!(entry.history.is_empty() == notices.is_empty(), "{stream}");
        assert!(told.len() >= entry.history.len(), "{stream}: lost: {told:#?} {:#?}", entry.history);
        repeated += told.len() - entry.history.len();
        let last = entry.told.as_ref().map(|told| told.holds.state);
        assert!(last == Some(entry.state) || last.is_none() && !is_wrong, "{stream}: {last:?}");
    }
    repeated
}

fn text(finding: &Value, name: &str) -> String {
    finding[name].as_str().unwrap_or_default().to_owned()
}

#[test]
fn three_hundred_outcomes_delivered_twice_by_eight_senders_end_right_without_a_duplicate() {
    let (aws, table) = (LocalAws::connect(), LedgerTable::create("eight-senders-ledger"));
    let (topic, key) = (aws.topic("eight-senders"), aws.key());
    aws.enable_rotation(&key, 365);
    let events = outcomes(&AtomicUsize::new(1), &key);
    assert_eq!(deliver(&events, &topic.arn, &table, None), (0, 0));
    assert_eq!(check(&events, &table.entries(), &topic.messages()), 0, "duplicate notices");
}

#[test]
fn with_one_crash_in_five_nothing_is_lost_and_only_a_crash_after_a_message_repeats_it() {
    let (aws, table) = (LocalAws::connect(), LedgerTable::create("crashing-senders-ledger"));
    let (topic, key) = (aws.topic("crashing-senders"), aws.key());
    aws.enable_rotation(&key, 365);
    let events = outcomes(&AtomicUsize::new(2), &key);
    // an invocation makes three requests or so
    let (crashes, after_publish) = deliver(&events, &topic.arn, &table, Some(10));
    assert!(crashes > 100, "{crashes} crashes");
    let repeated = check(&events, &table.entries(), &topic.messages());
    assert!(repeated <= after_publish, "{repeated} repeated, {after_publish} of {crashes} crashes after a message");
}

#[test]
fn a_storm_of_two_hundred_is_at_most_six_messages_and_machines_get_every_finding() {
    let (aws, table) = (LocalAws::connect(), LedgerTable::create("storm-ledger"));
    let topic = aws.topic("storm");
    aws.schedule_group("storm");
    let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:storm-dead-letters");
    let mut environment = with_ledger(&topic.arn, &table);
    let role = format!("arn:aws:iam::{ACCOUNT}:role/schedules");
    environment.extend([
        ("SEALWATCH_SCHEDULE_GROUP", "storm"),
        ("SEALWATCH_SCHEDULE_ROLE_ARN", role.as_str()),
        ("SEALWATCH_SCHEDULE_DEAD_LETTER_ARN", &queue),
    ]);
    let mut function = Function::start("sealwatch-kinesis-stream", &environment);
    for number in 0..200 {
        let event = at(stop_encryption(&format!("orders-{number}")), number, "terraform");
        function.invoke(event.to_string()).succeeded();
    }
    let schedules = aws.schedules("storm");
    assert_eq!(schedules.len(), 1, "{schedules:?}");
    let first = topic.messages();
    assert_eq!(first.len(), 5);
    // what the schedule does at its time
    let input = aws.schedule_input("storm", &schedules[0]);
    function.invoke(input.clone()).succeeded();
    let gathered = topic.messages();
    assert_eq!(gathered.len(), 1);
    assert!(subject(&gathered[0]).contains("kinesis-stream-unencrypted: 195 more"), "{}", subject(&gathered[0]));
    let of = |messages: &[Value]| -> BTreeSet<String> {
        let findings = messages.iter().flat_map(|message| machine(message)["findings"].as_array().unwrap().clone());
        findings.map(|finding| text(&finding, "fingerprint")).collect()
    };
    assert_eq!(of(&first).union(&of(&gathered)).count(), 200);
    function.invoke(input).succeeded();
    assert_eq!(topic.messages(), Vec::<Value>::new(), "the schedule came twice");
    assert!(table.entries().iter().all(|entry| entry.pending.is_none() && entry.told.is_some()));
}

/// An open finding that everybody was told about.
fn open(observation: Observation) -> Entry {
    let Observation { subject, moment, .. } = observation;
    let resource = json!({"type": "AWS::Kinesis::Stream", "arn": subject.resource, "name": "n"});
    let finding =
        json!({"id": "0".repeat(32), "fingerprint": subject.fingerprint, "rule": subject.rule, "severity": "high",
        "outcome": "violation", "title": "t", "detail": "d", "resource": resource, "account": subject.account,
        "region": subject.region, "partition": "aws", "evidence": {}, "references": [], "controls": [],
        "event": {"id": "e-0", "name": "Before", "source": "s", "time": written(moment.time - 3_600)}})
        .to_string();
    let answer = Answer::Wrong { severity: Severity::High, evidence: "e".to_owned(), finding };
    let moment = Moment { time: moment.time - 3_600, rank: 1, wrong: true, event: "e-0".to_owned() };
    let wrong = Observation { subject, moment, origin: Origin::Event, answer, by: By::default() };
    let mut entry = Entry::merge(None, &wrong, 1_000_000).unwrap();
    entry.claim("before");
    assert!(entry.confirm("before", 1_000_000));
    Entry { version: 1, ..entry }
}

/// All sample events.
fn samples() -> Vec<String> {
    let list = |folder: PathBuf| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let folders = list(crate::binaries::root().join("events")).filter(|path| path.is_dir());
    folders.flat_map(list).map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn every_closing_call_resolves() {
    let (aws, table) = (LocalAws::connect(), LedgerTable::create("closing-calls-ledger"));
    let topic = aws.topic("closing-calls");
    let mut missing: BTreeSet<(&str, &str)> =
        DETECTORS.iter().flat_map(|one| one.closing.iter().map(|call| (one.name, call.name))).collect();
    // evaluated after a look-up: only that says whether it is connected
    assert!(missing.remove(&("kms-key-store", "ConnectCustomKeyStore")));
    for detector in DETECTORS.iter().filter(|detector| !detector.closing.is_empty()) {
        let name = format!("sealwatch-{}", detector.name);
        let mut function = Function::start(&name, &with_ledger(&topic.arn, &table));
        for text in samples() {
            let Ok(event) = Event::parse(&text) else { continue };
            let mut record = String::new();
            each(&text, &mut |_, found| {
                if let Found::Record(_, one) = found {
                    one.clone_into(&mut record);
                }
            });
            let Ok(call) = detector.closing_call(&Record::parse(&record).unwrap()) else { continue };
            let change = event.change(detector, call);
            let (facts, settings) = (Facts::default(), Settings::default());
            let findings = evaluate(&change, &facts, &settings);
            let mut ended = observations(&findings, settings.language, Origin::Event, 0);
            ended.retain(|one| matches!(one.answer, Answer::Right(_)));
            if ended.is_empty() {
                continue;
            }
            let fingerprints: Vec<String> = ended.iter().map(|one| one.subject.fingerprint.clone()).collect();
            table.put(&ended.into_iter().map(open).collect::<Vec<_>>());
            function.invoke(text.clone()).succeeded();
            let entries = table.entries();
            for fingerprint in &fingerprints {
                let entry = entries.iter().find(|entry| entry.subject.fingerprint == *fingerprint).unwrap();
                assert_eq!(entry.state, State::Resolved, "{} {}", call.name, entry.subject.rule);
                assert_eq!(entry.resolved_by.as_ref().unwrap().call, call.name);
                assert_eq!(entry.told.as_ref().unwrap().holds.state, State::Resolved);
            }
            let subjects: Vec<String> = topic.messages().iter().map(subject).collect();
            assert!(subjects.iter().any(|one| one.starts_with("[RESOLVED] ")), "{subjects:?}");
            missing.remove(&(detector.name, call.name));
        }
    }
    assert_eq!(missing, BTreeSet::new(), "closing calls without a sample that ends something");
}
