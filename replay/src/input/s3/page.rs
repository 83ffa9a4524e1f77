//! One page of a listing.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;

use crate::input::s3::connection::{S3Link, describe_error};
use crate::input::s3::requests::Failure;

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) key: String,
    /// Its size in bytes.
    pub(super) bytes: u64,
}

/// One page of a listing, in the order of S3: that of the bytes.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) objects: Vec<Object>,
    /// Prefixes that end with a slash; none if the listing is not divided.
    pub(super) folders: Vec<String>,
    /// Where the next page begins; `None` if this is the last page.
    pub(super) next: Option<String>,
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    pub(super) bucket: String,
    pub(super) prefix: String,
    /// True if what has a slash after the prefix is summed up in folders.
    pub(super) divided: bool,
    /// Where the page begins.
    pub(super) token: Option<String>,
    /// The most entries of the page; `None` for the 1,000 of S3.
    pub(super) most: Option<i32>,
}

/// Gets one page.
pub(super) async fn list(link: &Arc<S3Link>, query: Query) -> Result<Page, String> {
    let list = |client| {
        link.list_calls.fetch_add(1, Ordering::Relaxed);
        list_once(client, &query)
    };
    link.requests.send(|| link.in_region(&query.bucket, list)).await
}

async fn list_once(client: Client, query: &Query) -> Result<Page, (Failure, Option<String>)> {
    let request = client
        .list_objects_v2()
        .bucket(&query.bucket)
        .prefix(&query.prefix)
        .set_delimiter(query.divided.then(|| "/".to_owned()))
        .set_continuation_token(query.token.clone())
        .set_max_keys(query.most);
    let page = request.send().await.map_err(|error| {
        let words = match error.code() {
            Some("NoSuchBucket") => format!("the bucket `{}` does not exist", query.bucket),
            Some("AccessDenied") => format!("access denied: allow `s3:ListBucket` on `{}`", query.bucket),
            _ => describe_error(&error),
        };
        let response = error.raw_response();
        let status = response.map(|response| response.status().as_u16());
        let region = response.and_then(|response| response.headers().get("x-amz-bucket-region")).map(str::to_owned);
        (Failure::of(&error, status, words), region)
    })?;
    let object = |object: aws_sdk_s3::types::Object| {
        let bytes = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        // the console represents an empty folder by an object whose key ends with a slash
        object.key.filter(|key| !key.ends_with('/')).map(|key| Object { key, bytes })
    };
    let is_truncated = page.is_truncated.unwrap_or_default();
    Ok(Page {
        objects: page.contents.unwrap_or_default().into_iter().filter_map(object).collect(),
        folders: page.common_prefixes.unwrap_or_default().into_iter().filter_map(|prefix| prefix.prefix).collect(),
        next: page.next_continuation_token.filter(|_| is_truncated),
    })
}
