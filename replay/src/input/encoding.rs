//! Content that is not UTF-8 JSON, but becomes it: Zstandard, gzip within gzip, UTF-16.

use std::io;

use crate::byte_size;
use crate::input::gunzip::Gunzip;
use crate::input::limits::not_decompressed;
use crate::input::zstd;

/// How often content may be compressed. A pipeline that compresses what is compressed already is a common mistake.
const MAX_LAYERS: usize = 3;

/// Decompresses content, and converts it to UTF-8. `None` if it is neither compressed nor UTF-16.
///
/// # Errors
/// Fails if the content is damaged, or larger than `max_size` bytes ([`io::ErrorKind::FileTooLarge`]).
pub(crate) fn decode(content: &[u8], max_size: usize) -> io::Result<Option<Vec<u8>>> {
    let mut decoded: Option<Vec<u8>> = None;
    for _ in 0..MAX_LAYERS {
        let bytes = decoded.as_deref().unwrap_or(content);
        let next = match bytes {
            _ if Gunzip::is_gzip(bytes) => Gunzip::new().read(bytes, max_size).map_err(not_decompressed)?.to_vec(),
            _ if zstd::is_zstd(bytes) => zstd::read(bytes, max_size)?,
            _ => match Utf16::of(bytes) {
                Some(utf_16) => utf_16.read(bytes)?,
                None => break,
            },
        };
        if next.len() > max_size {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        decoded = Some(next);
    }
    Ok(decoded)
}

/// The error for content of more than `max_size` bytes.
pub(crate) fn too_large(max_size: usize) -> io::Error {
    let problem = format!(
        "larger than {}: split the file, raise `--max-file-size`, or pass JSON lines and extracts on standard input (`-`)",
        byte_size::format(max_size)
    );
    io::Error::new(io::ErrorKind::FileTooLarge, problem)
}

/// The order of the bytes in UTF-16. Windows PowerShell 5 writes it wherever output is redirected to a file.
///
/// <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Utf16 {
    LittleEndian,
    BigEndian,
}

impl Utf16 {
    /// Recognizes UTF-16 by its mark, or by the ASCII character that JSON begins with. UTF-32 begins alike.
    fn of(bytes: &[u8]) -> Option<Utf16> {
        match bytes {
            [0xff, 0xfe, 0, 0, ..] => None,
            [0xff, 0xfe, ..] => Some(Utf16::LittleEndian),
            [0xfe, 0xff, ..] => Some(Utf16::BigEndian),
            [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some(Utf16::LittleEndian),
            [0, first, 0, second, ..] if *first != 0 && *second != 0 => Some(Utf16::BigEndian),
            _ => None,
        }
    }

    fn read(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units = pairs.iter().map(|pair| match self {
            Utf16::LittleEndian => u16::from_le_bytes(*pair),
            Utf16::BigEndian => u16::from_be_bytes(*pair),
        });
        let text: Result<String, _> = char::decode_utf16(units).collect();
        match text {
            Ok(text) if rest.is_empty() => Ok(text.into_bytes()),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "damaged UTF-16 text: save it as UTF-8")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::input::gunzip::testing::gzip;

    const LIMIT: usize = 1 << 20;

    fn utf_16(text: &str, order: Utf16) -> Vec<u8> {
        let bytes = |unit: u16| match order {
            Utf16::LittleEndian => unit.to_le_bytes(),
            Utf16::BigEndian => unit.to_be_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf_16_is_read_with_and_without_a_mark() {
        for text in ["{\"a\":\"é😀\"}", "\u{feff}{\"a\":1}", "\r\n[]", "\u{feff}é"] {
            for order in [Utf16::LittleEndian, Utf16::BigEndian] {
                let bytes = utf_16(text, order);
                assert_eq!(decode(&bytes, LIMIT).unwrap().unwrap(), text.as_bytes(), "{text} {order:?}");
                assert_eq!(decode(&gzip(&bytes), LIMIT).unwrap().unwrap(), text.as_bytes(), "{text} {order:?}");
                assert!(decode(&bytes[..bytes.len() - 1], LIMIT).is_err());
            }
        }
        assert!(decode(b"\xff\xfe\x00\xd8{\0", LIMIT).is_err(), "half a surrogate pair");
    }

    #[test]
    fn other_content_is_left_alone() {
        for content in
            [&b"{\"a\":1}"[..], b"", b"{", b"\xef\xbb\xbf{}", b"\xff\xfe\0\0{\0\0\0", b"\0\0\0{", b"\0\0\0\0"]
        {
            assert_eq!(decode(content, LIMIT).unwrap(), None, "{content:?}");
        }
    }

    #[test]
    fn gzip_within_gzip_is_read_up_to_the_limit() {
        let once = gzip(b"{}");
        assert_eq!(decode(&gzip(&once), LIMIT).unwrap().unwrap(), b"{}");
        let bomb = gzip(&gzip(&vec![b' '; LIMIT + 1]));
        assert_eq!(decode(&bomb, LIMIT).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        let deep = (0..9).fold(once, |inner, _| gzip(&inner));
        assert!(Gunzip::is_gzip(&decode(&deep, LIMIT).unwrap().unwrap()));
    }

    proptest! {
        #[test]
        fn no_content_makes_it_panic(content in prop::collection::vec(any::<u8>(), 0..300), magic in 0..4_usize) {
            let magic: &[u8] = [&b""[..], b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"\xff\xfe"][magic];
            let content = [magic, &content].concat();
            let _ = decode(&content, LIMIT); // an error is fine
            crate::input::content::unread_records(&content);
        }
    }
}
