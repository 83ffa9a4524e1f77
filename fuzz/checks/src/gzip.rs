//! Gzip: the fast reader says what the one of another library says, and stops at the limit.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use sealwatch::readers;

use crate::Check;

pub(crate) const CHECK: Check = Check { name: "gzip", run: check, max_len: 512, words, seeds };

/// The most bytes of a text.
const LIMIT: usize = 4096;

/// Bytes that begin like gzip are a file, others are the texts of its members, with `|` between them.
pub fn check(bytes: &[u8]) {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        for limit in [LIMIT, 16] {
            let read = readers::gunzip(bytes, limit);
            let mut text = Vec::new();
            let limit_read = u64::try_from(limit + 1).unwrap_or(u64::MAX);
            let expected = MultiGzDecoder::new(bytes).take(limit_read).read_to_end(&mut text);
            // more bytes after the file are found, unless the last four of them are the size of the text
            let has_size = u32::try_from(text.len()).is_ok_and(|size| size > 0 && bytes.ends_with(&size.to_le_bytes()));
            match &read {
                Ok(read) => assert!(
                    *read == text && (expected.is_ok() || has_size),
                    "{bytes:x?}: {read:?}, another {expected:?}"
                ),
                Err(problem) => assert!(expected.is_err(), "{bytes:x?}: {problem}, another reader {text:?}"),
            }
        }
        return;
    }
    let members: Vec<&[u8]> = bytes.split(|byte| *byte == b'|').collect();
    let file: Vec<u8> = members.iter().flat_map(|member| gzip(member)).collect();
    let text = members.concat();
    assert_eq!(readers::gunzip(&file, text.len()).as_deref(), Ok(&text[..]));
    let too_small = text.len().saturating_sub(1);
    assert_eq!(
        readers::gunzip(&file, too_small).map(|text| text.len()),
        Ok(text.len()),
        "one byte more than the limit"
    );
    // a file that was cut off is damaged
    if let Some((_, cut)) = file.split_last() {
        assert!(readers::gunzip(cut, text.len()).is_err());
    }
}

pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn words() -> Vec<String> {
    ["|", "\u{1f}", "\u{8}"].map(str::to_owned).to_vec()
}

fn seeds() -> Vec<Vec<u8>> {
    let text = b"{\"Records\":[{\"eventName\":\"a\"},{\"eventName\":\"a\"}]}";
    let mut with_name = GzEncoder::new(Vec::new(), Compression::best());
    let _ = with_name.write_all(text);
    vec![
        gzip(b""),
        gzip(text),
        [gzip(text), gzip(b"{}")].concat(),
        with_name.finish().unwrap_or_default(),
        flate2::GzBuilder::new()
            .filename("a.json")
            .comment("c")
            .extra(vec![1, 2])
            .write(Vec::new(), Compression::none())
            .finish()
            .unwrap_or_default(),
        gzip(&[b'x'; 5000]),
        text.to_vec(),
        b"a||bc".to_vec(),
    ]
}
