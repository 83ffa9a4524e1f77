//! Fetching the objects of prefixes, ahead of the workers, in the order in which they are read.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use crate::input::encoding;
use crate::input::input_file::InputFile;
use crate::input::prefix::{Choice, Prefix};
use crate::input::s3::connection::{S3, S3Link, describe_error, missing_bucket, with_causes};
use crate::input::s3::lister::Lister;
use crate::input::s3::requests::{Failure, MOST};
use crate::input::s3::url;

/// How many KiB may be fetched, or be on the way, before a worker asks for them. A single object may be larger.
const MOST_KIB: u32 = 256 << 10;

/// What an object that was not listed is taken for: more than nearly all log files of a trail have, and so little that all requests
/// can be in flight.
const UNKNOWN_SIZE: u64 = 512 << 10;

/// How many prefixes are listed before the one before them is read.
const PREFIXES_AHEAD: usize = 8;

/// What a prefix holds.
#[derive(Debug)]
pub(crate) enum Listed {
    /// An object, and its content if it is asked for.
    Object(InputFile, Option<Fetch>),
    /// Another path leads to the object, too, and it is read there.
    Elsewhere,
    OtherExtension,
    SkippedByPath,
    /// Why the prefix cannot be listed: `NotFound` if there is no such bucket.
    Problem(io::Error),
    /// The end of a prefix.
    End,
}

/// The objects of all prefixes, one prefix after the other.
#[derive(Debug)]
pub(crate) struct Objects {
    listed: Receiver<Listed>,
    /// How much of the prefix is listed, in millionths.
    position: Arc<AtomicU32>,
}

impl Objects {
    /// Starts to list prefixes, and to fetch their objects of up to `max_size` bytes. Without a size, it only lists.
    pub(crate) fn start(s3: &S3, prefixes: Vec<Prefix>, max_size: Option<usize>) -> Objects {
        let (fetcher, objects) = Fetcher::new(s3, max_size);
        let link = Arc::clone(&s3.link);
        s3.runtime.spawn(async move {
            let mut prefixes = prefixes.into_iter().map(|prefix| Lister::start(&link, prefix));
            let mut listers: VecDeque<Lister> = prefixes.by_ref().take(PREFIXES_AHEAD).collect();
            while let Some(lister) = listers.pop_front() {
                listers.extend(prefixes.next());
                if fetcher.fetch_all(lister).await.is_none() {
                    return; // nobody reads any more
                }
            }
        });
        objects
    }

    /// Starts to fetch these objects, which are not listed before.
    pub(crate) fn start_listed(s3: &S3, objects: Vec<PathBuf>, max_size: usize) -> Objects {
        let (fetcher, fetched) = Fetcher::new(s3, Some(max_size));
        s3.runtime.spawn(async move {
            for path in objects {
                let Some((bucket, key)) = url::parse(&path) else { continue };
                let (bucket, key) = (bucket.to_owned(), key.to_owned());
                let file = InputFile { path, named: false, bytes: 0 };
                let Some(fetch) = fetcher.fetch(None, &bucket, key, max_size).await else { return };
                if fetcher.sender.send(Listed::Object(file, Some(fetch))).await.is_err() {
                    return; // nobody reads any more
                }
            }
        });
        fetched
    }

    /// Waits for what comes next; `None` at the end of the last prefix.
    pub(crate) fn next(&mut self) -> Option<Listed> {
        self.listed.blocking_recv()
    }

    /// About how much of the prefix is listed, from 0 to 1.
    pub(crate) fn position(&self) -> f64 {
        f64::from(self.position.load(Ordering::Relaxed)) / 1e6
    }
}

/// An object that is being fetched.
#[derive(Debug)]
pub(crate) struct Fetch {
    task: JoinHandle<io::Result<Vec<u8>>>,
    runtime: Handle,
    /// Its part of what may be fetched ahead.
    _ahead: [OwnedSemaphorePermit; 2],
}

impl Fetch {
    /// Waits for the content.
    pub(crate) fn wait(self) -> io::Result<Vec<u8>> {
        let fetched = self.runtime.block_on(self.task);
        fetched.unwrap_or_else(|error| Err(io::Error::other(format!("the download was aborted: {error}"))))
    }
}

/// Fetches objects as they are listed.
struct Fetcher {
    link: Arc<S3Link>,
    /// Larger objects are not fetched; `None` if none are.
    max_size: Option<usize>,
    /// How many more objects, and KiB, may be fetched ahead.
    objects: Arc<Semaphore>,
    kib: Arc<Semaphore>,
    sender: Sender<Listed>,
    position: Arc<AtomicU32>,
}

