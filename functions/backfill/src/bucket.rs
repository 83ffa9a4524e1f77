//! The bucket of the stack, which holds what runs need and write.

use std::path::Path;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_s3::primitives::ByteStream;
use sealwatch_rules::cloudtrail::json_error::words;
use sealwatch_rules::util::text::plain;
use sealwatch_runtime::tasks::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The name of the error if the bucket of the stack does not do what it is asked.
const FAILED: &str = "BucketFailed";

/// The bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// The bucket of this name.
    pub(crate) fn new(client: Client, name: String) -> Bucket {
        Bucket { client, name }
    }

    /// The URL of an object, or of all objects below a prefix.
    pub(crate) fn url(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.name)
    }

    /// The content of an object; `None` if it does not exist.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        let object = match self.client.get_object().bucket(&self.name).key(key).send().await {
            Ok(object) => object,
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(None),
            Err(error) => return Err(self.failed("cannot be read", key, &error)),
        };
        match object.body.collect().await {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(error) => Err(Failure::new(FAILED, format!("{} cannot be read: {error}", self.url(key)))),
        }
    }

    /// The content of a JSON object; `None` if it does not exist.
    pub(crate) async fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Failure> {
        let Some(bytes) = self.get(key).await? else { return Ok(None) };
        let read = serde_json::from_slice(&bytes).map_err(|error| {
            let why = format!(
                "{} is not what a backfill wrote ({}): delete it, and start the run again",
                self.url(key),
                words(&error)
            );
            Failure::new(FAILED, why)
        })?;
        Ok(Some(read))
    }

    /// Writes a JSON object.
    pub(crate) async fn put_json(&self, key: &str, content: &impl Serialize) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(content)
            .map_err(|error| Failure::new(FAILED, format!("{} cannot be written: {error}", self.url(key))))?;
        self.put(key, ByteStream::from(bytes), "application/json").await
    }

    /// Writes an object with the content of a file.
    pub(crate) async fn put_file(&self, key: &str, file: &Path, content_type: &str) -> Result<(), Failure> {
        let content = ByteStream::from_path(file)
            .await
            .map_err(|error| Failure::new(FAILED, format!("{}: {error}", file.display())))?;
        self.put(key, content, content_type).await
    }

    /// Writes an object.
    pub(crate) async fn put(&self, key: &str, content: ByteStream, content_type: &str) -> Result<(), Failure> {
        let put = self.client.put_object().bucket(&self.name).key(key).content_type(content_type).body(content);
        put.send().await.map(drop).map_err(|error| self.failed("cannot be written", key, &error))
    }

    /// What follows the prefix in the keys below it.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let mut pages = self.client.list_objects_v2().bucket(&self.name).prefix(prefix).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed("cannot be listed", prefix, &error))?;
            let keys = page.contents.into_iter().flatten().filter_map(|object| object.key);
            found.extend(keys.filter_map(|key| key.strip_prefix(prefix).map(str::to_owned)));
        }
        Ok(found)
    }

    fn failed<E: ProvideErrorMetadata + std::error::Error>(&self, what: &str, key: &str, error: &E) -> Failure {
        let why = match error.code() {
            Some(code) => format!("{code}: {}", error.message().unwrap_or("no message")),
            None => DisplayErrorContext(error).to_string(),
        };
        Failure::new(FAILED, plain(&format!("{} {what}: {why}", self.url(key))))
    }
}
