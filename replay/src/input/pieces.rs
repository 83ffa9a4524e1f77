//! Reading standard input and large extracts in pieces, so that a text of any length needs little memory.
//!
//! A piece ends at the end of a line, if that line is a whole JSON document and the next one begins like another. Text that is not such
//! lines, like a log file of CloudTrail, is one piece.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use memchr::{memchr, memchr_iter, memrchr, memrchr_iter};
use serde_json::value::RawValue;

use crate::input::encoding;
use crate::input::extract;
use crate::input::gunzip::Gunzip;
use crate::input::limits::{not_decompressed, read_to_end, with_way_out};

/// A text is divided if it is larger.
const SIZE: usize = 8 << 20;

/// A compressed file is divided if it is larger.
const SIZE_OF_FILE: u64 = 1 << 20;

/// A piece of a text.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) text: Vec<u8>,
    /// How many lines of the text come before.
    pub(crate) lines_before: usize,
    pub(crate) is_last: bool,
    /// True if the checksum of gzip proves that the piece is as it was written.
    pub(crate) has_checksum: bool,
    /// True if the text consists of extracts.
    pub(crate) is_extract: bool,
    /// True if one of them begins before the piece and has not ended there.
    pub(crate) is_open: bool,
}

/// The pieces of a text, in order. After an error, there are none.
pub(crate) struct Pieces {
    /// `None` at the end.
    input: Option<Box<dyn Read + Send>>,
    is_gzip: bool,
    size: usize,
    max_size: usize,
    /// What was read and belongs to the next piece.
    rest: Vec<u8>,
    lines: usize,
    is_extract: bool,
    is_open: bool,
    /// False if the text does not begin like JSON lines: it stays whole then, whatever follows.
    is_divided: bool,
}

impl Pieces {
    /// Reads a text, and decompresses it if it starts like gzip. A piece of more than `max_size` bytes is an error.
    ///
    /// # Errors
    /// Fails if the input cannot be read.
    pub(crate) fn of(input: impl Read + Send + 'static, max_size: usize) -> io::Result<Pieces> {
        Pieces::with_size(input, max_size, SIZE)
    }

    /// The same, with another size of pieces.
    pub(crate) fn with_size(input: impl Read + Send + 'static, max_size: usize, size: usize) -> io::Result<Pieces> {
        let mut start = Vec::new();
        let mut input = BufReader::with_capacity(1 << 16, input);
        input.by_ref().take(2).read_to_end(&mut start)?;
        let is_gzip = Gunzip::is_gzip(&start);
        let input = io::Cursor::new(start).chain(input);
        let input: Box<dyn Read + Send> = match is_gzip {
            true => Box::new(MultiGzDecoder::new(input)),
            false => Box::new(input),
        };
        Ok(Pieces {
            input: Some(input),
            is_gzip,
            size,
            max_size,
            rest: Vec::new(),
            lines: 0,
            is_extract: false,
            is_open: false,
            is_divided: true,
        })
    }

    fn read(&mut self) -> io::Result<Option<Piece>> {
        let Some(input) = &mut self.input else { return Ok(None) };
        let (mut text, mut searched) = (std::mem::take(&mut self.rest), 0);
        loop {
            let more = u64::try_from(self.size).unwrap_or(u64::MAX);
            let read = read_to_end(input.by_ref().take(more), &mut text).map_err(|error| match self.is_gzip {
                true => not_decompressed(error),
                false => with_way_out(error),
            })?;
            if self.lines == 0 && searched == 0 {
                self.is_divided = begins_like_lines(&text);
            }
            let end = if read == 0 || !self.is_divided { None } else { last_end(&text, searched) };
            if end.is_none() && text.len() > self.max_size {
                return Err(encoding::too_large(self.max_size));
            }
            if end.is_none() && read > 0 {
                searched = text.len().saturating_sub(1);
                continue;
            }
            let is_last = end.is_none();
            if let Some(end) = end {
                self.rest = text.get(end..).unwrap_or_default().to_vec();
                text.truncate(end);
            } else {
                self.input = None;
            }
            let (lines_before, has_checksum) = (self.lines, self.is_gzip && is_last && self.lines == 0);
            self.is_extract |= lines_before == 0 && extract::is_extract(&text);
            let (is_extract, is_open) = (self.is_extract, self.is_open);
            self.is_open = is_extract && !extract::is_ended(&text);
            self.lines += memchr_iter(b'\n', &text).count();
            return Ok(Some(Piece { text, lines_before, is_last, has_checksum, is_extract, is_open }));
        }
    }
}