impl Fetcher {
    /// A fetcher, and what it fetches.
    fn new(s3: &S3, max_size: Option<usize>) -> (Fetcher, Objects) {
        let (sender, listed) = mpsc::channel(MOST);
        let position = Arc::new(AtomicU32::new(0));
        let fetcher = Fetcher {
            link: Arc::clone(&s3.link),
            max_size,
            objects: Arc::new(Semaphore::new(MOST)),
            kib: Arc::new(Semaphore::new(MOST_KIB as usize)),
            sender,
            position: Arc::clone(&position),
        };
        (fetcher, Objects { listed, position })
    }

    /// Fetches the objects of a prefix. `None` if nobody reads them.
    async fn fetch_all(&self, mut lister: Lister) -> Option<()> {
        while let Some(object) = lister.next().await {
            let listed = match object {
                Ok(object) => {
                    let path = url::of(lister.bucket(), &object.key);
                    match lister.prefix.choose(path, object.bytes) {
                        Choice::Read(file) => {
                            let fetch = match self.max_size {
                                Some(max_size) => {
                                    Some(self.fetch(Some(file.bytes), lister.bucket(), object.key, max_size).await?)
                                }
                                None => None,
                            };
                            Listed::Object(file, fetch)
                        }
                        Choice::Elsewhere => Listed::Elsewhere,
                        Choice::OtherExtension => Listed::OtherExtension,
                        Choice::SkippedByPath => Listed::SkippedByPath,
                    }
                }
                Err(problem) => Listed::Problem(problem),
            };
            self.position.store((lister.position() * 1e6) as u32, Ordering::Relaxed);
            self.sender.send(listed).await.ok()?;
        }
        for _ in 0..lister.skipped_folders {
            self.sender.send(Listed::SkippedByPath).await.ok()?;
        }
        self.sender.send(Listed::End).await.ok()
    }

    /// Starts to fetch an object of this size, as soon as there is room for it. The size is `None` if it is not known.
    async fn fetch(&self, bytes: Option<u64>, bucket: &str, key: String, max_size: usize) -> Option<Fetch> {
        let too_large = bytes.is_some_and(|bytes| usize::try_from(bytes).map_or(true, |bytes| bytes > max_size));
        let kib = u32::try_from(bytes.unwrap_or(UNKNOWN_SIZE).div_ceil(1024)).unwrap_or(u32::MAX);
        let kib = if too_large { 1 } else { kib.clamp(1, MOST_KIB) };
        let object = Arc::clone(&self.objects).acquire_owned().await.ok()?;
        let kib = Arc::clone(&self.kib).acquire_many_owned(kib).await.ok()?;
        let (link, bucket) = (Arc::clone(&self.link), bucket.to_owned());
        let task = tokio::spawn(async move {
            match too_large {
                true => Err(encoding::too_large(max_size)),
                false => fetch(&link, &bucket, &key, max_size).await,
            }
        });
        Some(Fetch { task, runtime: Handle::current(), _ahead: [object, kib] })
    }
}

/// The content of an object, or why there is none that could be read.
enum Content {
    Bytes(Vec<u8>),
    TooLarge,
    Missing(io::Error),
}

async fn fetch(link: &S3Link, bucket: &str, key: &str, max_size: usize) -> io::Result<Vec<u8>> {
    let get = || link.in_region(bucket, |client| get_once(client, bucket, key, max_size));
    match link.requests.send(get).await.map_err(io::Error::other)? {
        Content::Bytes(bytes) => Ok(bytes),
        Content::TooLarge => Err(encoding::too_large(max_size)),
        Content::Missing(error) => Err(error),
    }
}

async fn get_once(
    client: Client,
    bucket: &str,
    key: &str,
    max_size: usize,
) -> Result<Content, (Failure, Option<String>)> {
    let response = client.get_object().bucket(bucket).key(key).send().await;
    if response.as_ref().is_err_and(|error| error.code() == Some("NoSuchKey")) {
        let deleted = io::Error::new(io::ErrorKind::NotFound, "deleted after the bucket was listed");
        return Ok(Content::Missing(deleted));
    }
    if let Some(missing) = missing_bucket(&response, bucket) {
        return Ok(Content::Missing(missing));
    }
    let object = response.map_err(|error| {
        let words = match error.code() {
            Some("AccessDenied") => {
                "access denied: allow `s3:GetObject`, and `kms:Decrypt` on the key if the object is \
                                     encrypted with one"
                    .to_owned()
            }
            Some("InvalidObjectState") => "in an archive storage class of S3: restore it first".to_owned(),
            _ => describe_error(&error),
        };
        Failure::of(&error, words)
    })?;
    // it may have been replaced after the bucket was listed
    let size = object.content_length.and_then(|size| usize::try_from(size).ok());
    if size.is_some_and(|size| size > max_size) {
        return Ok(Content::TooLarge);
    }
    let interrupted = |error| Failure::Transient(format!("the download was interrupted: {}", with_causes(&error)));
    let bytes = object.body.collect().await.map_err(|error| (interrupted(error), None))?;
    Ok(Content::Bytes(bytes.to_vec()))
}
