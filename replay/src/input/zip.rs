//! ZIP archives: each file in one may hold records.
//!
//! Read here and not by a crate: the ones for it would bring as many dependencies as this file has functions, and what is
//! needed is small. <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use std::io::{self, Read};
use std::path::Path;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use memchr::memmem;

use crate::input::encoding::{self, too_large};
use crate::input::limits::{not_decompressed, read_to_end};

const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
const CENTRAL_HEADER: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const END_64_LOCATOR: &[u8] = b"PK\x06\x07";

/// The end of an archive is followed by a comment of at most this size.
const MAX_COMMENT: usize = 0xffff;

/// True if the content starts like a ZIP archive, an empty one too.
pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(LOCAL_HEADER) || bytes.starts_with(END)
}

/// Reads the files of an archive, and passes the name and the content of each to `take`, or why it
/// cannot be read.
///
/// # Errors
/// Fails if the archive is damaged, or if its files are larger than `max_size` bytes in all.
pub(crate) fn each(zip: &[u8], max_size: usize, mut take: impl FnMut(&str, io::Result<&[u8]>)) -> io::Result<()> {
    let directory = Directory::find(zip).ok_or_else(damaged)?;
    let mut rest = zip.get(directory.offset..).unwrap_or_default();
    let mut left = max_size;
    for _ in 0..directory.files {
        let file = File::read(&mut rest).ok_or_else(damaged)?;
        if !is_input(&file.name) {
            continue;
        }
        let content = file.content(zip, left);
        let decoded = match &content {
            Ok(content) => encoding::decode(content, left.saturating_sub(content.len())),
            Err(_) => Ok(None),
        };
        let decoded = match (content, decoded) {
            (Err(error), _) | (_, Err(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
                return Err(too_large(max_size));
            }
            (Err(error), _) | (_, Err(error)) => {
                take(&file.name, Err(error));
                continue;
            }
            (Ok(content), Ok(decoded)) => {
                left = left.saturating_sub(content.len()); // also what was read on the way counts
                decoded.inspect(|decoded| left = left.saturating_sub(decoded.len())).unwrap_or(content)
            }
        };
        take(&file.name, Ok(&decoded));
    }
    Ok(())
}

/// True for files, whatever their names: their contents show whether they hold records. macOS adds a file that begins with
/// `._` for each.
fn is_input(name: &str) -> bool {
    let is_metadata = Path::new(name).file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"._"));
    !name.ends_with('/') && !is_metadata
}

