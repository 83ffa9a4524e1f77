//! Random archives, divided into chunks at random, whose extracts are joined at random.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::support::gzip;
use crate::zip::zip;
use crate::{Folder, Run, samples_in};

/// The events that come with the program: with the EventBridge event around most of them.
static EVENTS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    samples_in(|detector| detector != "facts")
        .iter()
        .filter_map(|(_, text)| serde_json::from_slice(text).ok())
        .collect()
});

/// What an AWS CLI command printed.
static FACTS: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| samples_in(|detector| detector == "facts").into_iter().map(|(_, text)| text).collect());

const FILTERS: [&[&str]; 6] = [
    &["--since", "2026-11-21T10:15:00Z"],
    &["--until", "2026-11-21"],
    &["--since", "2026-11-20", "--until", "2026-11-22"],
    &["--account", "111122223333"],
    &["--region", "us-east-1"],
    &["--since", "2026-11-21", "--account", "444455556666", "--region", "eu-west-1"],
];

const OPTIONS: [&[&str]; 4] = [&[], &["--all"], &["--settle", "0"], &["--min-severity", "high"]];

const FOLDERS: [&str; 5] = [
    "",
    "a b/%41",
    "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/21",
    "AWSLogs/o-1/444455556666/CloudTrail/us-east-1/2026/11/02",
    "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/12/24",
];

/// What happened to a record on its way.
#[derive(Debug, Clone, Copy)]
enum Change {
    None,
    Failed,
    /// Another account, Region and day: the same resource has no other calls there.
    Moved,
    /// It replaces another record.
    Update,
    NotMonitored,
    Unreadable,
    /// Written with white space.
    Indented,
}

fn record((index, change): &(Index, Change)) -> String {
    let mut event = EVENTS[index.index(EVENTS.len())].clone();
    let record = match event.get("detail") {
        Some(_) => &mut event["detail"],
        None => &mut event,
    };
    match change {
        Change::None | Change::Indented => {}
        Change::Failed => record["errorCode"] = json!("AccessDenied"),
        Change::Moved => {
            record["recipientAccountId"] = json!("444455556666");
            record["awsRegion"] = json!("us-east-1");
            record["eventTime"] = json!("2026-11-20T23:59:59Z");
        }
        Change::Update => {
            let (id, request) = (record["eventID"].clone(), record["requestID"].clone());
            record["addendum"] = json!({"reason": "UPDATED_DATA", "originalEventID": id, "originalRequestID": request});
            record["eventID"] = json!("00000000-0000-0000-0000-000000000001");
        }
        Change::NotMonitored => record["eventName"] = json!("Decrypt"),
        Change::Unreadable => record["awsRegion"] = json!(7),
    }
    match change {
        Change::Indented => format!("{event:#}"),
        _ => event.to_string(),
    }
}

/// How records are stored.
#[derive(Debug, Clone, Copy)]
enum Form {
    Lines,
    GzipLines,
    Log,
    List,
    Queue,
    Zip,
    Broken,
    Cut,
    Other,
    Facts,
    Empty,
    Extract,
}

/// Writes a file.
fn write(folder: &Folder, number: usize, path: &str, form: Form, records: &[String]) {
    let lines = records.join("\n");
    let log = format!("{{\"Records\":[{}]}}", records.join(","));
    let (extension, bytes) = match form {
        Form::Lines => ("jsonl", lines.into_bytes()),
        Form::GzipLines => ("jsonl.gz", gzip(lines)),
        Form::Log => ("json.gz", gzip(log)),
        Form::List => ("json", format!("[{}]", records.join(",\n")).into_bytes()),
        Form::Queue => {
            let messages: Vec<Value> = records.iter().map(|record| json!({"Body": record})).collect();
            ("json", json!({"Messages": messages}).to_string().into_bytes())
        }
        Form::Zip => {
            let second = gzip(lines);
            let files =
                [("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/02/a.json", log.as_bytes()), ("b.gz", &second)];
            ("zip", zip(&files, 0))
        }
        Form::Broken => ("json", format!("{{\"cut\": \n{lines}\n{{oops\n").into_bytes()),
        Form::Cut => {
            let whole = gzip(log);
            ("json.gz", whole.get(..whole.len() - 5).unwrap().to_vec())
        }
        Form::Other => ("csv", b"eventTime,eventName,eventSource\n".to_vec()),
        Form::Facts => {
            let facts = FACTS.get(number % FACTS.len()).unwrap();
            let (first, second) = (String::from_utf8_lossy(facts), "{\"KeyMetadata\": {}}");
            ("json", format!("{first}\n{second}\n{lines}").into_bytes())
        }
        Form::Empty => ("json", Vec::new()),
        Form::Extract => {
            folder.write("lines.jsonl", lines);
            assert!(folder.run(&["extract", "-o", "lines.gz", "lines.jsonl"]).status.is_some());
            ("gz", fs::read(folder.0.join("lines.gz")).unwrap())
        }
    };
    // the day of its folder says nothing about the records in an extract
    let path = if matches!(form, Form::Extract) { "extracts" } else { path };
    folder.write(Path::new("in").join(path).join(format!("{number}.{extension}")), bytes);
}

