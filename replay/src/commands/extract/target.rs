//! Where an extract is written to: a file that appears when it is complete, or standard output.

use std::fs;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use crate::input::extract::TEMPORARY;

/// The output, compressed.
pub(crate) struct Target {
    gzip: GzEncoder<BufWriter<Sink>>,
}

enum Sink {
    /// A file with another name beside the one that is asked for.
    File(NamedTempFile, PathBuf),
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
            false if path.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            false => {
                // a link stays one
                let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
                Sink::File(temporary(&path)?, path)
            }
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
            Sink::File(file, path) => {
                file.as_file().sync_all()?;
                file.persist(path).map(drop).map_err(|error| error.error)
            }
            Sink::Stdout(mut out) => out.flush(),
        }
    }
}

/// A file in the same folder, so that it can be renamed.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new();
    file.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    // a temporary file is private, and an extract is a file like any other
    #[cfg(unix)]
    file.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    file.tempfile_in(folder)
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::File(file, _) => file.write(bytes),
            Sink::Stdout(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::File(file, _) => file.flush(),
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
