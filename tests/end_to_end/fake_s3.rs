//! A FAKE S3 for what the local AWS cannot do: be slow, overloaded, elsewhere, or break off. It checks no signature.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use crate::http::{Fault, Request, Response, serve};

/// How long a fake S3 waits for requests.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a fake S3 behaves.
#[derive(Debug, Default)]
pub(crate) struct Behavior {
    /// How long each response takes.
    pub(crate) delay: Duration,
    /// No object is answered before so many requests were in flight, or 10 seconds are over. 0 waits for nothing.
    pub(crate) least: usize,
    /// How many requests are answered at the same time; more get `SlowDown`.
    pub(crate) most: Option<usize>,
    /// Where the bucket is; requests that are signed for another Region are redirected.
    pub(crate) region: Option<&'static str>,
    /// True if the first response with each object breaks off.
    pub(crate) breaks_off: bool,
    /// How many keys a page of a listing has.
    pub(crate) page: Option<usize>,
}

/// A fake S3 with one bucket, `logs`.
#[derive(Debug)]
pub(crate) struct FakeS3 {
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    counts: Arc<Counts>,
}

/// What a fake S3 counts.
#[derive(Debug, Default)]
struct Counts {
    now: AtomicUsize,
    peak: AtomicUsize,
    refused: AtomicUsize,
    lists: AtomicUsize,
    gets: AtomicUsize,
    /// The keys of objects that it answered with.
    served: Mutex<BTreeSet<String>>,
}

impl FakeS3 {
    pub(crate) fn start(objects: BTreeMap<String, Vec<u8>>, behavior: Behavior) -> FakeS3 {
        let counts = Arc::new(Counts::default());
        let counted = Arc::clone(&counts);
        let started = Instant::now();
        let address = serve(move |request| {
            let now = counted.now.fetch_add(1, Ordering::SeqCst) + 1;
            counted.peak.fetch_max(now, Ordering::SeqCst);
            thread::sleep(behavior.delay);
            let response = match behavior.most.is_some_and(|most| now > most) {
                true => {
                    counted.refused.fetch_add(1, Ordering::SeqCst);
                    error(503, "SlowDown")
                }
                false => answer(&objects, &behavior, &counted, &request),
            };
            let is_object = response.status == 200 && !request.path.contains("list-type");
            while is_object && counted.peak.load(Ordering::SeqCst) < behavior.least && started.elapsed() < PATIENCE {
                thread::sleep(Duration::from_millis(5));
            }
            counted.now.fetch_sub(1, Ordering::SeqCst);
            response
        });
        FakeS3 { address, counts }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The most requests that were in flight.
    pub(crate) fn peak(&self) -> usize {
        self.counts.peak.load(Ordering::SeqCst)
    }

    /// How many requests it refused.
    pub(crate) fn refused(&self) -> usize {
        self.counts.refused.load(Ordering::SeqCst)
    }

    /// How many listings and objects it answered with.
    pub(crate) fn answered(&self) -> [usize; 2] {
        [self.counts.lists.load(Ordering::SeqCst), self.counts.gets.load(Ordering::SeqCst)]
    }
}

fn error(status: u16, code: &str) -> Response {
    let body = format!("<Error><Code>{code}</Code><Message>the fake refuses</Message></Error>");
    Response { status, body: body.into_bytes(), ..Response::default() }
}

fn answer(objects: &BTreeMap<String, Vec<u8>>, behavior: &Behavior, counts: &Counts, request: &Request) -> Response {
    if let Some(region) = behavior.region
        && !request.header("authorization").unwrap_or_default().contains(&format!("/{region}/s3/"))
    {
        let redirect = error(301, "PermanentRedirect");
        return Response { headers: vec![("x-amz-bucket-region", region.to_owned())], ..redirect };
    }
    // a proxy gets the whole URL; the bucket is in the name of the host, or else in the path
    let target = request
        .path
        .split_once("://")
        .map_or(request.path.as_str(), |(_, rest)| rest.find('/').map_or("/", |path| &rest[path..]));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let key = decoded(path.trim_start_matches('/').trim_start_matches("logs").trim_start_matches('/'));
    if key.is_empty() {
        counts.lists.fetch_add(1, Ordering::SeqCst);
        return Response { status: 200, body: list(objects, behavior, query).into_bytes(), ..Response::default() };
    }
    let Some(object) = objects.get(&key) else { return error(404, "NoSuchKey") };
    counts.gets.fetch_add(1, Ordering::SeqCst);
    let breaks_off = behavior.breaks_off && counts.served.lock().unwrap().insert(key);
    let fault = breaks_off.then_some(Fault::Cut(object.len() / 2));
    Response { status: 200, body: object.clone(), fault, ..Response::default() }
}

/// What S3 encodes in the keys of a listing, if it is asked to. A space becomes a plus.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'/').remove(b'_').remove(b' ');

fn list(objects: &BTreeMap<String, Vec<u8>>, behavior: &Behavior, query: &str) -> String {
    let value = |name: &str| {
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(decoded).unwrap_or_default()
    };
    let after = decoded(&value("continuation-token"));
    let (prefix, divided) = (value("prefix"), !value("delimiter").is_empty());
    let most = value("max-keys").parse().unwrap_or(1000).min(behavior.page.unwrap_or(1000));
    let mut entries: Vec<(String, Option<usize>)> = Vec::new();
    for (key, object) in objects.iter().filter(|(key, _)| key.starts_with(&prefix)) {
        match key[prefix.len()..].find('/').filter(|_| divided) {
            Some(slash) => entries.push((key[..prefix.len() + slash + 1].to_owned(), None)),
            None => entries.push((key.clone(), Some(object.len()))),
        }
    }
    entries.dedup();
    let mut entries = entries.into_iter().filter(|(entry, _)| after.is_empty() || *entry > after);
    let page: Vec<_> = entries.by_ref().take(most).collect();
    let encodes = value("encoding-type") == "url";
    let encoded = |key: &str| match encodes {
        true => percent_encoding::utf8_percent_encode(key, ENCODED).to_string().replace(' ', "+"),
        false => key.to_owned(),
    };
    let entry = |(entry, size): &(String, Option<usize>)| match size {
        Some(size) => format!("<Contents><Key>{}</Key><Size>{size}</Size></Contents>", encoded(entry)),
        None => format!("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", encoded(entry)),
    };
    let is_truncated = entries.next().is_some();
    let next = page.last().filter(|_| is_truncated);
    let token = |last| percent_encoding::utf8_percent_encode(last, NON_ALPHANUMERIC);
    let next = next.map(|(last, _)| format!("<NextContinuationToken>{}</NextContinuationToken>", token(last)));
    let encoding = if encodes { "<EncodingType>url</EncodingType>" } else { "" };
    format!(
        "<ListBucketResult>{encoding}<IsTruncated>{is_truncated}</IsTruncated>{}{}</ListBucketResult>",
        next.unwrap_or_default(),
        page.iter().map(entry).collect::<String>()
    )
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