fn invalid(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

fn damaged() -> io::Error {
    invalid("a damaged ZIP archive: repair it with `zip -FF`, or download it again")
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk().map(|bytes| usize::from(u16::from_le_bytes(*bytes)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}

fn u64_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}

/// A number of 16 or 32 bits that means: see the one of 64 bits.
const IN_64_BITS: [usize; 2] = [0xffff, 0xffff_ffff];

/// The list of files at the end of an archive.
struct Directory {
    offset: usize,
    files: usize,
}

impl Directory {
    fn find(zip: &[u8]) -> Option<Directory> {
        let tail = zip.len().saturating_sub(MAX_COMMENT + 22);
        let at = tail + memmem::rfind(zip.get(tail..)?, END)?;
        let end = zip.get(at..)?;
        let (files, offset) = (u16_at(end, 10)?, u32_at(end, 16)?);
        if !IN_64_BITS.contains(&files) && !IN_64_BITS.contains(&offset) {
            return Some(Directory { offset, files });
        }
        let locator = zip.get(at.checked_sub(20)?..at)?.strip_prefix(END_64_LOCATOR)?;
        let end = zip.get(u64_at(locator, 4)?..)?;
        end.starts_with(END_64).then_some(Directory { files: u64_at(end, 32)?, offset: u64_at(end, 48)? })
    }
}

/// A file in an archive.
struct File {
    name: String,
    is_encrypted: bool,
    method: usize,
    crc: usize,
    compressed: usize,
    size: usize,
    offset: usize,
}

impl File {
    /// Reads the header of a file, and moves on to the next one.
    fn read(rest: &mut &[u8]) -> Option<File> {
        let header = *rest;
        let [name_size, extra_size, comment_size] = [u16_at(header, 28)?, u16_at(header, 30)?, u16_at(header, 32)?];
        let (name, after) = header.strip_prefix(CENTRAL_HEADER)?.get(42..)?.split_at_checked(name_size)?;
        let (extra, after) = after.split_at_checked(extra_size)?;
        *rest = after.get(comment_size..)?;
        let mut file = File {
            name: String::from_utf8_lossy(name).into_owned(),
            is_encrypted: u16_at(header, 8)? & 1 == 1,
            method: u16_at(header, 10)?,
            crc: u32_at(header, 16)?,
            compressed: u32_at(header, 20)?,
            size: u32_at(header, 24)?,
            offset: u32_at(header, 42)?,
        };
        file.read_extra(extra);
        Some(file)
    }

    /// Reads sizes and the offset from the extra field, if they need 64 bits.
    fn read_extra(&mut self, mut extra: &[u8]) {
        while let (Some(id), Some(size)) = (u16_at(extra, 0), u16_at(extra, 2)) {
            let numbers = [&mut self.size, &mut self.compressed, &mut self.offset];
            let wide = numbers.into_iter().filter(|number| **number == 0xffff_ffff).zip((4..).step_by(8));
            for (number, at) in wide.filter(|_| id == 1) {
                *number = u64_at(extra, at).unwrap_or(*number);
            }
            extra = extra.get(4 + size..).unwrap_or_default();
        }
    }

    /// Decompresses the file.
    fn content(&self, zip: &[u8], limit: usize) -> io::Result<Vec<u8>> {
        if self.is_encrypted {
            return Err(invalid("encrypted: extract it with its password, for example with `7z x`"));
        }
        let data = self.data(zip).ok_or_else(damaged)?;
        let mut content = Vec::new();
        let limit_read = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        match self.method {
            0 => read_to_end(data.take(limit_read), &mut content),
            8 => read_to_end(DeflateDecoder::new(data).take(limit_read), &mut content),
            _ => return Err(invalid("compressed by a method other than Deflate: extract it, for example with `7z x`")),
        }
        .map_err(not_decompressed)?;
        if content.len() > limit {
            return Err(too_large(limit));
        }
        let mut crc = Crc::new();
        crc.update(&content);
        let is_whole = content.len() == self.size && usize::try_from(crc.sum()) == Ok(self.crc);
        if is_whole { Ok(content) } else { Err(invalid("damaged: its checksum is wrong")) }
    }

    fn data<'a>(&self, zip: &'a [u8]) -> Option<&'a [u8]> {
        let header = zip.get(self.offset..).filter(|header| header.starts_with(LOCAL_HEADER))?;
        let start = 30 + u16_at(header, 26)? + u16_at(header, 28)?;
        header.get(start..)?.get(..self.compressed)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use proptest::prelude::*;

    use super::*;

    /// An archive in which every second file is compressed, with some bytes after each header changed.
    fn zip(files: &[(&str, &[u8])], change: impl Fn(&mut Vec<u8>, &mut Vec<u8>)) -> Vec<u8> {
        let (mut zip, mut directory) = (Vec::new(), Vec::new());
        for (index, (name, content)) in files.iter().enumerate() {
            let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
            deflate.write_all(content).unwrap();
            let (method, data) = if index % 2 == 0 { (8_u8, deflate.finish().unwrap()) } else { (0, content.to_vec()) };
            let mut crc = Crc::new();
            crc.update(content);
            let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
            let sizes = [crc.sum().to_le_bytes(), number(data.len()), number(content.len())].concat();
            let fields = [&[20, 0, 0, 0, method, 0, 0, 0, 0, 0][..], &sizes, &[name.len() as u8, 0, 0, 0]].concat();
            let mut local = [LOCAL_HEADER, &fields].concat();
            let mut central = [CENTRAL_HEADER, &[20, 0], &fields, &[0; 10], &number(zip.len())].concat();
            change(&mut local, &mut central);
            zip.extend([&local[..], name.as_bytes(), &data].concat());
            directory.extend([&central[..], name.as_bytes()].concat());
        }
        let (count, offset) = (files.len() as u8, u32::try_from(zip.len()).unwrap().to_le_bytes());
        let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
        zip.extend([&directory[..], END, &[0, 0, 0, 0, count, 0, count, 0], &size, &offset, &[2, 0], b"ok"].concat());
        zip
    }

    /// Names and contents, or problems.
    fn read(zip: &[u8], max_size: usize) -> io::Result<Vec<(String, String)>> {
        let mut files = Vec::new();
        each(zip, max_size, |name, content| {
            let text =
                content.map_or_else(|error| error.to_string(), |text| String::from_utf8_lossy(text).into_owned());
            files.push((name.to_owned(), text));
        })?;
        Ok(files)
    }

    const FILES: [(&str, &[u8]); 5] =
        [("a/b.json", b"{\"a\":1}"), ("c.jsonl", b"{}\n{}"), ("d.md", b"x"), ("._a.json", b"\0"), ("e.json", b"")];

    #[test]
    fn files_are_read_whatever_their_names() {
        let archive = zip(&FILES, |_, _| {});
        let want = [("a/b.json", "{\"a\":1}"), ("c.jsonl", "{}\n{}"), ("d.md", "x"), ("e.json", "")];
        let want: Vec<_> = want.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        assert_eq!(read(&archive, 1000).unwrap(), want);
        assert_eq!(read(&zip(&[], |_, _| {}), 1000).unwrap(), []);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let problems = |change: &dyn Fn(&mut Vec<u8>, &mut Vec<u8>)| read(&zip(&FILES[..1], change), 1000).unwrap();
        for (at, value, says) in
            [(8, 1, "encrypted"), (10, 12, "a method other than Deflate"), (16, 0, "damaged"), (24, 9, "damaged")]
        {
            let found = problems(&|_, central| central[at] = value);
            assert!(found[0].1.contains(says), "{found:?}");
        }
        let archive = zip(&FILES, |_, _| {});
        assert!(read(&archive[..archive.len() - 30], 1000).is_err());
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let spaces = vec![b' '; 100_000];
        let archive = zip(&[("a.json", &spaces), ("b.json", b"{}"), ("c.json", &spaces)], |_, _| {});
        assert_eq!(read(&archive, 200_002).unwrap().len(), 3);
        for limit in [99_999, 100_001, 200_001] {
            assert_eq!(read(&archive, limit).unwrap_err().kind(), io::ErrorKind::FileTooLarge, "{limit}");
        }
    }

    #[test]
    fn sizes_may_take_64_bits() {
        let mut file = File {
            name: String::new(),
            is_encrypted: false,
            method: 0,
            crc: 0,
            compressed: 0xffff_ffff,
            size: 7,
            offset: 0xffff_ffff,
        };
        let extra = [&[9, 0, 1, 0, 5, 1, 0, 16, 0][..], &11_u64.to_le_bytes(), &12_u64.to_le_bytes()].concat();
        file.read_extra(&extra);
        assert_eq!((file.size, file.compressed, file.offset), (7, 11, 12));
    }

    proptest! {
        #[test]
        fn no_damage_makes_it_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6), end in any::<prop::sample::Index>()) {
            let mut archive = zip(&FILES, |_, _| {});
            for (at, value) in changes {
                let at = at.index(archive.len());
                archive[at] = value;
            }
            let _ = read(&archive, 1000); // an error is fine
            let _ = read(&archive[..end.index(archive.len())], 1000);
        }
    }
}
