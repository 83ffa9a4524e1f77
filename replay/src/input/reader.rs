//! Reading one file into memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::str::Utf8Error;

use crate::byte_size;
use crate::input::gunzip::Gunzip;

/// The size limit of policy files. No real one is that large, but a gzip bomb may be.
const MAX_POLICY_FILE: usize = 512 << 20;

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
    pub(crate) fn read(&mut self, path: &Path) -> io::Result<&[u8]> {
        self.bytes.clear();
        let limit = u64::try_from(self.max_size).unwrap_or(u64::MAX).saturating_add(1);
        match path.as_os_str() == "-" {
            true => io::stdin().lock().take(limit).read_to_end(&mut self.bytes)?,
            false => File::open(path)?.take(limit).read_to_end(&mut self.bytes)?,
        };
        self.decompressed()
    }

    /// Decompresses an object that was fetched, if it starts like gzip.
    pub(crate) fn read_fetched(&mut self, bytes: Vec<u8>) -> io::Result<&[u8]> {
        self.bytes = bytes;
        self.decompressed()
    }

    fn decompressed(&mut self) -> io::Result<&[u8]> {
        let mut bytes = self.bytes.as_slice();
        if Gunzip::is_gzip(bytes) && bytes.len() <= self.max_size {
            let text = self.gunzip.read(bytes, self.max_size);
            bytes = text.map_err(|error| io::Error::new(error.kind(), format!("cannot be decompressed: {error}")))?;
        }
        if bytes.len() > self.max_size { Err(too_large(self.max_size)) } else { Ok(bytes) }
    }
}

/// The error for content of more than `max_size` bytes.
pub(crate) fn too_large(max_size: usize) -> io::Error {
    let problem = format!("larger than {}: split the file, or raise `--max-file-size`", byte_size::format(max_size));
    io::Error::new(io::ErrorKind::FileTooLarge, problem)
}

/// The problem with content that is not text.
pub(crate) fn not_utf_8(error: Utf8Error) -> String {
    format!("not UTF-8 at byte {}", error.valid_up_to())
}

/// Reads a policy file, or standard input for `-`.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    let mut reader = Reader::new(MAX_POLICY_FILE);
    let bytes = reader.read(path)?;
    let problem = |error| match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16, which PowerShell writes: convert it to UTF-8".to_owned(),
        [b'P', b'K', 3, 4, ..] => {
            "a zip archive; if it is a Terraform plan, evaluate what `terraform show -json` prints of it".to_owned()
        }
        _ => not_utf_8(error),
    };
    let text = std::str::from_utf8(bytes);
    text.map(str::to_owned).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, problem(error)))
}
