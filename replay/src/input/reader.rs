//! Reading one file into memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::str::Utf8Error;

use crate::byte_size;
use crate::input::content;
use crate::input::gunzip::Gunzip;

/// The size limit of policy files. No real one is that large, but a gzip bomb may be.
const MAX_POLICY_FILE: usize = 512 << 20;

/// What a file holds, after decompression.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Content<'a> {
    pub(crate) bytes: &'a [u8],
    /// True if the checksum of gzip proves that the content is as it was written.
    pub(crate) has_checksum: bool,
}

/// Reads files one after the other into the same memory.
pub(crate) struct Reader {
    max_size: usize,
    bytes: Vec<u8>,
    gunzip: Gunzip,
}

impl Reader {
    /// A reader that rejects content of more than `max_size` bytes, after decompression.
    pub(crate) fn new(max_size: usize) -> Reader {
        Reader { max_size, bytes: Vec::new(), gunzip: Gunzip::new() }
    }

    /// Reads a file, or standard input for `-`. Content that starts like gzip is decompressed.
    pub(crate) fn read(&mut self, path: &Path) -> io::Result<Content<'_>> {
        self.bytes.clear();
        let limit = u64::try_from(self.max_size).unwrap_or(u64::MAX).saturating_add(1);
        match path.as_os_str() == "-" {
            true => io::stdin().lock().take(limit).read_to_end(&mut self.bytes)?,
            false => File::open(path)?.take(limit).read_to_end(&mut self.bytes)?,
        };
        self.decompressed()
    }

    /// Decompresses an object that was fetched, if it starts like gzip.
    pub(crate) fn read_fetched(&mut self, bytes: Vec<u8>) -> io::Result<Content<'_>> {
        self.bytes = bytes;
        self.decompressed()
    }

    fn decompressed(&mut self) -> io::Result<Content<'_>> {
        let mut bytes = self.bytes.as_slice();
        let has_checksum = Gunzip::is_gzip(bytes) && bytes.len() <= self.max_size;
        if has_checksum {
            let text = self.gunzip.read(bytes, self.max_size);
            bytes = text.map_err(|error| io::Error::new(error.kind(), format!("cannot be decompressed: {error}")))?;
        }
        if bytes.len() > self.max_size { Err(too_large(self.max_size)) } else { Ok(Content { bytes, has_checksum }) }
    }
}

/// The error for content of more than `max_size` bytes.
pub(crate) fn too_large(max_size: usize) -> io::Error {
    let problem = format!("larger than {}: split the file, or raise `--max-file-size`", byte_size::format(max_size));
    io::Error::new(io::ErrorKind::FileTooLarge, problem)
}

/// The problem with content that is not text.
fn not_utf_8(error: Utf8Error) -> String {
    format!("not UTF-8 at byte {}", error.valid_up_to())
}

/// Reads a policy file, or standard input for `-`.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    let mut reader = Reader::new(MAX_POLICY_FILE);
    let bytes = reader.read(path)?.bytes;
    if let Some(problem) = content::problem(bytes) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    let text = std::str::from_utf8(bytes);
    text.map(str::to_owned).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, not_utf_8(error)))
}
