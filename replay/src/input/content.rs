//! What a file holds that is not JSON, in words, and what to do with it.

use crate::input::gunzip::Gunzip;

/// The first bytes of formats in which logs are stored, or that replace them by mistake.
const FORMATS: [(&[u8], &str); 13] = [
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
    (b"\0\0\xfe\xff", "UTF-32 text: save it as UTF-8"),
    (b"%PDF-", "a PDF file"),
];

/// What a file holds, if it is nothing that could be read as JSON; `None` if it may be JSON.
pub(crate) fn problem(content: &[u8]) -> Option<&'static str> {
    let text = content.trim_ascii_start();
    if Gunzip::is_gzip(content) {
        return Some("compressed many times over: decompress it with `gzip -d`");
    }
    if let Some((_, problem)) = FORMATS.iter().find(|(first, _)| content.starts_with(first)) {
        return Some(problem);
    }
    if content.starts_with(b"\0") {
        return Some("not text: it begins with a NUL byte");
    }
    let tag = text.get(..9).unwrap_or(text).to_ascii_lowercase();
    match tag {
        _ if tag.starts_with(b"<!doctype") || tag.starts_with(b"<html") => Some("an HTML page instead of a log"),
        _ if tag.starts_with(b"<?xml") => Some("an XML document instead of a log"),
        _ => None,
    }
}

/// What content is that could hold records, but is not read: what it is, and how to convert it.
pub(crate) fn unread_records(content: &[u8]) -> Option<&'static str> {
    const LONGEST_HEADER: usize = 4096;
    let is_tar = content.get(257..262) == Some(b"ustar");
    if !is_tar && content.starts_with(b"{") {
        return None; // nearly always: what follows takes longer than to decompress a small file
    }
    let start = content.get(..LONGEST_HEADER).unwrap_or(content); // a log file is one line of many megabytes
    let first_line = start.split(|byte| *byte == b'\n').next().unwrap_or_default().to_ascii_lowercase();
    let header = String::from_utf8_lossy(&first_line);
    let has_column = |column: &str| {
        let names = header.trim_start_matches('\u{feff}').split([',', '\t', ';']);
        names.map(|name| name.trim().trim_matches('"').replace([' ', '_'], "")).any(|name| name == column)
    };
    if is_tar {
        return Some("a tar archive: extract it with `tar -xf`");
    }
    (has_column("eventname") && has_column("eventsource")).then_some(
        "CSV with CloudTrail events, which lacks parts of the records: export them as JSON, for example with `aws \
         cloudtrail lookup-events`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_say_what_a_file_holds() {
        for (content, want) in [
            (&b"\x1f\x8b\x08"[..], Some("compressed many times over: decompress it with `gzip -d`")),
            (b"\x78\x9cK\xcb", Some("a zlib stream: decompress it")),
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
    fn csv_and_tar_are_named() {
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        for (content, want) in [
            (&b"eventTime,eventName,\"eventSource\",x\n1,2,3,4\n"[..], Some("CSV")),
            (b"\xef\xbb\xbfEvent name,AWS access key,Event source\n", Some("CSV")),
            (b"event_name\tevent_source\n", Some("CSV")),
            (&tar, Some("a tar archive")),
            (b"name,size\n", None),
            (b"{tar\n", None),
            (b"{\"eventName\":\"a\",\"eventSource\":\"b\"}", None),
        ] {
            let found = unread_records(content).map(|problem| problem.starts_with(want.unwrap_or("-")));
            assert_eq!(found, want.map(|_| true), "{}", String::from_utf8_lossy(content));
        }
    }
}
