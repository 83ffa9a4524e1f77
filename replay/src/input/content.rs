//! What a file holds that is not JSON, in words, and what to do with it.

use crate::input::gunzip::Gunzip;

/// The first bytes of formats in which logs are stored, or that replace them by mistake.
const FORMATS: [(&[u8], &str); 17] = [
    (b"PK\x03\x04", "a ZIP archive: extract it"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard: decompress it with `zstd -d`"),
    (b"\xfd7zXZ\0", "compressed with xz: decompress it with `xz -d`"),
    (b"BZh", "compressed with bzip2: decompress it with `bzip2 -d`"),
    (b"\x04\x22\x4d\x18", "compressed with LZ4: decompress it with `lz4 -d`"),
    (b"\xff\x06\x00\x00sNaPpY", "compressed with Snappy: decompress it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: extract it"),
    (b"\x78\x01", "a zlib stream: decompress it"),
    (b"\x78\x5e", "a zlib stream: decompress it"),
    (b"\x78\x9c", "a zlib stream: decompress it"),
    (b"\x78\xda", "a zlib stream: decompress it"),
    (b"PAR1", "a Parquet file: convert it to JSON"),
    (b"Obj\x01", "an Avro file: convert it to JSON"),
    (b"\xff\xfe", "UTF-16 text: save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text: save it as UTF-8"),
    (b"\0\0\xfe\xff", "UTF-32 text: save it as UTF-8"),
    (b"%PDF-", "a PDF file"),
];

/// What a file holds, if it is nothing that could be read as JSON; `None` if it may be JSON.
pub(crate) fn problem(content: &[u8]) -> Option<&'static str> {
    let text = content.trim_ascii_start();
    if Gunzip::is_gzip(content) {
        return Some("compressed twice: decompress it once with `gzip -d`");
    }
    if let Some((_, problem)) = FORMATS.iter().find(|(first, _)| content.starts_with(first)) {
        return Some(problem);
    }
    match content {
        [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..] => return Some("UTF-16 text: save it as UTF-8"),
        [0, ..] => return Some("not text: it begins with a NUL byte"),
        _ => {}
    }
    let tag = text.get(..9).unwrap_or(text).to_ascii_lowercase();
    match tag {
        _ if tag.starts_with(b"<!doctype") || tag.starts_with(b"<html") => Some("an HTML page instead of a log"),
        _ if tag.starts_with(b"<?xml") => Some("an XML document instead of a log"),
        _ => None,
    }
}

/// True if the text begins as JSON objects and lists do. `[2026-11-20 12:00] started` does not.
pub(crate) fn begins_with_json(content: &[u8]) -> bool {
    let text = content.strip_prefix("\u{feff}".as_bytes()).unwrap_or(content).trim_ascii_start();
    match text.split_first() {
        Some((b'{', rest)) => matches!(rest.trim_ascii_start(), [b'"' | b'}', ..]),
        Some((b'[', rest)) => matches!(rest.trim_ascii_start(), [b'{' | b'[' | b'"' | b']', ..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_say_what_a_file_holds() {
        for (content, want) in [
            (&b"\x1f\x8b\x08"[..], Some("compressed twice: decompress it once with `gzip -d`")),
            (b"\x78\x9cK\xcb", Some("a zlib stream: decompress it")),
            (b"\xff\xfe{\0", Some("UTF-16 text: save it as UTF-8")),
            (b"{\0\"\0", Some("UTF-16 text: save it as UTF-8")),
            (b"\0\0\0{", Some("not text: it begins with a NUL byte")),
            (b"\n<!DOCTYPE html>", Some("an HTML page instead of a log")),
            (b"<?xml version=\"1.0\"?><Error>", Some("an XML document instead of a log")),
            (b"{\"Records\":[]}", None),
            (b"\xef\xbb\xbf{}", None),
            (b"x", None),
            (b"", None),
        ] {
            assert_eq!(problem(content), want, "{content:?}");
        }
    }

    #[test]
    fn log_lines_with_a_time_in_brackets_are_not_json() {
        for (content, want) in [
            (&b"[2026-11-20T12:00:00Z] INFO started"[..], false),
            (b"[main] started", false),
            (b"{x", false),
            (b"version account-id", false),
            (b"", false),
            (b"[ {\"a\":1}]", true),
            (b"\xef\xbb\xbf\n{ \"a\": 1}", true),
            (b"[]", true),
        ] {
            assert_eq!(begins_with_json(content), want, "{content:?}");
        }
    }
}
