//! Fetching objects a few ahead of the workers.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use tokio::task::JoinHandle;

use crate::input::input_file::InputFile;
use crate::input::reader;
use crate::input::s3::connection::{S3, describe_error, with_causes};
use crate::input::s3::url;

/// How many objects are fetched before a worker asks for them.
const AHEAD: usize = 16;

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

    /// Starts all fetches up to `last` that are not started yet, and removes the one at `index`.
    fn start_until(&self, last: usize, index: usize) -> Option<Fetch> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.next <= last
            && let Some(input) = self.inputs.get(state.next)
        {
            let started = state.next;
            state.next += 1;
            if let Some(fetch) = self.start(input) {
                state.running.insert(started, fetch);
            }
        }
        state.running.remove(&index)
    }

    fn start(&self, input: &InputFile) -> Option<Fetch> {
        let (bucket, key) = url::parse(&input.path)?;
        let client = self.s3.client(bucket)?.clone();
        let (bucket, key, max_size) = (bucket.to_owned(), key.to_owned(), self.max_size);
        let too_large = usize::try_from(input.bytes).map_or(true, |bytes| bytes > max_size);
        Some(self.s3.runtime.spawn(async move {
            match too_large {
                true => Err(reader::too_large(max_size)),
                false => fetch(&client, bucket, key).await.map_err(io::Error::other),
            }
        }))
    }
}

async fn fetch(client: &Client, bucket: String, key: String) -> Result<Vec<u8>, String> {
    let object = client.get_object().bucket(bucket).key(key).send().await.map_err(|error| match error.code() {
        Some("AccessDenied") => {
            "access denied: allow `s3:GetObject`, and `kms:Decrypt` on the key if the object is encrypted with one"
                .to_owned()
        }
        Some("NoSuchKey") => "deleted after the bucket was listed".to_owned(),
        Some("InvalidObjectState") => "in an archive storage class of S3: restore it first".to_owned(),
        _ => describe_error(&error),
    })?;
    let bytes = object.body.collect().await;
    let bytes = bytes.map_err(|error| format!("the download was interrupted: {}", with_causes(&error)))?;
    Ok(bytes.to_vec())
}