impl Iterator for Pieces {
    type Item = io::Result<Piece>;

    fn next(&mut self) -> Option<io::Result<Piece>> {
        let piece = self.read().transpose();
        if let Some(Err(_)) = piece {
            self.input = None;
        }
        piece
    }
}

/// True for a file that is worth dividing: a large extract.
pub(crate) fn is_large_extract(path: &Path) -> bool {
    let is_large = fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > SIZE_OF_FILE);
    is_large && starts_as_extract(path).unwrap_or_default() // who reads the file says what is wrong
}

fn starts_as_extract(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    MultiGzDecoder::new(BufReader::new(File::open(path)?)).take(64).read_to_end(&mut start)?;
    Ok(extract::is_extract(&start))
}

/// True if a text may be lines of JSON, also with times in front. A ZIP archive, for example, may hold such lines and be none.
fn begins_like_lines(text: &[u8]) -> bool {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text).trim_ascii_start();
    text.first().is_some_and(|first| matches!(first, b'{' | b'[') || first.is_ascii_digit())
}

/// The last end of a line, from an offset on, at which a text can be divided.
fn last_end(text: &[u8], from: usize) -> Option<usize> {
    memrchr_iter(b'\n', text).take_while(|end| *end >= from).map(|end| end + 1).find(|end| {
        let starts = text.get(*end).is_some_and(|next| matches!(next, b'{' | b'[') || next.is_ascii_digit());
        let line = text.get(..end - 1).unwrap_or_default();
        let line = line.get(memrchr(b'\n', line).map_or(0, |start| start + 1)..).unwrap_or_default();
        starts && is_document(line)
    })
}

