//! A file that gets its name when it is complete, so that nobody sees a part of it. Linux removes it if the process is killed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// How a file is called until it is complete, where a file must have a name: beginning and end. Searches skip such files.
pub(crate) const TEMPORARY: (&str, &str) = (".sealwatch-", ".part");

/// The file that is being written. Dropping it leaves no file, or the one that was there before.
#[derive(Debug)]
pub(crate) struct PendingFile {
    content: Content,
    path: PathBuf,
}

#[derive(Debug)]
enum Content {
    /// It has no name: the system removes it even if the process is killed.
    #[cfg(target_os = "linux")]
    Unnamed(File),
    /// A file with another name beside the one that is asked for. A process that is killed leaves it.
    Named(NamedTempFile),
}

impl PendingFile {
    /// Creates a file in the folder of `path`: without a name, where the system has such files.
    ///
    /// # Errors
    /// Fails if no file can be created there, or if a FIFO or a device is there.
    pub(crate) fn create(path: &Path) -> io::Result<PendingFile> {
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::other(
                "not a regular file, so it is not replaced: write to `-`, and redirect standard output",
            ));
        }
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()); // a link to a file stays one
        #[cfg(target_os = "linux")]
        if let Some(file) = unnamed::create(folder(&path))? {
            return Ok(PendingFile { content: Content::Unnamed(file), path });
        }
        let file = temporary().tempfile_in(folder(&path))?;
        Ok(PendingFile { content: Content::Named(file), path })
    }

    /// Waits until the disk has it: for what took long to make.
    ///
    /// # Errors
    /// Fails if the disk fails.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match &self.content {
            #[cfg(target_os = "linux")]
            Content::Unnamed(file) => file.sync_all(),
            Content::Named(file) => file.as_file().sync_all(),
        }
    }

    /// Gives the complete file its name. It replaces a file of that name.
    ///
    /// # Errors
    /// Fails if that is not possible: there is no file then, or the one that was there before.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self.content {
            #[cfg(target_os = "linux")]
            Content::Unnamed(file) => {
                match unnamed::link(&file, &self.path) {
                    // only a name can replace a name
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        let named = temporary().make_in(folder(&self.path), |name| unnamed::link(&file, name))?;
                        named.persist(&self.path).map(drop).map_err(|error| error.error)
                    }
                    linked => linked,
                }
            }
            Content::Named(file) => file.persist(&self.path).map(drop).map_err(|error| error.error),
        }
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.content {
            #[cfg(target_os = "linux")]
            Content::Unnamed(file) => file.write(bytes),
            Content::Named(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // neither holds anything back
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn temporary() -> tempfile::Builder<'static, 'static> {
    let mut file = tempfile::Builder::new();
    file.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    // a temporary file is private, and what is asked for is a file like any other
    #[cfg(unix)]
    file.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    file
}

/// Files without a name: `O_TMPFILE` in <https://man7.org/linux/man-pages/man2/open.2.html>.
#[cfg(target_os = "linux")]
mod unnamed {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::{Path, PathBuf};

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};
    use rustix::io::Errno;

    /// None if the file system has no such files, or if one could not be named later.
    ///
    /// # Errors
    /// Fails if no file can be created there.
    pub(super) fn create(folder: &Path) -> io::Result<Option<File>> {
        let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
        match open(folder, OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, mode) {
            Ok(file) => {
                let file = File::from(file);
                Ok(path_of(&file).symlink_metadata().is_ok().then_some(file)) // without /proc, it has no path
            }
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives a file a name that no other file has.
    pub(super) fn link(file: &File, name: &Path) -> io::Result<()> {
        linkat(CWD, path_of(file), CWD, name, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from)
    }

    fn path_of(file: &File) -> PathBuf {
        format!("/proc/self/fd/{}", file.as_raw_fd()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the files in a folder.
    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    /// A file that has a name from the beginning, as where the system has none without.
    fn named(path: &Path) -> PendingFile {
        let file = temporary().tempfile_in(folder(path)).unwrap();
        PendingFile { content: Content::Named(file), path: path.to_owned() }
    }

    #[test]
    fn a_file_appears_when_it_is_complete_and_replaces_the_one_before() {
        for create in [named, |path: &Path| PendingFile::create(path).unwrap()] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.gz");
            for text in ["first", "second"] {
                let before = fs::read(&path).ok();
                let mut dropped = create(&path);
                dropped.write_all(b"a part").unwrap();
                drop(dropped);
                let mut file = create(&path);
                file.write_all(text.as_bytes()).unwrap();
                assert_eq!(fs::read(&path).ok(), before);
                file.finish().unwrap();
                assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(folder.path()).len()), (text, 1));
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_any_file_and_a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let [ordinary, path, link] = ["ordinary", "x", "link"].map(|name| folder.path().join(name));
        File::create(&ordinary).unwrap();
        for create in [named, |path: &Path| PendingFile::create(path).unwrap()] {
            create(&path).finish().unwrap();
            let permissions = |path: &Path| fs::metadata(path).unwrap().permissions();
            assert_eq!(permissions(&path), permissions(&ordinary));
        }
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let mut file = PendingFile::create(&link).unwrap();
        file.write_all(b"new").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
