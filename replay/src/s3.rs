//! Archives in S3: finding the objects under a prefix, and fetching them a few ahead of the workers.
//!
//! Nothing here is made ready unless a path begins with `s3://`.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::ProvideCredentials;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use tokio::runtime::Runtime;
use tokio::task::{JoinHandle, JoinSet};

use crate::files::{self, Input, Search};
use crate::filter::Filter;

const SCHEME: &str = "s3://";

/// So many folders are listed at the same time.
const LISTED: usize = 16;

/// So many objects are fetched before a worker asks for them.
const AHEAD: usize = 16;

/// True for `s3://bucket` and whatever is behind it.
pub(crate) fn is_url(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.starts_with(SCHEME))
}

/// Bucket and key, or the beginning of keys.
fn parsed(path: &Path) -> Option<(&str, &str)> {
    let rest = path.to_str()?.strip_prefix(SCHEME)?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    (!bucket.is_empty()).then_some((bucket, key))
}

/// Access to S3, made at the first `s3://` path.
#[derive(Debug)]
pub(crate) struct S3 {
    runtime: Runtime,
    config: SdkConfig,
    /// A client for each bucket, in its Region.
    clients: HashMap<String, Client>,
}

/// Adds the objects whose keys begin as a URL says, in the order in which files are read. What cannot be listed becomes
/// a problem.
pub(crate) fn find(url: &Path, filter: &Filter, search: &mut Search) {
    if let Err(problem) = try_to_find(url, filter, search) {
        search.problems.push(format!("{}: {problem}", url.display()));
    }
}

fn try_to_find(url: &Path, filter: &Filter, search: &mut Search) -> Result<(), String> {
    let (bucket, prefix) = parsed(url).ok_or("names no bucket: write `s3://bucket/prefix`")?;
    let s3 = match search.s3.take() {
        Some(s3) => s3,
        None => S3::connect()?,
    };
    let s3 = search.s3.insert(s3);
    let client = s3.client(bucket)?;
    let listed = s3.runtime.block_on(list(&client, bucket, prefix, filter))?;
    search.passed_over += listed.passed_over;
    let objects = listed.objects.into_iter().map(|(key, bytes)| {
        let named = key == prefix;
        Input { path: PathBuf::from(format!("{SCHEME}{bucket}/{key}")), named, bytes }
    });
    let mut objects: Vec<Input> = objects.collect();
    // by folders, as a directory is searched; keys that differ only in slashes, by themselves
    objects
        .sort_by(|one, other| one.path.cmp(&other.path).then_with(|| one.path.as_os_str().cmp(other.path.as_os_str())));
    for object in objects {
        match object.named || files::is_input(&object.path) {
            true => search.inputs.push(object),
            false => search.others += 1,
        }
    }
    Ok(())
}

/// What a prefix holds.
#[derive(Debug, Default)]
struct Listed {
    /// Keys and sizes.
    objects: Vec<(String, u64)>,
    /// Folders with more.
    folders: Vec<String>,
    /// Objects and folders in which no record is wanted.
    passed_over: usize,
}

/// Lists folder by folder, many at a time: those that the filter passes over are not listed.
async fn list(client: &Client, bucket: &str, prefix: &str, filter: &Filter) -> Result<Listed, String> {
    let path = |key: &str| PathBuf::from(format!("{SCHEME}{bucket}/{key}"));
    let (mut all, mut waiting, mut running) = (Listed::default(), vec![prefix.to_owned()], JoinSet::new());
    loop {
        while running.len() < LISTED
            && let Some(folder) = waiting.pop()
        {
            running.spawn(list_folder(client.clone(), bucket.to_owned(), folder));
        }
        let Some(listed) = running.join_next().await else { return Ok(all) };
        let listed = listed.map_err(|error| format!("the listing broke off: {error}"))??;
        for (key, bytes) in listed.objects {
            match filter.passes_over_object(&path(&key)) {
                true => all.passed_over += 1,
                false => all.objects.push((key, bytes)),
            }
        }
        for folder in listed.folders {
            match filter.passes_over_object(&path(&folder)) {
                true => all.passed_over += 1,
                false => waiting.push(folder),
            }
        }
    }
}

async fn list_folder(client: Client, bucket: String, prefix: String) -> Result<Listed, String> {
    let mut listed = Listed::default();
    let mut pages = client.list_objects_v2().bucket(&bucket).prefix(prefix).delimiter("/").into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| match error.code() {
            Some("NoSuchBucket") => format!("there is no bucket `{bucket}`"),
            Some("AccessDenied") => format!("denied: allow `s3:ListBucket` on `{bucket}`"),
            _ => explained(&error),
        })?;
        for object in page.contents.unwrap_or_default() {
            let bytes = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
            match object.key {
                Some(key) if !key.ends_with('/') => listed.objects.push((key, bytes)),
                _ => {} // what the console makes of an empty folder
            }
        }
        let folders = page.common_prefixes.unwrap_or_default();
        listed.folders.extend(folders.into_iter().filter_map(|folder| folder.prefix));
    }
    Ok(listed)
}

