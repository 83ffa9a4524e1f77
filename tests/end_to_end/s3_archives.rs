//! Tests that `sealwatch replay s3://…` reads an archive in S3 like an archive in a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::binaries::{Scratch, binary, wait_with_timeout};
use crate::events::{ACCOUNT, FOREIGN, REGION, gzip, record};
use crate::fake_aws::FakeAws;
use crate::fake_s3::{Behavior, FakeS3};
use crate::local_aws::{self, LocalAws};

/// The output and the exit status of a run.
struct Run {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    /// The streams with findings, in the order of the output.
    fn streams(&self) -> Vec<String> {
        let findings = self.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        findings.map(|finding| finding["resource"]["name"].as_str().unwrap().to_owned()).collect()
    }
}

/// Runs `sealwatch replay` with credentials for the local AWS and this endpoint.
fn replay_at(endpoint: &str, arguments: &[&str]) -> Run {
    replay_with(&local(endpoint), arguments)
}

/// Credentials for the local AWS, and an endpoint.
fn local(endpoint: &str) -> [(&str, &str); 4] {
    let credentials = [("AWS_ACCESS_KEY_ID", ACCOUNT), ("AWS_SECRET_ACCESS_KEY", "secret")];
    [credentials[0], credentials[1], ("AWS_ENDPOINT_URL", endpoint), ("AWS_REGION", REGION)]
}

fn replay(arguments: &[&str]) -> Run {
    replay_at(&local_aws::url(), arguments)
}

fn replay_with(environment: &[(&str, &str)], arguments: &[&str]) -> Run {
    run(&mut Command::new(binary("sealwatch")), environment, arguments)
}

