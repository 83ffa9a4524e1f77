//! Records of watched calls, kept until everything is read: what comes last may settle what came first.

use std::fmt;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use tempfile::SpooledTempFile;

/// A record of a watched call. Of an archive, this is about one record in a hundred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Where it came from.
    pub(crate) place: Place,
    /// Its JSON text.
    pub(crate) text: String,
}

/// A place in an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file's path.
    pub(crate) file: String,
    /// The line in it, counted from one.
    pub(crate) line: usize,
    /// The position in a list that stands in this line, counted from zero.
    pub(crate) entry: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: line {}", self.file, self.line)?;
        self.entry.map_or(Ok(()), |entry| write!(f, ", entry {entry}"))
    }
}

/// More than this is kept in a temporary file, so that memory does not grow with the archive.
const IN_MEMORY: usize = 1 << 20;

/// Kept records, in their order.
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

    /// Keeps a record.
    pub(crate) fn push(&mut self, kept: &Kept) -> io::Result<()> {
        let Kept { place: Place { file, line, entry }, text } = kept;
        for number in [*line, entry.map_or(0, |entry| entry + 1), file.len(), text.len()] {
            self.file.write_all(&(number as u64).to_le_bytes())?;
        }
        self.file.write_all(file.as_bytes())?;
        self.file.write_all(text.as_bytes())?;
        self.count += 1;
        Ok(())
    }

    /// Hands out the records in the order in which they were kept.
    pub(crate) fn records(&mut self) -> io::Result<impl Iterator<Item = io::Result<Kept>> + '_> {
        self.file.flush()?;
        let file = self.file.get_mut();
        file.rewind()?;
        let mut file = BufReader::with_capacity(1 << 16, file);
        Ok((0..self.count).map(move |_| read(&mut file)))
    }
}

fn read(from: &mut impl Read) -> io::Result<Kept> {
    let [line, entry, file, text] = [number(from)?, number(from)?, number(from)?, number(from)?];
    let place = Place { file: read_text(from, file)?, line, entry: entry.checked_sub(1) };
    Ok(Kept { place, text: read_text(from, text)? })
}

fn number(from: &mut impl Read) -> io::Result<usize> {
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
        let kept = |index: usize, size: usize| {
            let place =
                Place { file: format!("file {index}: é"), line: index + 1, entry: (index > 1).then_some(index) };
            Kept { place, text: "x".repeat(size) }
        };
        let mut spool = Spool::new();
        assert_eq!(spool.records().unwrap().count(), 0);
        let small: Vec<Kept> = (0..3).map(|index| kept(index, index)).collect();
        small.iter().for_each(|kept| spool.push(kept).unwrap());
        assert!(!spool.file.get_ref().is_rolled());
        assert_eq!(spool.records().unwrap().collect::<io::Result<Vec<_>>>().unwrap(), small);

        let mut spool = Spool::new();
        let large: Vec<Kept> = (0..5).map(|index| kept(index, IN_MEMORY / 2)).collect();
        large.iter().for_each(|kept| spool.push(kept).unwrap());
        assert!(spool.file.get_ref().is_rolled());
        assert_eq!(spool.records().unwrap().collect::<io::Result<Vec<_>>>().unwrap(), large);
        assert_eq!(spool.records().unwrap().count(), 5, "they can be read again");
    }
}
