//! One page of a listing.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode_str;

use crate::input::s3::connection::{S3Link, describe_error, missing_bucket};
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
///
/// # Errors
/// `NotFound` if there is no such bucket; other kinds if S3 did not list it.
pub(super) async fn list(link: &Arc<S3Link>, query: Query) -> io::Result<Page> {
    let list = |client| {
        link.list_calls.fetch_add(1, Ordering::Relaxed);
        list_once(client, &query)
    };
    link.requests.send(|| link.in_region(&query.bucket, list)).await.map_err(io::Error::other)?
}

/// A page, or that there is no such bucket.
async fn list_once(client: Client, query: &Query) -> Result<io::Result<Page>, (Failure, Option<String>)> {
    let request = client
        .list_objects_v2()
        .bucket(&query.bucket)
        .prefix(&query.prefix)
        // keys may hold characters that XML cannot
        .encoding_type(EncodingType::Url)
        .set_delimiter(query.divided.then(|| "/".to_owned()))
        .set_continuation_token(query.token.clone())
        .set_max_keys(query.most);
    let page = request.send().await;
    if let Some(missing) = missing_bucket(&page, &query.bucket) {
        return Ok(Err(missing));
    }
    let page = page.map_err(|error| {
        let words = match error.code() {
            Some("AccessDenied") => format!("access denied: allow `s3:ListBucket` on `{}`", query.bucket),
            _ => describe_error(&error),
        };
        Failure::of(&error, words)
    })?;
    let is_encoded = page.encoding_type == Some(EncodingType::Url);
    let key = |key: String| if is_encoded { decoded(&key).map_err(|failure| (failure, None)) } else { Ok(key) };
    let mut objects = Vec::new();
    for object in page.contents.unwrap_or_default() {
        let bytes = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        // the console represents an empty folder by an object whose key ends with a slash
        if let Some(key) = object.key.map(key).transpose()?.filter(|key| !key.ends_with('/')) {
            objects.push(Object { key, bytes });
        }
    }
    let folders = page.common_prefixes.unwrap_or_default().into_iter().filter_map(|folder| folder.prefix);
    let folders = folders.map(key).collect::<Result<_, _>>()?;
    let is_truncated = page.is_truncated.unwrap_or_default();
    Ok(Ok(Page { objects, folders, next: page.next_continuation_token.filter(|_| is_truncated) }))
}

/// A key that S3 encoded as forms are: a space is a plus, and other characters are percent-encoded.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
fn decoded(key: &str) -> Result<String, Failure> {
    let spaced = key.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded
        .map(Into::into)
        .map_err(|error| Failure::Final(format!("the listing has the key `{key}`, which is no text: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded() {
        for (key, want) in [
            ("AWSLogs/111122223333/a_b-c.json.gz", "AWSLogs/111122223333/a_b-c.json.gz"),
            ("a%2Fb/c", "a/b/c"),
            ("a+b%20c%2Bd", "a b c+d"),
            ("a%01b%0A%25", "a\u{1}b\n%"),
            ("%C3%BC", "ü"),
            ("ü", "ü"),
            ("50%", "50%"),
        ] {
            assert_eq!(decoded(key).unwrap(), want, "{key}");
        }
        assert!(matches!(decoded("a%FF"), Err(Failure::Final(problem)) if problem.contains("`a%FF`")));
    }
}