fn run(command: &mut Command, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
    let child = command
        .arg("replay")
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let output = wait_with_timeout(child.unwrap());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The record of a call that stops the encryption of a stream.
fn stop(stream: &str, time: &str) -> Value {
    let mut record = record("kinesis", "StopStreamEncryption", json!({"streamName": stream}), Value::Null);
    record["eventTime"] = json!(time);
    record
}

fn log(records: &[Value]) -> Vec<u8> {
    gzip(&json!({"Records": records}).to_string())
}

/// The S3 key of a log file.
fn key(account: &str, region: &str, day: &str, name: &str) -> String {
    format!("AWSLogs/{account}/CloudTrail/{region}/2026/11/{day}/{name}.json.gz")
}

#[test]
fn an_archive_in_s3_is_read_like_one_in_a_folder() {
    let noon = "2026-11-20T12:00:00Z";
    let many: Vec<Value> = (0..3).map(|index| stop(&format!("many-{index}"), noon)).collect();
    let mut objects: Vec<(String, Vec<u8>)> = vec![
        (key(ACCOUNT, "eu-west-1", "19", "b"), log(&[stop("early", "2026-11-18T12:00:00Z")])),
        (key(ACCOUNT, "eu-west-1", "20", "a"), log(&many)),
        (key(ACCOUNT, "eu-west-1", "20", "broken"), log(&many)[..40].to_vec()),
        (key(ACCOUNT, "eu-central-1", "20", "a"), log(&[stop("elsewhere", noon)])),
        (key(FOREIGN, "eu-west-1", "20", "a"), log(&[stop("theirs", noon)])),
        (format!("AWSLogs/{ACCOUNT}/CloudTrail-Digest/d.json.gz"), log(&[])),
        ("AWSLogs/notes.txt".to_owned(), b"for people".to_vec()),
        ("AWSLogs/a folder/".to_owned(), Vec::new()),
        ("other/plain name, spaces & ümläuts.json".to_owned(), stop("plain", noon).to_string().into_bytes()),
    ];
    // more objects than a worker prefetches
    let day = |index| key(ACCOUNT, "eu-west-1", "21", &format!("{index:02}"));
    objects.extend((0..40).map(|index| (day(index), log(&[stop(&format!("s-{index:02}"), noon)]))));
    let folder = Scratch::new("s3-archive");
    for (key, bytes) in objects.iter().filter(|(key, _)| !key.ends_with('/')) {
        let path = folder.0.join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let bucket = "s3-archives-like-a-folder";
    let objects: Vec<(&str, Vec<u8>)> = objects.iter().map(|(key, bytes)| (key.as_str(), bytes.clone())).collect();
    LocalAws::connect().bucket(bucket, &objects);

    let local = replay(&["--format", "json", folder.0.to_str().unwrap()]);
    assert_eq!((local.status, local.streams().len()), (Some(2), 47));
    let url = format!("s3://{bucket}");
    for jobs in ["1", "4"] {
        let run = replay(&["--format", "json", "--jobs", jobs, &url]);
        assert_eq!((run.status, run.streams()), (Some(2), local.streams()), "{}", run.stderr);
        let broken = key(ACCOUNT, "eu-west-1", "20", "broken");
        assert!(run.stderr.lines().count() == 1 && run.stderr.contains(&format!("{url}/{broken}")), "{}", run.stderr);
    }
    let (mut remote, here) = (replay(&[&url]).stdout, folder.0.display().to_string());
    remote = remote.replace(&here, &url);
    assert_eq!(remote, replay(&[&here]).stdout.replace(&here, &url), "the same summary");

    let selected = |arguments: &[&str]| replay(&[&["--format", "json", &url], arguments].concat()).streams();
    let days = selected(&["--since", "2026-11-20", "--until", "2026-11-20", "--account", FOREIGN]);
    assert_eq!(days, Vec::<String>::new(), "the record in the folder of that account belongs to this account");
    assert_eq!(selected(&["--until", "2026-11-18"]), ["early"]);
    let narrowed = replay(&["--account", ACCOUNT, "--region", "eu-central-1", "--until", "2026-11-19", &url]);
    assert!(narrowed.stdout.contains("skipped by path"), "{}", narrowed.stdout);

    let one = format!("{url}/other/plain name, spaces & ümläuts.json");
    assert_eq!(replay(&["--format", "json", &one]).streams(), ["plain"]);
    let prefix = format!("{url}/{}", key(ACCOUNT, "eu-west-1", "21", "0").trim_end_matches(".json.gz"));
    assert_eq!(replay(&["--format", "json", &prefix]).streams().len(), 10, "a prefix need not be a folder");
    let small = replay(&["--format", "json", "--max-file-size", "64", &one]);
    assert!(small.status == Some(2) && small.stderr.contains("--max-file-size"), "{}", small.stderr);
}

#[test]
fn an_unreadable_s3_url_is_reported_with_what_to_do() {
    LocalAws::connect().bucket("s3-archives-empty", &[]);
    let refusing = FakeAws::s3_refusing("AccessDenied").url;
    for (endpoint, url, wanted) in [
        (local_aws::url(), "s3://nobody-has-this-bucket/a", "the bucket `nobody-has-this-bucket` does not exist"),
        (
            local_aws::url(),
            "s3://s3-archives-empty",
            "no .json, .jsonl, .ndjson, .gz, .zst or .zip file in s3://s3-archives-empty",
        ),
        (local_aws::url(), "s3://", "s3://bucket/prefix"),
        (refusing, "s3://logs/a", "s3:ListBucket"),
        ("http://127.0.0.1:1".to_owned(), "s3://logs/a", "check network and proxy"),
    ] {
        let run = replay_at(&endpoint, &[url]);
        assert_eq!(run.status, Some(2), "{url}");
        assert!(run.stderr.contains(url) && run.stderr.contains(wanted), "{url}: {}", run.stderr);
        assert!(run.stderr.lines().count() == 1 && run.stderr.len() < 400, "{}", run.stderr);
    }
}

#[test]
fn without_credentials_the_error_says_how_to_supply_them() {
    let environment = [("AWS_EC2_METADATA_DISABLED", "true"), ("HOME", "/nonexistent"), ("AWS_REGION", REGION)];
    let run = replay_with(&environment, &["s3://logs/a"]);
    assert_eq!(run.status, Some(2));
    for wanted in ["s3://logs/a", "no AWS credentials", "AWS_PROFILE", "aws sso login"] {
        assert!(run.stderr.contains(wanted), "{wanted}: {}", run.stderr);
    }
}

#[test]
fn local_files_need_no_aws_configuration() {
    // Creating any AWS client would fail, because the profile does not exist.
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/kinesis-stream");
    let run = replay_with(&[("AWS_PROFILE", "nobody"), ("AWS_ENDPOINT_URL", "no url")], &[events.to_str().unwrap()]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), ""));
}

