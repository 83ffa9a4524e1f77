//! Listing the objects under a prefix.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use tokio::task::JoinSet;

use crate::input::filter::Filter;
use crate::input::input_file::InputFile;
use crate::input::s3::connection::{S3, describe_error};
use crate::input::s3::url;

/// How many folders are listed in parallel.
const PARALLEL: usize = 16;

/// The objects under a prefix.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Objects in the order in which they are read.
    pub(crate) objects: Vec<InputFile>,
    /// Number of objects and folders in which no record is selected.
    pub(crate) skipped_by_path: usize,
    /// How many requests it took.
    pub(crate) calls: usize,
}

/// The direct content of a folder.
#[derive(Debug, Default)]
struct Folder {
    /// Keys and sizes.
    objects: Vec<(String, u64)>,
    folders: Vec<String>,
    /// How many requests it took.
    calls: usize,
}

/// Lists the objects whose keys start with a prefix and that the filter does not skip.
pub(crate) fn list(s3: &mut S3, bucket: &str, prefix: &str, filter: &Filter) -> Result<Listing, String> {
    let client = s3.connect_to_bucket(bucket)?;
    let mut listing = s3.runtime.block_on(list_folders(&client, bucket, prefix, filter))?;
    // By folder, like a directory. Keys that differ only in repeated slashes are equal as paths, so compare their text.
    listing
        .objects
        .sort_by(|one, other| one.path.cmp(&other.path).then_with(|| one.path.as_os_str().cmp(other.path.as_os_str())));
    Ok(listing)
}

/// Lists folder by folder, many in parallel. Folders that the filter skips are not listed.
async fn list_folders(client: &Client, bucket: &str, prefix: &str, filter: &Filter) -> Result<Listing, String> {
    let (mut listing, mut pending, mut running) = (Listing::default(), vec![prefix.to_owned()], JoinSet::new());
    loop {
        while running.len() < PARALLEL
            && let Some(folder) = pending.pop()
        {
            running.spawn(list_folder(client.clone(), bucket.to_owned(), folder));
        }
        let Some(folder) = running.join_next().await else { return Ok(listing) };
        let folder = folder.map_err(|error| format!("the listing was aborted: {error}"))??;
        listing.calls += folder.calls;
        for (key, bytes) in folder.objects {
            let path = url::of(bucket, &key);
            match filter.skips_object(&path) {
                true => listing.skipped_by_path += 1,
                false => listing.objects.push(InputFile { path, named: key == prefix, bytes }),
            }
        }
        for folder in folder.folders {
            match filter.skips_object(&url::of(bucket, &folder)) {
                true => listing.skipped_by_path += 1,
                false => pending.push(folder),
            }
        }
    }
}

async fn list_folder(client: Client, bucket: String, prefix: String) -> Result<Folder, String> {
    let mut folder = Folder::default();
    let mut pages = client.list_objects_v2().bucket(&bucket).prefix(prefix).delimiter("/").into_paginator().send();
    while let Some(page) = pages.next().await {
        folder.calls += 1;
        let page = page.map_err(|error| match error.code() {
            Some("NoSuchBucket") => format!("the bucket `{bucket}` does not exist"),
            Some("AccessDenied") => format!("access denied: allow `s3:ListBucket` on `{bucket}`"),
            _ => describe_error(&error),
        })?;
        for object in page.contents.unwrap_or_default() {
            let bytes = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
            match object.key {
                Some(key) if !key.ends_with('/') => folder.objects.push((key, bytes)),
                _ => {} // the console represents an empty folder by an object whose key ends with a slash
            }
        }
        let prefixes = page.common_prefixes.unwrap_or_default();
        folder.folders.extend(prefixes.into_iter().filter_map(|prefix| prefix.prefix));
    }
    Ok(folder)
}