/// True for a line that is an object or a list, also after a time.
fn is_document(line: &[u8]) -> bool {
    let start = match line.first() {
        Some(b'{' | b'[') => Some(0),
        Some(first) if first.is_ascii_digit() => memchr(b'{', line),
        _ => None,
    };
    start.and_then(|start| line.get(start..)).is_some_and(|json| serde_json::from_slice::<&RawValue>(json).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::gunzip::testing::gzip;
    use proptest::prelude::*;
    use sealwatch_rules::cloudtrail::extract::{self, Found};

    const LIMIT: usize = 1 << 20;

    /// What a text holds, and the line.
    fn found(text: &[u8], lines_before: usize) -> Vec<(usize, String)> {
        let mut all = Vec::new();
        extract::each_in(text, &mut |_| None, &mut |at, found| {
            all.push(match found {
                Found::Document(json) | Found::Empty(json) => (at.line + lines_before, json.get().to_owned()),
                Found::NotJson { line, problem } => (line + lines_before, problem),
                other => (at.line + lines_before, format!("{other:?}")),
            });
        });
        all
    }

    fn pieces(text: &[u8], size: usize) -> Vec<Piece> {
        let pieces = Pieces::with_size(io::Cursor::new(text.to_vec()), LIMIT, size).unwrap();
        pieces.collect::<Result<_, _>>().unwrap()
    }

    fn a_line() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "{}",
            "{\"a\":1}",
            "{\"a\":\n{\"b\":1}\n}",
            "[\n{\"a\":1},\n{\"a\":2}\n]",
            "2026-11-20T12:00:00Z {\"a\":\"é\"}",
            "[1, 2]\r",
            "  {\"a\":[]}",
            "",
        ])
    }

    proptest! {
        #[test]
        fn pieces_hold_what_the_whole_text_holds(lines in prop::collection::vec(a_line(), 0..30), size in 1_usize..80, gzipped: bool) {
            let text = lines.join("\n");
            let stored = if gzipped { gzip(text.as_bytes()) } else { text.clone().into_bytes() };
            let pieces = pieces(&stored, size);
            let joined: Vec<u8> = pieces.iter().flat_map(|piece| piece.text.clone()).collect();
            prop_assert_eq!(String::from_utf8(joined).unwrap(), text.clone());
            prop_assert!(pieces.iter().rev().skip(1).all(|piece| !piece.is_last) && pieces.last().unwrap().is_last);
            let parts: Vec<_> = pieces.iter().flat_map(|piece| found(&piece.text, piece.lines_before)).collect();
            prop_assert_eq!(parts, found(text.as_bytes(), 0));
        }
    }

    #[test]
    fn broken_lines_stay_where_they_are() {
        let text = "{\"a\":1}\n{oops}\n{\"a\":2}\n{\"b\":\n{\"a\":3}\nmore\n{\"a\":4}\n";
        for size in 1..text.len() {
            let parts = pieces(text.as_bytes(), size);
            let parts: Vec<_> = parts.iter().flat_map(|piece| found(&piece.text, piece.lines_before)).collect();
            let lines = |found: Vec<(usize, String)>| found.into_iter().map(|(line, _)| line).collect::<Vec<_>>();
            assert_eq!(lines(parts), lines(found(text.as_bytes(), 0)), "{size}");
        }
    }

    #[test]
    fn lines_are_divided_and_one_document_is_not() {
        let lines = "{\"a\":1}\n".repeat(1000);
        let parts = pieces(lines.as_bytes(), 100);
        assert!(parts.len() > 50 && parts.iter().all(|piece| piece.text.len() < 220), "memory is bounded");
        let log = format!("{{\"Records\":[\n{}{{}}]}}", "{\"a\":1},\n".repeat(1000));
        assert_eq!(pieces(log.as_bytes(), 100).len(), 1);
        assert!(pieces(&gzip(log.as_bytes()), 100)[0].has_checksum);
    }

    #[test]
    fn what_does_not_begin_like_lines_stays_whole() {
        let lines = "{\"a\":1}\n".repeat(100);
        for start in ["PK\u{3}\u{4}", "<html>\n", "\0", "eventName,eventSource\n", "x"] {
            assert_eq!(pieces(format!("{start}{lines}").as_bytes(), 100).len(), 1, "{start:?}");
        }
        let gzip_of_stored = gzip(&[&[0x1f, 0x8b][..], lines.as_bytes()].concat());
        assert_eq!(pieces(&gzip_of_stored, 100).len(), 1);
        for start in ["", "\u{feff}", " \n", "2026-11-20T12:00:00Z "] {
            assert!(pieces(format!("{start}{lines}").as_bytes(), 100).len() > 5, "{start:?}");
        }
    }

    #[test]
    fn what_is_too_large_or_damaged_is_an_error_after_the_pieces_before_it() {
        let mut lines = "{\"a\":1}\n".repeat(30) + "{\"b\":\"" + &"x".repeat(500);
        let read = |stored: Vec<u8>| {
            let pieces = Pieces::with_size(io::Cursor::new(stored), 300, 100).unwrap();
            let (pieces, errors): (Vec<_>, Vec<_>) = pieces.partition(Result::is_ok);
            (pieces.len() > 1, errors.into_iter().map(|error| error.unwrap_err().to_string()).collect::<Vec<_>>())
        };
        let (some, errors) = read(lines.clone().into_bytes());
        assert!(some && errors.len() == 1 && errors[0].contains("--max-file-size"), "{errors:?}");
        lines.truncate(240);
        let damaged = gzip(lines.repeat(400).as_bytes());
        let (some, errors) = read(damaged[..damaged.len() - 8].to_vec());
        assert!(some && errors.len() == 1 && errors[0].contains("cannot be decompressed"), "{errors:?}");
    }
}
