//! URLs such as `s3://bucket/prefix`.

use std::path::{Path, PathBuf};

const SCHEME: &str = "s3://";

/// True for `s3://bucket` and longer URLs.
pub(crate) fn is_url(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.starts_with(SCHEME))
}

/// Splits a URL into the bucket and the key, or the prefix of keys. `None` if there is no bucket.
pub(crate) fn parse(path: &Path) -> Option<(&str, &str)> {
    let rest = path.to_str()?.strip_prefix(SCHEME)?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    (!bucket.is_empty()).then_some((bucket, key))
}

/// The URL of an object or a folder.
pub(crate) fn of(bucket: &str, key: &str) -> PathBuf {
    PathBuf::from(format!("{SCHEME}{bucket}/{key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_into_bucket_and_key() {
        for (url, want) in [
            ("s3://logs", Some(("logs", ""))),
            ("s3://logs/", Some(("logs", ""))),
            ("s3://logs/AWSLogs/1", Some(("logs", "AWSLogs/1"))),
            ("s3://logs//a//b", Some(("logs", "/a//b"))),
            ("s3://", None),
            ("s3:///key", None),
        ] {
            assert!(is_url(Path::new(url)), "{url}");
            assert_eq!(parse(Path::new(url)), want, "{url}");
        }
        assert!(!is_url(Path::new("s3:/logs")) && !is_url(Path::new("./s3://logs")));
    }
}
