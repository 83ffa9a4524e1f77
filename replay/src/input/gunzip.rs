//! Decompressing gzip files: in one pass if the trailer gives the size, else as a stream.

use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;
use libdeflater::Decompressor;
use memchr::memmem;

use crate::input::limits::read_to_end;

/// The best ratio that Deflate can reach: a trailer that claims more is wrong.
///
/// <https://zlib.net/zlib_tech.html>
const BEST_RATIO: usize = 1032;

/// The size of the shortest header.
///
/// <https://www.rfc-editor.org/rfc/rfc1952#section-2.3>
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

    /// True if the content starts like a gzip file.
    pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
        bytes.starts_with(&[0x1f, 0x8b])
    }

    /// Decompresses all members, and stops one byte after `max_size`.
    pub(crate) fn read(&mut self, gzip: &[u8], max_size: usize) -> io::Result<&[u8]> {
        match self.decompress(gzip, max_size) {
            Ok(size) => Ok(self.text.get(..size).unwrap_or_default()),
            Err(error) => {
                self.text = Vec::new(); // if this took all memory, the next file needs some
                Err(error)
            }
        }
    }

    /// Returns the size of the content.
    fn decompress(&mut self, gzip: &[u8], max_size: usize) -> io::Result<usize> {
        if let Some(size) = self.in_one_pass(gzip, max_size)? {
            return Ok(size);
        }
        self.text.clear();
        let limit = u64::try_from(max_size).unwrap_or(u64::MAX).saturating_add(1);
        read_to_end(MultiGzDecoder::new(gzip).take(limit), &mut self.text)
    }

    /// Decompresses the only member of a file and returns the size. `None` if there may be several members, if the
    /// trailer is wrong, or if the content is damaged: reading as a stream then reports the cause.
    ///
    /// # Errors
    /// Fails without memory for the content.
    fn in_one_pass(&mut self, gzip: &[u8], max_size: usize) -> io::Result<Option<usize>> {
        let Some(claimed) = claimed_size(gzip, max_size) else { return Ok(None) };
        if self.text.len() < claimed {
            self.text.try_reserve(claimed - self.text.len())?;
            self.text.resize(claimed, 0);
        }
        let out = self.text.get_mut(..claimed).unwrap_or_default();
        let size = self.decompressor.gzip_decompress(gzip, out).ok();
        Ok(size.filter(|size| *size == claimed))
    }
}

/// The size that the trailer of the only member claims; `None` if that cannot be the size, or if there may be several members.
fn claimed_size(gzip: &[u8], max_size: usize) -> Option<usize> {
    let claimed = usize::try_from(u32::from_le_bytes(*gzip.last_chunk()?)).ok()?;
    // of what is padded with zeros, the trailer claims nothing: only a stream finds out
    let is_possible = claimed > 0 && claimed <= max_size && claimed / BEST_RATIO <= gzip.len();
    (is_possible && !may_have_several_members(gzip)).then_some(claimed)
}

/// True if a second member may start in this file. Its first four bytes are known, but compressed data may contain them
/// by chance.
fn may_have_several_members(gzip: &[u8]) -> bool {
    let Some(rest) = gzip.get(HEADER..) else { return true };
    memmem::find_iter(rest, &[0x1f, 0x8b, 0x08]).any(|at| rest.get(at + 3).is_none_or(|flags| flags & 0xe0 == 0))
}

#[cfg(test)]
pub(super) mod testing {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text).unwrap();
        gzip.finish().unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::gzip;
    use super::*;

    const MAX_SIZE: usize = 1 << 20;

    #[test]
    fn one_member_is_decompressed_in_one_pass_and_memory_is_reused() {
        let mut gunzip = Gunzip::new();
        for text in [&b"a longer text"[..], b"a text", &[7; 100_000]] {
            assert_eq!(gunzip.in_one_pass(&gzip(text), MAX_SIZE).unwrap(), Some(text.len()));
            assert_eq!(gunzip.read(&gzip(text), MAX_SIZE).unwrap(), text);
        }
        assert_eq!(gunzip.text.len(), 100_000);
        assert_eq!(gunzip.read(&gzip(b""), MAX_SIZE).unwrap(), b"");
    }

    #[test]
    fn members_and_wrong_trailers_are_read_as_a_stream() {
        let mut gunzip = Gunzip::new();
        for (first, second) in [("one", "two"), ("same", "same"), ("a longer one", "b"), ("", "")] {
            let both = [gzip(first.as_bytes()), gzip(second.as_bytes())].concat();
            assert_eq!(gunzip.in_one_pass(&both, MAX_SIZE).unwrap(), None);
            assert_eq!(gunzip.read(&both, MAX_SIZE).unwrap(), format!("{first}{second}").as_bytes());
        }
        let whole = gzip(b"some text");
        let size = whole.len() - 4;
        for wrong in [
            &whole[..size],
            &[&whole[..size], &u32::MAX.to_le_bytes()].concat(),
            &[&whole[..size], &10_u32.to_le_bytes()].concat(),
            &[&whole[..], b"more"].concat(),
            &[&whole[..], &[0; 8]].concat(),
            &[&gzip(b"")[..], &[0; 8]].concat(),
            &[&whole[..size - 4], &[0; 4], &whole[size..]].concat(),
            b"\x1f\x8b",
        ] {
            assert!(gunzip.read(wrong, MAX_SIZE).is_err());
        }
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let mut gunzip = Gunzip::new();
        let bomb = gzip(&vec![b' '; 5 << 20]);
        assert_eq!(gunzip.read(&bomb, MAX_SIZE).unwrap().len(), MAX_SIZE + 1);
        let wrong_trailer = [&bomb[..bomb.len() - 4], &100_u32.to_le_bytes()].concat();
        assert_eq!(gunzip.read(&wrong_trailer, MAX_SIZE).unwrap().len(), MAX_SIZE + 1);
        assert!(gunzip.text.len() <= MAX_SIZE + 1);
    }
}
