//! Storage for the records of monitored calls until everything is read: the last record may complete the configuration
//! that the first one started.

use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use tempfile::SpooledTempFile;

use crate::source_location::SourceLocation;

/// A record of a monitored call: in a real archive, about one record in a hundred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpooledRecord {
    /// Where it was found.
    pub(crate) location: SourceLocation,
    /// Its JSON text.
    pub(crate) text: String,
}

/// Above this size, records go to a temporary file, so that memory does not grow with the archive.
const IN_MEMORY: usize = 1 << 20;

/// A queue of records that can be read several times.
#[derive(Debug)]
pub(crate) struct Spool {
    file: BufWriter<SpooledTempFile>,
    count: usize,
}

impl Spool {
    /// An empty spool.
    pub(crate) fn new() -> Spool {
        Spool { file: BufWriter::new(SpooledTempFile::new(IN_MEMORY)), count: 0 }
    }

    /// Takes the temporary file now, as long as the process may open files. Without one, records stay in memory while there are
    /// few, and [`Spool::push`] says what is wrong if there are more.
    pub(crate) fn take_file(&mut self) {
        let _ = self.file.get_mut().roll();
    }

    /// True if there are no records.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Appends a record.
    pub(crate) fn push(&mut self, record: &SpooledRecord) -> io::Result<()> {
        let SpooledRecord { location: SourceLocation { uri, line, entry }, text } = record;
        for number in [*line, entry.map_or(0, |entry| entry + 1), uri.len(), text.len()] {
            self.file.write_all(&(number as u64).to_le_bytes())?;
        }
        self.file.write_all(uri.as_bytes())?;
        self.file.write_all(text.as_bytes())?;
        self.count += 1;
        Ok(())
    }

    /// Reads all records in the order in which they were appended.
    pub(crate) fn records(&mut self) -> io::Result<impl Iterator<Item = io::Result<SpooledRecord>> + '_> {
        self.file.flush()?;
        let file = self.file.get_mut();
        file.rewind()?;
        let mut file = BufReader::with_capacity(1 << 16, file);
        Ok((0..self.count).map(move |_| read_record(&mut file)))
    }
}

fn read_record(from: &mut impl Read) -> io::Result<SpooledRecord> {
    let [line, entry, uri, text] = [read_number(from)?, read_number(from)?, read_number(from)?, read_number(from)?];
    let location = SourceLocation { uri: read_text(from, uri)?, line, entry: entry.checked_sub(1) };
    Ok(SpooledRecord { location, text: read_text(from, text)? })
}

fn read_number(from: &mut impl Read) -> io::Result<usize> {
    let mut bytes = [0; 8];
    from.read_exact(&mut bytes)?;
    usize::try_from(u64::from_le_bytes(bytes)).map_err(io::Error::other)
}

fn read_text(from: &mut impl Read, length: usize) -> io::Result<String> {
    let mut text = String::new();
    let read = from.take(length as u64).read_to_string(&mut text)?;
    if read == length { Ok(text) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_in_order_from_memory_and_from_a_file() {
        let record = |index: usize, size: usize| {
            let location = SourceLocation {
                uri: format!("file {index}: é"),
                line: index + 1,
                entry: (index > 1).then_some(index),
            };
            SpooledRecord { location, text: "x".repeat(size) }
        };
        let mut spool = Spool::new();
        assert_eq!(spool.records().unwrap().count(), 0);
        let small: Vec<SpooledRecord> = (0..3).map(|index| record(index, index)).collect();
        small.iter().for_each(|record| spool.push(record).unwrap());
        assert!(!spool.file.get_ref().is_rolled());
        assert_eq!(spool.records().unwrap().collect::<io::Result<Vec<_>>>().unwrap(), small);

        let mut early = Spool::new();
        early.take_file();
        assert!(early.file.get_ref().is_rolled(), "the file is there before the first record");
        small.iter().for_each(|record| early.push(record).unwrap());
        assert_eq!(early.records().unwrap().collect::<io::Result<Vec<_>>>().unwrap(), small);

        let mut spool = Spool::new();
        let large: Vec<SpooledRecord> = (0..5).map(|index| record(index, IN_MEMORY / 2)).collect();
        large.iter().for_each(|record| spool.push(record).unwrap());
        assert!(spool.file.get_ref().is_rolled());
        assert_eq!(spool.records().unwrap().collect::<io::Result<Vec<_>>>().unwrap(), large);
        assert_eq!(spool.records().unwrap().count(), 5, "records can be read again");
    }
}
