//! URLs such as `s3://bucket/prefix`.

use std::path::{Path, PathBuf};

const SCHEME: &str = "s3://";

/// True for `s3://bucket` and longer URLs.
pub(crate) fn is_url(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.starts_with(SCHEME))
}

/// True for a path that was probably meant as such a URL.
pub(crate) fn is_mistyped(path: &Path) -> bool {
    let start = path.to_str().and_then(|path| path.get(..3));
    start.is_some_and(|start| start.eq_ignore_ascii_case("s3:")) && !is_url(path)
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
        for (path, want) in
            [("s3:/logs", true), ("S3://logs", true), ("s3://logs", false), ("s3", false), ("é3:", false)]
        {
            assert_eq!(is_mistyped(Path::new(path)), want, "{path}");
        }
    }
}
