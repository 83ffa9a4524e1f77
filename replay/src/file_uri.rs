//! The name of an input file as a URI reference, from which the name can be derived again.

use std::path::Path;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use sealwatch_rules::util::text::plain;

/// What is encoded in a path. A colon is, too: in the first segment of a relative reference it would end a scheme.
///
/// <https://www.rfc-editor.org/rfc/rfc3986#section-3.3>, <https://www.rfc-editor.org/rfc/rfc3986#section-4.2>
const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'=').remove(b'@');

/// A relative reference for a relative path, `file:///…` for an absolute one, `s3://…` for an object, and `-` for standard
/// input.
pub(crate) fn of(path: &Path) -> String {
    let encode = |bytes: &[u8]| percent_encode(bytes, RESERVED).to_string();
    let bytes = path.as_os_str().as_encoded_bytes();
    match bytes.strip_prefix(b"s3://") {
        Some(object) => format!("s3://{}", encode(object)),
        None if path.is_absolute() => format!("file://{}", encode(bytes)),
        None => encode(bytes),
    }
}

/// How messages call the file `-`: a lone `-` at the start of a line would read as a deletion.
pub(crate) const STANDARD_INPUT: &str = "standard input";

/// A path as people know it, safe to print.
pub(crate) fn name_of_path(path: &Path) -> String {
    if path.as_os_str() == "-" { STANDARD_INPUT.to_owned() } else { plain(&path.display().to_string()) }
}

/// The name of the file as people know it, safe to print.
pub(crate) fn name(uri: &str) -> String {
    match uri.strip_prefix("file://").unwrap_or(uri) {
        "-" => STANDARD_INPUT.to_owned(),
        path => plain(&percent_decode_str(path).decode_utf8_lossy()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_references() {
        for (path, want) in [
            ("logs/a.json", "logs/a.json"),
            ("./a b.json", "./a%20b.json"),
            ("%41.json", "%2541.json"),
            ("a#b?c\"d.json", "a%23b%3Fc%22d.json"),
            ("C:a.json", "C%3Aa.json"),
            ("é.json", "%C3%A9.json"),
            ("/var/log/a b.json", "file:///var/log/a%20b.json"),
            ("s3://logs/AWSLogs/a+b=c d", "s3://logs/AWSLogs/a%2Bb=c%20d"),
            ("-", "-"),
        ] {
            assert_eq!(of(Path::new(path)), want);
        }
        assert_eq!(name("-"), "standard input");
        assert_eq!(name(&of(Path::new("a\u{1b}[2J"))), "a\u{fffd}[2J");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_not_utf_8_stay() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(of(Path::new(OsStr::from_bytes(b"a-\xff.json"))), "a-%FF.json");
    }

    proptest! {
        #[test]
        fn the_name_can_be_derived(path in "[a-z%:/ #.\u{e9}]{1,20}") {
            prop_assert_eq!(name(&of(Path::new(&path))), path);
        }
    }
}