impl S3 {
    /// Finds credentials where the AWS CLI does.
    fn connect() -> Result<S3, String> {
        // one thread beside the workers: fetching waits most of the time
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| format!("no threads for S3: {error}"))?;
        let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
        let config = runtime.block_on(async {
            let config =
                aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http.build_https()).load().await;
            match config.credentials_provider() {
                None => Err("none are configured".to_owned()),
                Some(provider) => provider.provide_credentials().await.map(|_| config).map_err(|error| causes(&error)),
            }
        });
        let config = config.map_err(|problem| {
            format!(
                "no AWS credentials: set AWS_PROFILE, sign in (`aws sso login`), or set AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY ({problem})"
            )
        })?;
        Ok(S3 { runtime, config, clients: HashMap::new() })
    }

    /// The client for a bucket, in the Region that S3 says it is in.
    fn client(&mut self, bucket: &str) -> Result<Client, String> {
        if let Some(client) = self.clients.get(bucket) {
            return Ok(client.clone());
        }
        let region = self.config.region().cloned().unwrap_or(Region::from_static("us-east-1"));
        let of = |region: Region| {
            Client::from_conf(aws_sdk_s3::Config::from(&self.config).to_builder().region(region).build())
        };
        let client = of(region);
        let found = self.runtime.block_on(client.head_bucket().bucket(bucket).send());
        let told = match &found {
            Ok(found) => found.bucket_region.as_deref(),
            // S3 names the Region even where it refuses
            Err(error) => match error.raw_response() {
                Some(response) => response.headers().get("x-amz-bucket-region"),
                None => return Err(explained(error)),
            },
        };
        let client = told.map_or(client, |region| of(Region::new(region.to_owned())));
        self.clients.insert(bucket.to_owned(), client.clone());
        Ok(client)
    }

    /// Fetches those of the inputs that are objects, in their order, as workers ask for them.
    pub(crate) fn ahead<'a>(&'a self, inputs: &'a [Input], most: usize) -> Ahead<'a> {
        Ahead { s3: self, inputs, most, fetching: Mutex::default() }
    }
}

/// Objects on their way.
#[derive(Debug)]
pub(crate) struct Ahead<'a> {
    s3: &'a S3,
    inputs: &'a [Input],
    /// A larger object is not fetched.
    most: usize,
    fetching: Mutex<Fetching>,
}

#[derive(Debug, Default)]
struct Fetching {
    /// The first input that was not looked at.
    next: usize,
    running: HashMap<usize, JoinHandle<io::Result<Vec<u8>>>>,
}

impl Ahead<'_> {
    /// The bytes of an input; `None` for a file.
    pub(crate) fn take(&self, index: usize) -> Option<io::Result<Vec<u8>>> {
        let running = {
            let mut fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
            while fetching.next <= index.saturating_add(AHEAD)
                && let Some(input) = self.inputs.get(fetching.next)
            {
                let place = fetching.next;
                fetching.next += 1;
                if let Some(running) = self.start(input) {
                    fetching.running.insert(place, running);
                }
            }
            fetching.running.remove(&index)?
        };
        let fetched = self.s3.runtime.block_on(running);
        Some(fetched.unwrap_or_else(|error| Err(io::Error::other(format!("the fetching broke off: {error}")))))
    }

    fn start(&self, input: &Input) -> Option<JoinHandle<io::Result<Vec<u8>>>> {
        let (bucket, key) = parsed(&input.path)?;
        let client = self.s3.clients.get(bucket)?.clone();
        let (bucket, key, most) = (bucket.to_owned(), key.to_owned(), self.most);
        let too_large = usize::try_from(input.bytes).map_or(true, |bytes| bytes > most);
        Some(self.s3.runtime.spawn(async move {
            match too_large {
                true => Err(files::too_large(most)),
                false => fetch(&client, bucket, key).await.map_err(io::Error::other),
            }
        }))
    }
}

async fn fetch(client: &Client, bucket: String, key: String) -> Result<Vec<u8>, String> {
    let object = client.get_object().bucket(bucket).key(key).send().await.map_err(|error| match error.code() {
        Some("AccessDenied") => {
            "denied: allow `s3:GetObject`, and `kms:Decrypt` on the key where objects are encrypted with one".to_owned()
        }
        Some("NoSuchKey") => "is gone since the bucket was listed".to_owned(),
        Some("InvalidObjectState") => "is in an archive class of S3: restore it first".to_owned(),
        _ => explained(&error),
    })?;
    let bytes = object.body.collect().await.map_err(|error| format!("broke off: {}", causes(&error)))?;
    Ok(bytes.to_vec())
}

/// Why a call failed: what S3 answered, or why there was no answer.
fn explained<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error.code() {
        Some(code) => format!("{code}: {}", error.message().unwrap_or("no message")),
        None => {
            format!("S3 does not answer: {}; check network and proxy, and the Region of the profile", causes(error))
        }
    }
}

/// An error and what caused it.
fn causes(error: &dyn Error) -> String {
    let mut words = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        words.push(cause.to_string());
        next = cause.source();
    }
    words.dedup();
    // some errors of the SDK have several lines
    words.join(": ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        for (url, want) in [
            ("s3://logs", Some(("logs", ""))),
            ("s3://logs/", Some(("logs", ""))),
            ("s3://logs/AWSLogs/1", Some(("logs", "AWSLogs/1"))),
            ("s3://logs//a//b", Some(("logs", "/a//b"))),
            ("s3://", None),
            ("s3:///key", None),
        ] {
            assert!(is_url(Path::new(url)), "{url}");
            assert_eq!(parsed(Path::new(url)), want, "{url}");
        }
        assert!(!is_url(Path::new("s3:/logs")) && !is_url(Path::new("./s3://logs")));
    }
}
