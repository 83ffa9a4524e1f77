//! Decompressing Zstandard: frames one after the other, as `zstd` and `pzstd` write them.
//!
//! <https://www.rfc-editor.org/rfc/rfc8878>

use std::io::{self, Read};

use ruzstd::decoding::StreamingDecoder;

use crate::input::limits::{not_decompressed, read_to_end};

/// The first bytes of a frame.
const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The last three of the first bytes of a frame that holds no content. The first one is between 0x50 and 0x5f.
const SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

/// True if the content starts like a Zstandard file.
pub(crate) fn is_zstd(bytes: &[u8]) -> bool {
    bytes.starts_with(&FRAME) || skippable(bytes).is_some()
}

/// The size of the content-free frame that the bytes start with.
fn skippable(bytes: &[u8]) -> Option<usize> {
    let (header, rest) = bytes.split_first_chunk::<4>()?;
    let [0x50..=0x5f, magic @ ..] = header else { return None };
    let length = usize::try_from(u32::from_le_bytes(*rest.first_chunk()?)).ok()?;
    (*magic == SKIPPABLE).then(|| length.saturating_add(8))
}

/// Decompresses all frames, and stops one byte after `max_size`.
pub(crate) fn read(mut zstd: &[u8], max_size: usize) -> io::Result<Vec<u8>> {
    let damaged = |problem: String| {
        let problem = format!("cannot be decompressed: {problem}; try `zstd -d --long=31`");
        io::Error::new(io::ErrorKind::InvalidData, problem)
    };
    let mut text = Vec::new();
    while !zstd.is_empty() && text.len() <= max_size {
        if let Some(length) = skippable(zstd) {
            zstd = zstd.get(length..).ok_or_else(|| damaged("the file is cut off".to_owned()))?;
            continue;
        }
        let limit = max_size.saturating_sub(text.len()).saturating_add(1);
        let mut frame = StreamingDecoder::new(&mut zstd).map_err(|error| damaged(error.to_string()))?;
        let limited = read_to_end(frame.by_ref().take(u64::try_from(limit).unwrap_or(u64::MAX)), &mut text);
        limited.map_err(|error| match error.kind() {
            io::ErrorKind::OutOfMemory => not_decompressed(error),
            _ => damaged(error.to_string()),
        })?;
        let (written, computed) = (frame.decoder.get_checksum_from_data(), frame.decoder.get_calculated_checksum());
        if text.len() <= max_size && written.is_some() && written != computed {
            return Err(damaged("the checksum is wrong".to_owned()));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn zstd(text: &[u8]) -> Vec<u8> {
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    #[test]
    fn frames_are_read_one_after_the_other() {
        let empty_frame = [&[0x5a][..], &SKIPPABLE, &3_u32.to_le_bytes(), b"abc"].concat();
        for text in [&b""[..], b"{}", &[b'x'; 300_000]] {
            let file = [empty_frame.clone(), zstd(text), empty_frame.clone(), zstd(b"!")].concat();
            assert!(is_zstd(&file) && is_zstd(&zstd(text)));
            assert_eq!(read(&file, 1 << 20).unwrap(), [text, b"!"].concat());
        }
        assert!(!is_zstd(b"{}"));
    }

    #[test]
    fn damage_is_an_error_and_a_bomb_is_stopped() {
        let file = zstd(&[b'x'; 100_000]);
        for end in 1..file.len() {
            assert!(read(&file[..end], 1 << 20).is_err(), "{end} of {} bytes", file.len());
        }
        assert!(read(&[&file[..], b"more"].concat(), 1 << 20).is_err());
        let mut wrong = file.clone();
        *wrong.last_mut().unwrap() ^= 1;
        assert!(read(&wrong, 1 << 20).is_err(), "the checksum is part of the file");
        assert_eq!(read(&file, 1000).unwrap().len(), 1001);
        assert_eq!(read(&[file.clone(), file].concat(), 100_500).unwrap().len(), 100_501);
        let huge_window = [&FRAME[..], &[0x00, 0xff]].concat();
        assert!(read(&huge_window, 1 << 20).unwrap_err().to_string().ends_with("try `zstd -d --long=31`"));
    }
}
