//! Where an extract is written to: a file that appears when it is complete, or standard output.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::pending_file::PendingFile;

/// The output, compressed.
pub(crate) struct Target {
    gzip: GzEncoder<BufWriter<Sink>>,
}

enum Sink {
    File(PendingFile),
    Stdout(Stdout),
}

impl Target {
    /// Creates the file, or takes standard output for `-`.
    ///
    /// # Errors
    /// Fails if the file cannot be created, or if standard output is a terminal.
    pub(crate) fn create(path: &Path) -> io::Result<Target> {
        let sink = match path.as_os_str() == "-" {
            true if io::stdout().is_terminal() => {
                return Err(io::Error::other("an extract is compressed: it is not written to a terminal"));
            }
            true => Sink::Stdout(io::stdout()),
            false => Sink::File(PendingFile::create(path)?),
        };
        Ok(Target { gzip: GzEncoder::new(BufWriter::new(sink), Compression::fast()) })
    }

    /// Writes what is pending, and gives the file its name.
    ///
    /// # Errors
    /// Fails if that is not possible: there is no file then, or the one that was there before.
    pub(crate) fn finish(self) -> io::Result<()> {
        let sink = self.gzip.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        match sink {
            Sink::File(file) => file.sync().and_then(|()| file.finish()),
            Sink::Stdout(mut out) => out.flush(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::File(file) => file.write(bytes),
            Sink::Stdout(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::File(file) => file.flush(),
            Sink::Stdout(out) => out.flush(),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gzip.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.gzip.flush()
    }
}
