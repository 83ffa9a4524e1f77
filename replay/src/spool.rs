//! Records of watched calls, kept until everything is read: what comes last may settle what came first.

use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use tempfile::SpooledTempFile;

/// A record of a watched call. Of an archive, this is about one record in a hundred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Where it came from, for messages.
    pub(crate) place: String,
    /// Its JSON text.
    pub(crate) text: String,
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
        for part in [&kept.place, &kept.text] {
            self.file.write_all(&(part.len() as u64).to_le_bytes())?;
            self.file.write_all(part.as_bytes())?;
        }
        self.count += 1;
        Ok(())
    }

    /// Hands out the records in the order in which they were kept.
    pub(crate) fn records(&mut self) -> io::Result<impl Iterator<Item = io::Result<Kept>> + '_> {
        self.file.flush()?;
        let file = self.file.get_mut();
        file.rewind()?;
        let mut file = BufReader::with_capacity(1 << 16, file);
        Ok((0..self.count).map(move |_| Ok(Kept { place: part(&mut file)?, text: part(&mut file)? })))
    }
}

fn part(file: &mut impl Read) -> io::Result<String> {
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let mut text = String::new();
    let length = u64::from_le_bytes(length);
    let read = file.take(length).read_to_string(&mut text)?;
    if read as u64 == length { Ok(text) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_in_order_from_memory_and_from_a_file() {
        let kept = |index: usize, size: usize| Kept { place: format!("file {index}: é"), text: "x".repeat(size) };
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
