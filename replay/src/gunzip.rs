//! Decompressing gzip files: in one go where the file tells its size, as a stream where it does not.

use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;
use libdeflater::Decompressor;
use memchr::memmem;

/// Deflate cannot do better, so a trailer that promises more is wrong.
const BEST_RATIO: usize = 1032;

/// Before the compressed data come at least ten bytes, behind them eight.
const HEADER: usize = 10;

/// Decompresses files one after the other into the same memory.
pub(crate) struct Gunzip {
    decompressor: Decompressor,
    text: Vec<u8>,
}

impl Gunzip {
    pub(crate) fn new() -> Gunzip {
        Gunzip { decompressor: Decompressor::new(), text: Vec::new() }
    }

    /// True for what begins as gzip files do.
    pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
        bytes.starts_with(&[0x1f, 0x8b])
    }

    /// What was compressed: all members, at most one byte more than `most`.
    pub(crate) fn read(&mut self, gzip: &[u8], most: usize) -> io::Result<&[u8]> {
        let size = match self.at_once(gzip, most) {
            Some(size) => size,
            None => {
                self.text.clear();
                let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
                MultiGzDecoder::new(gzip).take(limit).read_to_end(&mut self.text)?
            }
        };
        Ok(self.text.get(..size).unwrap_or_default())
    }

    /// Decompresses the only member of a file; `None` where there may be several, where the trailer
    /// is wrong, and where anything else is: the stream will tell.
    fn at_once(&mut self, gzip: &[u8], most: usize) -> Option<usize> {
        let promised = usize::try_from(u32::from_le_bytes(*gzip.last_chunk()?)).ok()?;
        if promised > most || promised / BEST_RATIO > gzip.len() || may_have_members(gzip) {
            return None;
        }
        if self.text.len() < promised {
            self.text.resize(promised, 0);
        }
        let room = self.text.get_mut(..promised)?;
        let size = self.decompressor.gzip_decompress(gzip, room).ok()?;
        (size == promised).then_some(size)
    }
}

/// True where a second member may begin: these four bytes must stand there, and may stand anywhere.
fn may_have_members(gzip: &[u8]) -> bool {
    let Some(rest) = gzip.get(HEADER..) else { return true };
    memmem::find_iter(rest, &[0x1f, 0x8b, 0x08]).any(|at| rest.get(at + 3).is_none_or(|flags| flags & 0xe0 == 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    const MOST: usize = 1 << 20;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn one_member_is_decompressed_at_once_and_memory_is_used_again() {
        let mut gunzip = Gunzip::new();
        for text in [&b"a longer text"[..], b"a text", b"", &[7; 100_000]] {
            assert_eq!(gunzip.at_once(&gzip(text), MOST), Some(text.len()));
            assert_eq!(gunzip.read(&gzip(text), MOST).unwrap(), text);
        }
        assert_eq!(gunzip.text.len(), 100_000);
    }

    #[test]
    fn members_and_wrong_trailers_are_read_as_a_stream() {
        let mut gunzip = Gunzip::new();
        for (first, second) in [("one", "two"), ("same", "same"), ("a longer one", "b"), ("", "")] {
            let both = [gzip(first.as_bytes()), gzip(second.as_bytes())].concat();
            assert_eq!(gunzip.at_once(&both, MOST), None);
            assert_eq!(gunzip.read(&both, MOST).unwrap(), format!("{first}{second}").as_bytes());
        }
        let whole = gzip(b"some text");
        let size = whole.len() - 4;
        for wrong in [
            &whole[..size],
            &[&whole[..size], &u32::MAX.to_le_bytes()].concat(),
            &[&whole[..size], &10_u32.to_le_bytes()].concat(),
            &[&whole[..], b"more"].concat(),
            &[&whole[..size - 4], &[0; 4], &whole[size..]].concat(),
            b"\x1f\x8b",
        ] {
            assert!(gunzip.read(wrong, MOST).is_err());
        }
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let mut gunzip = Gunzip::new();
        let bomb = gzip(&vec![b' '; 5 << 20]);
        assert_eq!(gunzip.read(&bomb, MOST).unwrap().len(), MOST + 1);
        let lying = [&bomb[..bomb.len() - 4], &100_u32.to_le_bytes()].concat();
        assert_eq!(gunzip.read(&lying, MOST).unwrap().len(), MOST + 1);
        assert!(gunzip.text.len() <= MOST + 1);
    }
}
