//! Zstandard, and every other form of content: what was compressed comes out, and no more than the limit does.

use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use sealwatch::readers;

use crate::Check;
use crate::gzip::gzip;

pub(crate) const CHECK: Check = Check { name: "zstd", run: check, max_len: 256, words, seeds };

/// The most bytes of a text.
const LIMIT: usize = 4096;

/// Any bytes are decoded. As a text, they come out of each form as they went in.
pub fn check(bytes: &[u8]) {
    let text = readers::unzstd(bytes, LIMIT);
    if let Ok(text) = &text {
        assert!(text.len() <= LIMIT + 1);
        if 2 * text.len() <= LIMIT {
            let twice = readers::unzstd(&[bytes, bytes].concat(), LIMIT);
            assert_eq!(twice.as_deref(), Ok(&[text.as_slice(), text].concat()[..]), "{bytes:x?}");
        }
    }
    let _ = readers::problem(bytes);
    match readers::decode(bytes, LIMIT) {
        Ok(None) => check_forms(bytes),
        Ok(Some(text)) => assert!(text.len() <= LIMIT),
        Err(_) => {}
    }
}

/// What is neither compressed nor UTF-16, in each form.
fn check_forms(text: &[u8]) {
    let zstd = compress_to_vec(text, CompressionLevel::Fastest);
    for form in [zstd.clone(), gzip(text), gzip(&gzip(text)), gzip(&zstd)] {
        assert_eq!(readers::decode(&form, LIMIT), Ok(Some(text.to_vec())), "{text:x?}");
        if text.len() > 1 {
            assert!(readers::decode(&form, text.len() - 1).is_err(), "{text:x?}");
        }
    }
    if let Ok(text) = std::str::from_utf8(text) {
        let units = || std::iter::once(0xfeff).chain(text.encode_utf16());
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        let marked = format!("\u{feff}{text}").into_bytes();
        if readers::decode(&marked, LIMIT) == Ok(None) && !text.starts_with('\0') {
            assert_eq!(readers::decode(&little, LIMIT), Ok(Some(marked.clone())), "{text:?}");
            assert_eq!(readers::decode(&big, LIMIT), Ok(Some(marked)), "{text:?}");
        }
    }
}

fn words() -> Vec<String> {
    ["PAR1", "BZh", "eventName,eventSource", "<?xml", "ustar", "\u{feff}", "7z"].map(str::to_owned).to_vec()
}

fn seeds() -> Vec<Vec<u8>> {
    let zstd = |text: &[u8]| compress_to_vec(text, CompressionLevel::Fastest);
    vec![
        zstd(b""),
        zstd(b"{\"Records\":[{\"eventName\":\"a\"},{\"eventName\":\"a\"}]}"),
        [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc", &zstd(b"{}")].concat(),
        zstd(&[b'x'; 5000]),
        b"{\"a\":\"\xc3\xa9\"}".to_vec(),
        b"\xff\xfe{\0}\0".to_vec(),
        b"\0{\0}".to_vec(),
        gzip(&zstd(b"{}")),
    ]
}
