//! Reading one file into memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::str::Utf8Error;

use crate::input::gunzip::Gunzip;
use crate::input::limits::{not_decompressed, read_to_end, with_way_out};
use crate::input::pieces::Piece;
use crate::input::{content, encoding, zip};

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
    /// Content that was compressed in another way, or not UTF-8.
    decoded: Vec<u8>,
}

impl Reader {
    /// A reader that rejects content of more than `max_size` bytes, after decompression.
    pub(crate) fn new(max_size: usize) -> Reader {
        Reader { max_size, bytes: Vec::new(), gunzip: Gunzip::new(), decoded: Vec::new() }
    }

    /// Reads a file, or standard input for `-`. Content that starts like gzip is decompressed.
    pub(crate) fn read(&mut self, path: &Path) -> io::Result<Content<'_>> {
        self.bytes.clear();
        let limit = u64::try_from(self.max_size).unwrap_or(u64::MAX).saturating_add(1);
        match path.as_os_str() == "-" {
            true => read_to_end(io::stdin().lock().take(limit), &mut self.bytes),
            false => File::open(path).and_then(|file| read_to_end(file.take(limit), &mut self.bytes)),
        }
        .map_err(|error| {
            self.bytes = Vec::new(); // if this took all memory, the next file needs some
            with_way_out(error)
        })?;
        self.decompressed()
    }

    /// Decompresses an object that was fetched, if it starts like gzip.
    pub(crate) fn read_fetched(&mut self, bytes: Vec<u8>) -> io::Result<Content<'_>> {
        self.bytes = bytes;
        self.decompressed()
    }

    /// Reads a piece of standard input, which may be compressed in another way than gzip.
    pub(crate) fn read_piece(&mut self, piece: Piece) -> io::Result<Content<'_>> {
        self.bytes = piece.text;
        let content = self.decompressed()?;
        Ok(Content { has_checksum: content.has_checksum || piece.has_checksum, ..content })
    }

    /// The size of what was read last, as it is stored.
    pub(crate) fn stored_bytes(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }

    fn decompressed(&mut self) -> io::Result<Content<'_>> {
        let mut bytes = self.bytes.as_slice();
        let has_checksum = Gunzip::is_gzip(bytes) && bytes.len() <= self.max_size;
        if has_checksum {
            let text = self.gunzip.read(bytes, self.max_size);
            bytes = text.map_err(not_decompressed)?;
        }
        let decoded = match bytes.len() <= self.max_size {
            true => encoding::decode(bytes, self.max_size),
            false => Err(io::ErrorKind::FileTooLarge.into()),
        };
        match decoded {
            Ok(None) => {}
            Ok(Some(decoded)) => {
                self.decoded = decoded;
                bytes = &self.decoded;
            }
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                return Err(encoding::too_large(self.max_size));
            }
            Err(error) => return Err(error),
        }
        Ok(Content { bytes, has_checksum })
    }
}

/// Decompresses what is compressed within a JSON document, up to `max_size` bytes in all.
pub(crate) fn inflate(max_size: usize) -> impl FnMut(&[u8]) -> Option<Vec<u8>> {
    let mut left = max_size;
    let mut gunzip = None;
    move |gzip| {
        let text = gunzip.get_or_insert_with(Gunzip::new).read(gzip, left).ok()?;
        left = left.checked_sub(text.len())?;
        Some(text.to_vec())
    }
}

/// The problem with content that is not text.
fn not_utf_8(error: Utf8Error) -> String {
    format!("not UTF-8 at byte {}", error.valid_up_to())
}

/// Reads a policy file, or standard input for `-`.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    let mut reader = Reader::new(MAX_POLICY_FILE);
    let bytes = reader.read(path)?.bytes;
    let invalid = |problem: String| Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    if zip::is_zip(bytes) {
        return invalid(
            "this is a saved plan, or another ZIP archive: evaluate the output of `terraform show -json FILE`"
                .to_owned(),
        );
    }
    if let Some(problem) = content::problem(bytes) {
        return invalid(problem.to_owned());
    }
    std::str::from_utf8(bytes).map(str::to_owned).or_else(|error| invalid(not_utf_8(error)))
}