#[test]
fn a_profile_supplies_the_credentials() {
    let folder = Scratch::new("s3-profile");
    let config = folder.0.join("config");
    let keys = "region = eu-west-1\naws_access_key_id = 111122223333\naws_secret_access_key = secret\n";
    fs::write(&config, format!("[profile audit]\n{keys}")).unwrap();
    let s3 = FakeAws::s3_refusing("AccessDenied");
    let environment = [
        ("AWS_CONFIG_FILE", config.to_str().unwrap()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL", s3.url.as_str()),
    ];
    let run = replay_with(&environment, &["--profile", "audit", "s3://logs/a"]);
    assert!(run.status == Some(2) && run.stderr.contains("s3:ListBucket"), "{}", run.stderr);
    let requests = s3.requests();
    assert!(!requests.is_empty());
    for request in requests {
        assert!(request.header("authorization").unwrap().contains(&format!("Credential={ACCOUNT}/")));
    }
}

/// Objects with one violation each, in the layout of a trail and others, with names that S3 and folders sort differently.
fn many_objects(count: usize) -> BTreeMap<String, Vec<u8>> {
    let folders = ["CloudTrail", "CloudTrail-old", "CloudTrail.d", "CloudTrail/eu", "CloudTrail/eu-west-1"];
    let object = |index: usize| {
        let key = format!("AWSLogs/{}/{:02}/{index:05}.json", folders[index % folders.len()], index % 7);
        (key, stop(&format!("s-{index:05}"), "2026-11-20T12:00:00Z").to_string().into_bytes())
    };
    (0..count).map(object).collect()
}

/// The streams of [`many_objects`] in the order of a folder.
fn in_order(objects: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut keys: Vec<&Path> = objects.keys().map(Path::new).collect();
    keys.sort();
    keys.iter().map(|key| format!("s-{}", key.file_stem().unwrap().to_str().unwrap())).collect()
}

#[test]
fn many_objects_are_fetched_at_the_same_time_and_read_in_order() {
    let objects = many_objects(1500);
    let wanted = in_order(&objects);
    for page in [None, Some(7), Some(100)] {
        let least = if page.is_none() { 65 } else { 0 };
        let behavior = Behavior { delay: Duration::from_millis(50), least, page, ..Behavior::default() };
        let s3 = FakeS3::start(objects.clone(), behavior);
        let run = replay_at(&s3.url(), &["--format", "json", "s3://logs"]);
        assert_eq!((run.status, run.streams()), (Some(1), wanted.clone()), "{page:?} {}", run.stderr);
        let ([lists, gets], peak) = (s3.answered(), s3.peak());
        assert!(gets == 1500 && (least..=512).contains(&peak), "{gets} objects, {peak} requests in flight");
        assert!(page.is_some() || lists < 16, "{lists} listings");
    }
}

#[test]
fn a_filter_takes_no_request_for_each_folder_that_no_trail_made() {
    let object =
        |index: usize| (format!("exports/{:02}/{index:04}/log.json", index % 50), stop("s", "2026-11-20T12:00:00Z"));
    let exports = (0..1500).map(object).map(|(key, stop)| (key, stop.to_string().into_bytes()));
    let s3 = FakeS3::start(exports.collect(), Behavior::default());
    for filter in [&["--since", "2026-11-20"][..], &["--account", ACCOUNT], &["--region", REGION], &[]] {
        let before = s3.answered();
        let run = replay_at(&s3.url(), &[filter, &["--format", "json", "s3://logs"]].concat());
        assert_eq!((run.status, run.streams().len()), (Some(1), 1500), "{filter:?}: {}", run.stderr);
        let lists = s3.answered()[0] - before[0];
        assert!(lists < 60, "{filter:?}: {lists} listings");
    }
}

#[test]
fn a_filter_lists_no_folder_that_it_skips() {
    let object = |index: usize| {
        let (day, region) = (format!("{:02}", index % 30 + 1), ["eu-west-1", "eu-central-1"][index % 2]);
        (key(if index < 1200 { ACCOUNT } else { FOREIGN }, region, &day, &format!("{index:04}")), log(&[]))
    };
    let s3 = FakeS3::start((0..2400).map(object).collect(), Behavior::default());
    let day = ["--since", "2026-11-28", "--account", ACCOUNT, "--region", "eu-west-1", "s3://logs"];
    let run = replay_at(&s3.url(), &day);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let [lists, gets] = s3.answered();
    assert!(lists < 15 && gets == 40 * 2, "{lists} listings, {gets} objects");
}

#[test]
fn an_overloaded_s3_gets_fewer_requests_and_everything_is_read() {
    let objects = many_objects(600);
    let wanted = in_order(&objects);
    let behavior = Behavior { delay: Duration::from_millis(10), least: 21, most: Some(20), ..Behavior::default() };
    let s3 = FakeS3::start(objects, behavior);
    let run = replay_at(&s3.url(), &["--format", "json", "s3://logs/AWSLogs/"]);
    assert_eq!((run.status, run.streams()), (Some(1), wanted), "{}", run.stderr);
    assert!(s3.refused() > 0 && s3.refused() < 600, "{} refused", s3.refused());
}

#[test]
fn a_process_that_may_open_few_files_has_fewer_requests_in_flight() {
    // the records are too many for memory: they need a temporary file besides the connections
    let more = format!("{{\"additionalEventData\":\"{}\",", "x".repeat(10_000)).into_bytes();
    let longer = |(key, record): (String, Vec<u8>)| (key, [&more[..], &record[1..]].concat());
    let objects: BTreeMap<String, Vec<u8>> = many_objects(300).into_iter().map(longer).collect();
    let wanted = in_order(&objects);
    let s3 = FakeS3::start(objects, Behavior { delay: Duration::from_millis(30), ..Behavior::default() });
    let run = run(
        Command::new("sh").args(["-c", "ulimit -n 40; exec \"$0\" \"$@\""]).arg(binary("sealwatch")),
        &local(&s3.url()),
        &["--format", "json", "s3://logs/"],
    );
    assert_eq!((run.status, run.streams()), (Some(1), wanted), "{}", run.stderr);
    assert!(s3.peak() < 40, "{}", s3.peak());
}

#[test]
fn downloads_that_break_off_are_repeated() {
    let objects = many_objects(20);
    let wanted = in_order(&objects);
    let s3 = FakeS3::start(objects, Behavior { breaks_off: true, ..Behavior::default() });
    let run = replay_at(&s3.url(), &["--format", "json", "--jobs", "1", "s3://logs/"]);
    assert_eq!((run.status, run.streams()), (Some(1), wanted), "{}", run.stderr);
    assert_eq!(s3.answered()[1], 40);
}

#[test]
fn keys_with_characters_that_xml_cannot_hold_are_read() {
    let names = ["a\u{1}b", "a b+c", "ü&<%41", "new\nline"];
    let object = |name: &str| (format!("AWSLogs/{name}/{name}.json"), stop(name, "2026-11-20T12:00:00Z"));
    let objects = names.map(object).map(|(key, stop)| (key, stop.to_string().into_bytes()));
    for page in [None, Some(1)] {
        let s3 = FakeS3::start(objects.clone().into(), Behavior { page, ..Behavior::default() });
        let run = replay_at(&s3.url(), &["--format", "json", "s3://logs"]);
        assert_eq!((run.status, run.streams().len()), (Some(1), names.len()), "{page:?}: {}", run.stderr);
    }
}

#[test]
fn a_bucket_in_another_region_is_found_with_one_more_request() {
    let s3 = FakeS3::start(many_objects(5), Behavior { region: Some("eu-central-1"), ..Behavior::default() });
    let run = replay_at(&s3.url(), &["--format", "json", "s3://logs/", "s3://logs/AWSLogs/CloudTrail/"]);
    assert_eq!((run.status, run.streams().len()), (Some(1), 5), "{}", run.stderr);
    assert_eq!(s3.answered(), [2, 5], "objects that two prefixes hold are fetched once");
}

#[test]
fn the_proxies_of_the_environment_are_used() {
    let objects = many_objects(5);
    let wanted = in_order(&objects);
    let s3 = FakeS3::start(objects, Behavior::default());
    let credentials = [
        ("AWS_ACCESS_KEY_ID", ACCOUNT),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", REGION),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let (url, dead) = (s3.url(), "http://127.0.0.1:1");
    for environment in [
        [("AWS_ENDPOINT_URL", "http://s3.example.test"), ("HTTP_PROXY", url.as_str()), ("X", "")],
        [("AWS_ENDPOINT_URL", "http://s3.example.test"), ("http_proxy", &url), ("X", "")],
        [("AWS_ENDPOINT_URL", "http://s3.example.test"), ("ALL_PROXY", &url), ("X", "")],
        [("AWS_ENDPOINT_URL", &url), ("HTTP_PROXY", dead), ("NO_PROXY", "127.0.0.1")],
        [("AWS_ENDPOINT_URL", &url), ("http_proxy", dead), ("no_proxy", "127.0.0.1")],
        [("AWS_ENDPOINT_URL", &url), ("HTTP_PROXY", dead), ("NO_PROXY", "*")],
    ] {
        let run = replay_with(&[&credentials[..], &environment].concat(), &["--format", "json", "s3://logs/"]);
        assert_eq!((run.status, run.streams()), (Some(1), wanted.clone()), "{environment:?}: {}", run.stderr);
    }
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let proxy = FakeAws::s3_refusing("no tunnel");
        let run = replay_with(&[&credentials[..], &[(variable, proxy.url.as_str())]].concat(), &["s3://logs/"]);
        assert!(run.status == Some(2) && run.stderr.contains("check network and proxy"), "{}", run.stderr);
        let requests = proxy.requests();
        let tunnels = requests.iter().map(|request| format!("{} {}", request.method, request.path));
        let named = format!("through the proxy {} that {variable} names", proxy.url.trim_start_matches("http://"));
        assert!(run.stderr.contains(&named), "{}", run.stderr);
        let wanted = format!("CONNECT logs.s3.{REGION}.amazonaws.com:443");
        assert!(!requests.is_empty() && tunnels.into_iter().all(|tunnel| tunnel == wanted), "{variable}");
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_reported_without_its_password() {
    let s3 = FakeS3::start(many_objects(1), Behavior::default());
    for (variable, value, wanted) in [
        ("HTTP_PROXY", "ftp://me:secret@127.0.0.1:1", "HTTP_PROXY does not name a proxy that can be used"),
        ("https_proxy", "http://[bad", "https_proxy does not name a proxy that can be used"),
        ("HTTP_PROXY", "http://me:secret@127.0.0.1:1", "through the proxy 127.0.0.1:1 that HTTP_PROXY names"),
    ] {
        let run = replay_with(&[&local(&s3.url())[..], &[(variable, value)]].concat(), &["s3://logs/"]);
        assert_eq!(run.status, Some(2), "{value}: {}", run.stderr);
        assert!(run.stderr.contains(wanted) && !run.stderr.contains("secret"), "{value}: {}", run.stderr);
    }
}

#[test]
fn a_broken_ca_bundle_is_reported() {
    let folder = Scratch::new("s3-ca-bundle");
    let bundle = folder.0.join("bundle.pem");
    fs::write(&bundle, "no certificate").unwrap();
    let run = replay_with(&[("AWS_CA_BUNDLE", bundle.to_str().unwrap())], &["s3://logs/a"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("AWS_CA_BUNDLE") && run.stderr.contains("bundle.pem"), "{}", run.stderr);
}
