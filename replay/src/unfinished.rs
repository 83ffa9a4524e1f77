//! Files that a command has not completed. They are removed if the command fails, and if a signal ends the process.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// All of this process. A signal ends the process while it holds the lock, so nothing is created after they are removed.
static PATHS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Files and folders that are removed when this value is dropped, unless they were completed.
pub(crate) struct Unfinished(BTreeSet<PathBuf>);

impl Unfinished {
    /// Nothing yet. From here on, a signal that ends the process removes what is unfinished first.
    ///
    /// # Errors
    /// Fails if the system does not allow a thread or a socket for that.
    pub(crate) fn new() -> io::Result<Unfinished> {
        #[cfg(unix)]
        signals::watch()?;
        Ok(Unfinished(BTreeSet::new()))
    }

    /// Adds what `create` creates: a file or folder that did not exist, and its path.
    ///
    /// # Errors
    /// Returns the error of `create`.
    pub(crate) fn create<T>(&mut self, create: impl FnOnce() -> io::Result<(T, PathBuf)>) -> io::Result<T> {
        let mut paths = lock();
        let (created, path) = create()?;
        paths.insert(path.clone());
        self.0.insert(path);
        Ok(created)
    }

    /// Takes the last step, after which everything is complete and stays. A signal comes before or after it.
    ///
    /// # Errors
    /// Returns the error of this step. Everything is then removed.
    pub(crate) fn complete(mut self, last: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let mut paths = lock();
        let done = last();
        if done.is_ok() {
            paths.retain(|path| !self.0.contains(path));
            self.0.clear();
        }
        drop(paths); // before `self`, which locks again
        done
    }
}

/// Makes a write above the limit of `ulimit -f` an error, which says which file it is, instead of the end of the process.
pub(crate) fn report_large_files() {
    // Without it, the system ends the process as it did before.
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut paths = lock();
        remove(&self.0);
        paths.retain(|path| !self.0.contains(path));
    }
}

fn lock() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    PATHS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes files, and then the folders that held them: a folder sorts before what is in it. What cannot be removed stays: the
/// command says already why it ends.
fn remove(paths: &BTreeSet<PathBuf>) {
    let remove = |path: &Path| match path.symlink_metadata()?.is_dir() {
        true => fs::remove_dir(path), // only if it is empty: others may have put something there
        false => fs::remove_file(path),
    };
    for path in paths.iter().rev() {
        let _ = remove(path);
    }
}

/// On Windows, Ctrl+C ends the process at once, and unfinished files stay.
#[cfg(unix)]
mod signals {
    use std::fs;
    use std::io;
    #[cfg(unix)]
    use std::sync::Arc;
    use std::sync::{Mutex, PoisonError};
    use std::thread;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    use super::{lock, remove};

    /// Starts the thread that waits for signals, unless it runs.
    pub(super) fn watch() -> io::Result<()> {
        static WATCHING: Mutex<bool> = Mutex::new(false);
        let mut watching = WATCHING.lock().unwrap_or_else(PoisonError::into_inner);
        if *watching {
            return Ok(());
        }
        // The thread comes first: a signal that is caught without it would have no effect.
        let mut signals = Signals::new([0; 0])?;
        let handle = signals.handle();
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                let paths = lock();
                remove(&paths);
                // This ends the process, so that whoever waits for it sees the signal. An error is impossible: it means a signal
                // that does not exist.
                let _ = emulate_default_handler(signal);
            }
        })?;
        let ignored = ignored();
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            if ignored & (1 << (signal - 1)) == 0 {
                handle.add_signal(signal)?;
            }
        }
        *watching = true;
        Ok(())
    }

    /// The signals that this process was started to ignore, as `nohup` does, one bit each. Only Linux says it in a file. On other
    /// systems, what `nohup` ignores stays as it is.
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(1 << (SIGHUP - 1))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn what_is_not_completed_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (completes, foreign, left) in [
            (false, false, &[][..]),
            (true, false, &["made", "made/file"][..]),
            (false, true, &["made", "made/foreign"][..]),
        ] {
            let mut unfinished = Unfinished::new().unwrap();
            unfinished.create(|| fs::create_dir(at("made")).map(|()| ((), at("made")))).unwrap();
            unfinished.create(|| File::create_new(at("made/file")).map(|file| (file, at("made/file")))).unwrap();
            if foreign {
                fs::write(at("made/foreign"), "").unwrap();
            }
            let last = || if completes { Ok(()) } else { Err(io::Error::other("no")) };
            assert_eq!(unfinished.complete(last).is_ok(), completes);
            for name in ["made", "made/file", "made/foreign"] {
                assert_eq!(at(name).exists(), left.contains(&name), "{name} {completes} {foreign}");
            }
            assert!(lock().iter().all(|path| !path.starts_with(folder.path())));
            let _ = fs::remove_dir_all(at("made"));
        }
    }

    #[test]
    fn a_file_of_others_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("theirs");
        fs::write(&path, "theirs").unwrap();
        let mut unfinished = Unfinished::new().unwrap();
        let created = unfinished.create(|| File::create_new(&path).map(|file| (file, path.clone())));
        assert_eq!(created.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        drop(unfinished);
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
    }
}
