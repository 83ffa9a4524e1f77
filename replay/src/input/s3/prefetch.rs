//! Fetching objects a few ahead of the workers.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use tokio::task::JoinHandle;

use crate::input::encoding;
use crate::input::input_file::InputFile;
use crate::input::s3::connection::{S3, describe_error, with_causes};
use crate::input::s3::url;

/// How many objects are fetched before a worker asks for them.
const AHEAD: usize = 16;

/// How many bytes may be fetched before a worker asks for them. A single object may be larger.
const MAX_BYTES: u64 = 64 << 20;

/// Fetches those inputs that are objects, in their order.
#[derive(Debug)]
pub(crate) struct Prefetch<'a> {
    s3: &'a S3,
    inputs: &'a [InputFile],
    /// Larger objects are not fetched.
    max_size: usize,
    state: Mutex<State>,
}

type Fetch = JoinHandle<io::Result<Vec<u8>>>;

#[derive(Debug, Default)]
struct State {
    /// The first input whose fetch was not started.
    next: usize,
    running: HashMap<usize, Fetch>,
    /// The size of the objects in `running`.
    bytes: u64,
}

impl<'a> Prefetch<'a> {
    /// Starts nothing yet: the first [`Prefetch::take`] does.
    pub(crate) fn new(s3: &'a S3, inputs: &'a [InputFile], max_size: usize) -> Prefetch<'a> {
        Prefetch { s3, inputs, max_size, state: Mutex::default() }
    }

    /// Waits for the content of an input. `None` if it is a local file.
    pub(crate) fn take(&self, index: usize) -> Option<io::Result<Vec<u8>>> {
        let fetch = self.start_until(index.saturating_add(AHEAD), index)?;
        let fetched = self.s3.runtime.block_on(fetch);
        Some(fetched.unwrap_or_else(|error| Err(io::Error::other(format!("the download was aborted: {error}")))))
    }

    /// Starts the fetches up to `last` that are not started yet, if their size allows, and removes the one at
    /// `index`.
    fn start_until(&self, last: usize, index: usize) -> Option<Fetch> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(input) = self.inputs.get(state.next)
            && may_start(state.next, index, last, state.bytes.saturating_add(input.bytes))
        {
            let started = state.next;
            state.next += 1;
            if let Some(fetch) = self.start(input) {
                state.running.insert(started, fetch);
                state.bytes += input.bytes;
            }
        }
        let fetch = state.running.remove(&index)?;
        state.bytes -= self.inputs.get(index).map_or(0, |input| input.bytes);
        Some(fetch)
    }

    fn start(&self, input: &InputFile) -> Option<Fetch> {
        let (bucket, key) = url::parse(&input.path)?;
        let client = self.s3.client(bucket)?.clone();
        let (bucket, key, max_size) = (bucket.to_owned(), key.to_owned(), self.max_size);
        let too_large = usize::try_from(input.bytes).map_or(true, |bytes| bytes > max_size);
        Some(self.s3.runtime.spawn(async move {
            match too_large {
                true => Err(encoding::too_large(max_size)),
                false => fetch(&client, bucket, key, max_size).await,
            }
        }))
    }
}

/// True if the fetch at `next` may start while a worker waits for the one at `index`; `bytes` are then fetched in all.
fn may_start(next: usize, index: usize, last: usize, bytes: u64) -> bool {
    next <= index || (next <= last && bytes <= MAX_BYTES)
}

async fn fetch(client: &Client, bucket: String, key: String, max_size: usize) -> io::Result<Vec<u8>> {
    let object = client.get_object().bucket(bucket).key(key).send().await.map_err(|error| {
        if error.code() == Some("NoSuchKey") {
            return io::Error::new(io::ErrorKind::NotFound, "deleted after the bucket was listed");
        }
        io::Error::other(match error.code() {
            Some("AccessDenied") => {
                "access denied: allow `s3:GetObject`, and `kms:Decrypt` on the key if the object is \
                                     encrypted with one"
                    .to_owned()
            }
            Some("InvalidObjectState") => "in an archive storage class of S3: restore it first".to_owned(),
            _ => describe_error(&error),
        })
    })?;
    // it may have been replaced after the bucket was listed
    let size = object.content_length.and_then(|size| usize::try_from(size).ok());
    if size.is_some_and(|size| size > max_size) {
        return Err(encoding::too_large(max_size));
    }
    let bytes = object.body.collect().await;
    let interrupted = |error| io::Error::other(format!("the download was interrupted: {}", with_causes(&error)));
    Ok(bytes.map_err(interrupted)?.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fetched_ahead_is_bounded_by_count_and_size() {
        for (next, index, bytes, want) in [
            (5, 5, u64::MAX, true), // the worker waits for this one
            (6, 5, MAX_BYTES, true),
            (6, 5, MAX_BYTES + 1, false),
            (5 + AHEAD, 5, 0, true),
            (6 + AHEAD, 5, 0, false),
        ] {
            assert_eq!(may_start(next, index, index + AHEAD, bytes), want, "{next} {bytes}");
        }
    }
}
