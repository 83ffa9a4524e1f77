//! URLs such as `s3://bucket/prefix`.

use std::path::{Path, PathBuf};

const SCHEME: &str = "s3://";

/// True for `s3://bucket` and longer URLs.
pub(crate) fn is_url(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.starts_with(SCHEME))
}

/// What to write instead of a path that was probably meant as such a URL, or as another one.
pub(crate) fn instead(path: &Path) -> Option<&'static str> {
    let path = path.to_str().filter(|path| !path.starts_with(SCHEME))?;
    let is_scheme = path.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("s3:"));
    if is_scheme || (path.starts_with("arn:") && path.contains(":s3:::")) {
        return Some("write an S3 prefix as s3://bucket/prefix");
    }
    path.contains("://").then_some("only s3:// URLs are read: download the file first")
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

    #[test]
    fn what_looks_like_a_url_is_told_what_to_write_instead() {
        for (path, want) in [
            ("s3:/logs", Some("write an S3 prefix")),
            ("S3://logs", Some("write an S3 prefix")),
            ("arn:aws:s3:::logs/AWSLogs", Some("write an S3 prefix")),
            ("arn:aws:sns:eu-west-1:111122223333:logs", None),
            ("https://logs.s3.amazonaws.com/1.json", Some("only s3:// URLs")),
            ("s3://logs", None),
            ("s3", None),
            ("é3:", None),
            ("events/a:b.json", None),
        ] {
            let advice = instead(Path::new(path));
            assert_eq!(advice.is_some(), want.is_some(), "{path}");
            assert!(advice.unwrap_or_default().starts_with(want.unwrap_or_default()), "{path}: {advice:?}");
        }
    }
}