/// Extracts in parts, and returns the names of the extracts.
fn extracts(folder: &Folder, chunk: usize, joined: &[bool], filter: &[&str]) -> Vec<String> {
    let chunk = chunk.to_string();
    let planned = folder.run(&[&["extract", "--plan", "parts", "--chunk-size", &chunk, "in"], filter].concat());
    assert!(planned.stderr.is_empty(), "{planned:?}");
    let mut lists: Vec<_> = fs::read_dir(folder.0.join("parts")).unwrap().map(|file| file.unwrap().path()).collect();
    lists.retain(|file| file.extension().is_some_and(|extension| extension == "keys"));
    lists.sort();
    let mut joined = joined.iter();
    let (mut names, mut bytes) = (Vec::new(), fs::read(folder.0.join("parts/search.gz")).unwrap());
    for list in lists {
        let list = list.to_str().unwrap();
        let extracted = folder.run(&[&["extract", "-o", "part.gz", "--keys", list], filter].concat());
        assert!(matches!(extracted.status, Some(0 | 2)), "{extracted:?}");
        let part = fs::read(folder.0.join("part.gz")).unwrap();
        match joined.next() {
            Some(true) => bytes.extend(part),
            _ => names.push(std::mem::replace(&mut bytes, part)),
        }
    }
    names.push(bytes);
    let file = |(number, bytes): (usize, Vec<u8>)| {
        let name = format!("x/{number:04}.gz");
        folder.write(&name, bytes);
        name
    };
    names.into_iter().enumerate().map(file).collect()
}

fn replay(folder: &Folder, options: &[&str], inputs: &[String]) -> Run {
    let inputs = inputs.iter().map(String::as_str);
    folder.run(&["replay"].into_iter().chain(options.iter().copied()).chain(inputs).collect::<Vec<_>>())
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => Just(Change::None),
        1 => Just(Change::Failed),
        1 => Just(Change::Moved),
        1 => Just(Change::Update),
        1 => Just(Change::NotMonitored),
        1 => Just(Change::Unreadable),
        1 => Just(Change::Indented),
    ]
}

fn forms() -> impl Strategy<Value = Form> {
    select(vec![
        Form::Lines,
        Form::GzipLines,
        Form::Log,
        Form::List,
        Form::Queue,
        Form::Zip,
        Form::Broken,
        Form::Cut,
        Form::Other,
        Form::Facts,
        Form::Empty,
        Form::Extract,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn extracts_answer_as_the_whole(
        files in vec((select(&FOLDERS[..]), forms(), vec((any::<Index>(), changes()), 0..8)), 1..10),
        chunk in 1_usize..5,
        joined in vec(any::<bool>(), 0..10),
        format in select(&["text", "json", "ocsf", "sns", "sarif"][..]),
        other in select(&OPTIONS[..]),
        filter in select(&FILTERS[..]),
    ) {
        let folder = Folder::new();
        for (number, (path, form, records)) in files.iter().enumerate() {
            let records: Vec<String> = records.iter().map(record).collect();
            write(&folder, number, path, *form, &records);
        }
        folder.write("in/readme.md", "other extension");
        let whole = ["in".to_owned()];
        let options = [&["--format", format], other].concat();
        let parts = extracts(&folder, chunk, &joined, &[]);
        prop_assert_eq!(replay(&folder, &options, &parts), replay(&folder, &options, &whole));

        // A filter of the replay selects the same findings. The counts of what is not in an extract know no filter.
        let options = [&["--format", "json"], other].concat();
        let filtered = [&options[..], filter].concat();
        let expected = replay(&folder, &filtered, &whole);
        prop_assert_eq!(replay(&folder, &filtered, &parts).stdout, &*expected.stdout);

        // A filter of the extract selects the same, and counts the same. Only a replay says that it selects nothing.
        fs::remove_dir_all(folder.0.join("parts")).unwrap();
        fs::remove_dir_all(folder.0.join("x")).unwrap();
        let parts = extracts(&folder, chunk, &joined, filter);
        prop_assert_eq!(replay(&folder, &options, &parts).stdout, &*expected.stdout);
        let text = replay(&folder, other, &parts);
        let expected = replay(&folder, &[other, filter].concat(), &whole);
        prop_assert_eq!((text.status, text.stdout), (expected.status, expected.stdout));
    }
}
