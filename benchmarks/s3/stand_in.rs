//! A stand-in for S3 that lists and serves the files of a folder, each response after a delay. It is for measuring only: it checks no
//! signature and knows no errors.
//!
//! `rustc -O benchmarks/s3/stand_in.rs -o target/s3-stand-in && target/s3-stand-in FOLDER PORT MILLISECONDS`

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

static IN_FLIGHT: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);
static REQUESTS: AtomicUsize = AtomicUsize::new(0);

struct Bucket {
    folder: PathBuf,
    keys: Vec<String>,
    delay: Duration,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, port, delay] = arguments.as_slice() else { panic!("usage: s3-stand-in FOLDER PORT MILLISECONDS") };
    let (folder, delay) = (PathBuf::from(folder), Duration::from_millis(delay.parse().unwrap()));
    let mut keys = Vec::new();
    add(&folder, &folder, &mut keys);
    keys.sort();
    let listener = TcpListener::bind(("127.0.0.1", port.parse().unwrap())).unwrap();
    println!("{} objects at http://{}", keys.len(), listener.local_addr().unwrap());
    let bucket = Arc::new(Bucket { folder, keys, delay });
    for stream in listener.incoming().flatten() {
        let bucket = Arc::clone(&bucket);
        thread::Builder::new().stack_size(256 << 10).spawn(move || drop(serve(&bucket, stream))).unwrap();
    }
}

fn add(root: &Path, folder: &Path, keys: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => add(root, &path, keys),
            false => keys.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned()),
        }
    }
}

fn serve(bucket: &Bucket, mut stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut header = String::new();
        while reader.read_line(&mut header)? > 2 {
            header.clear();
        }
        MOST.fetch_max(IN_FLIGHT.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        REQUESTS.fetch_add(1, Ordering::Relaxed);
        thread::sleep(bucket.delay);
        let target = first.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (status, kind, body) = match path.splitn(3, '/').nth(2).filter(|key| !key.is_empty()) {
            _ if path == "/requests" => {
                let (requests, most) = (REQUESTS.swap(0, Ordering::Relaxed), MOST.swap(0, Ordering::Relaxed));
                (200, "text/plain", format!("{requests} requests, at most {most} in flight\n").into_bytes())
            }
            Some(key) => match fs::read(bucket.folder.join(decoded(key))) {
                Ok(body) => (200, "binary/octet-stream", body),
                Err(_) => (404, "application/xml", b"<Error><Code>NoSuchKey</Code><Message>no</Message></Error>".to_vec()),
            },
            None => (200, "application/xml", list(bucket, query).into_bytes()),
        };
        let head = format!("HTTP/1.1 {status} -\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(&[head.into_bytes(), body].concat())?;
        IN_FLIGHT.fetch_sub(1, Ordering::Relaxed);
    }
}

fn list(bucket: &Bucket, query: &str) -> String {
    let value = |name: &str| {
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(decoded).unwrap_or_default()
    };
    let (prefix, after) = (value("prefix"), value("continuation-token"));
    let (divided, most) = (!value("delimiter").is_empty(), value("max-keys").parse().unwrap_or(1000));
    let (mut contents, mut folders, mut last, mut next) = (String::new(), BTreeSet::new(), String::new(), None);
    let mut count = 0;
    let mut at = bucket.keys.partition_point(|key| *key < prefix || (!after.is_empty() && *key <= after));
    while let Some(key) = bucket.keys.get(at).filter(|key| key.starts_with(&prefix)) {
        if count == most {
            next = Some(last);
            break;
        }
        count += 1;
        match key[prefix.len()..].find('/').filter(|_| divided) {
            Some(slash) => {
                let folder = &key[..prefix.len() + slash + 1];
                folders.insert(folder.to_owned());
                last = format!("{folder}\u{10ffff}");
                at += bucket.keys[at..].partition_point(|key| key.starts_with(folder));
            }
            None => {
                let size = fs::metadata(bucket.folder.join(key)).map_or(0, |file| file.len());
                contents += &format!("<Contents><Key>{key}</Key><Size>{size}</Size></Contents>");
                last = key.clone();
                at += 1;
            }
        }
    }
    let folders = folders.iter().map(|folder| format!("<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>"));
    let next_page = next.as_ref().map(|next| format!("<NextContinuationToken>{next}</NextContinuationToken>"));
    format!(
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>{}</IsTruncated>{}{}{}</ListBucketResult>",
        next.is_some(),
        next_page.unwrap_or_default(),
        contents,
        folders.collect::<String>()
    )
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => u8::from_str_radix(&String::from_utf8(rest.by_ref().take(2).collect()).unwrap(), 16).unwrap(),
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}
