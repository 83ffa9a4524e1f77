//! Where an extract is written to: a file that appears when it is complete, or standard output.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::input::extract::TEMPORARY;
use crate::unfinished::Unfinished;

/// The output, compressed.
pub(crate) struct Target {
    gzip: GzEncoder<BufWriter<Sink>>,
}

enum Sink {
    /// The file that is asked for, and the one that gets its name.
    File(Temporary, PathBuf),
    Stdout(Stdout),
}

/// A file with another name beside the one that is asked for.
struct Temporary {
    file: File,
    name: PathBuf,
    unfinished: Unfinished,
}

impl Temporary {
    /// Creates a file in the same folder, so that it can be renamed.
    ///
    /// # Errors
    /// Fails if that is not possible.
    fn beside(path: &Path) -> io::Result<Temporary> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut unfinished = Unfinished::new()?;
        let (file, name) = unfinished.create(|| {
            let mut builder = tempfile::Builder::new();
            builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
            let created = builder.make_in(folder, |path| File::create_new(path))?; // with the permissions of any other file
            let (file, name) = created.keep().map_err(|error| error.error)?;
            Ok(((file, name.clone()), name))
        })?;
        Ok(Temporary { file, name, unfinished })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// Fails if that is not possible: there is no file then, or the one that was there before.
    fn complete(self, path: &Path) -> io::Result<()> {
        let Temporary { file, name, unfinished } = self;
        file.sync_all()?;
        drop(file); // Windows renames no open file
        unfinished.complete(|| fs::rename(name, path))
    }
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
                Sink::File(Temporary::beside(&path)?, path)
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
            Sink::File(file, path) => file.complete(&path),
            Sink::Stdout(mut out) => out.flush(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::File(temporary, _) => temporary.file.write(bytes),
            Sink::Stdout(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::File(temporary, _) => temporary.file.flush(),
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
