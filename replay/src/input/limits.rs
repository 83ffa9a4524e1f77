//! Limits of the process: memory and open files. Who meets one is told what to do.

use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::thread;

/// The address space that a worker may need: glibc reserves so much for the memory of each thread.
///
/// <https://sourceware.org/glibc/wiki/MallocInternals>, "Arenas and Heaps"
const MEMORY_OF_WORKER: u64 = 128 << 20;

/// The address space of the program without workers.
const MEMORY: u64 = 64 << 20;

/// How many files are open besides those of the workers: standard streams, a temporary file, an output, folders that are read ahead.
const FILES: u64 = 12;

/// How many files are read in parallel: as many as the user says, or else one for each core; fewer if memory or open files are not
/// enough for that.
pub(crate) fn jobs(wanted: Option<NonZeroUsize>) -> NonZeroUsize {
    let wanted = wanted.unwrap_or_else(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
    let (memory, files) = of_process();
    wanted.min(most_jobs(memory, files))
}

/// How many workers these limits allow, at least one: with too little for that, the first file says what is missing.
fn most_jobs(memory: Option<u64>, files: Option<u64>) -> NonZeroUsize {
    let by_memory = memory.map(|memory| memory.saturating_sub(MEMORY) / MEMORY_OF_WORKER);
    let by_files = files.map(|files| files.saturating_sub(FILES));
    let most = by_memory.into_iter().chain(by_files).min().unwrap_or(u64::MAX);
    usize::try_from(most).ok().map_or(NonZeroUsize::MAX, |most| NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN))
}

/// The address space, in bytes, and the open files that this process may have; `None` without a limit.
#[cfg(unix)]
fn of_process() -> (Option<u64>, Option<u64>) {
    use rustix::process::{Resource, getrlimit};
    (getrlimit(Resource::As).current, getrlimit(Resource::Nofile).current)
}

#[cfg(not(unix))]
fn of_process() -> (Option<u64>, Option<u64>) {
    (None, None)
}

/// Says what to do if a file cannot be read because the process has too little memory, or too many open files.
pub(crate) fn with_way_out(error: io::Error) -> io::Error {
    let fewer = "use fewer workers (--jobs 1), or allow the process more";
    match error.kind() {
        io::ErrorKind::OutOfMemory => {
            io::Error::new(error.kind(), format!("out of memory; {fewer} memory (ulimit -v)"))
        }
        kind if is_out_of_files(&error) => io::Error::new(kind, format!("{error}; {fewer} open files (ulimit -n)")),
        _ => error,
    }
}

/// The error for content that cannot be decompressed.
pub(super) fn not_decompressed(error: io::Error) -> io::Error {
    let error = with_way_out(error);
    io::Error::new(error.kind(), format!("cannot be decompressed: {error}"))
}

/// True if the process, or the system, has as many open files as it may have.
pub(crate) fn is_out_of_files(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24)) // ENFILE and EMFILE, on every Unix
}

/// Appends all that there is, as [`Read::read_to_end`] does, but never ends the process if there is too little memory: that can,
/// where it looks whether a full buffer is enough.
///
/// # Errors
/// Fails if the reader does, or with [`io::ErrorKind::OutOfMemory`].
pub(super) fn read_to_end(mut from: impl Read, into: &mut Vec<u8>) -> io::Result<usize> {
    const STEP: usize = 1 << 16;
    let before = into.len();
    loop {
        into.try_reserve(2 * STEP)?; // twice, so that the buffer is never full
        if from.by_ref().take(STEP as u64).read_to_end(into)? == 0 {
            return Ok(into.len() - before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_open_files_limit_the_workers() {
        const GIB: u64 = 1 << 30;
        for (memory, files, want) in [
            (None, None, usize::MAX),
            (Some(0), None, 1),
            (Some(MEMORY + MEMORY_OF_WORKER), None, 1),
            (Some(GIB), None, 7),
            (Some(u64::MAX), Some(1024), 1012),
            (Some(GIB), Some(14), 2),
            (None, Some(0), 1),
            (None, Some(13), 1),
        ] {
            assert_eq!(most_jobs(memory, files).get(), want, "{memory:?} {files:?}");
        }
        assert_eq!(jobs(Some(NonZeroUsize::MIN)), NonZeroUsize::MIN);
        assert!(jobs(None) <= thread::available_parallelism().unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn the_limits_are_those_of_the_process() {
        let shell = |option: &str| {
            let output = std::process::Command::new("sh").args(["-c", &format!("ulimit {option}")]).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().parse().ok() // or "unlimited"
        };
        assert_eq!(of_process(), (shell("-v").map(|kibibytes: u64| kibibytes * 1024), shell("-n")));
    }

    #[test]
    fn only_what_a_limit_causes_has_a_way_out() {
        let no_file = io::Error::from(io::ErrorKind::NotFound);
        assert_eq!(with_way_out(no_file).to_string(), "entity not found");
        let more = "use fewer workers (--jobs 1), or allow the process more";
        let memory = with_way_out(io::ErrorKind::OutOfMemory.into());
        assert_eq!(memory.to_string(), format!("out of memory; {more} memory (ulimit -v)"));
        #[cfg(unix)]
        for code in [23, 24] {
            let error = io::Error::from_raw_os_error(code);
            let want = format!("{error}; {more} open files (ulimit -n)");
            assert_eq!(with_way_out(error).to_string(), want);
        }
    }

    #[test]
    fn all_is_read_after_what_is_there() {
        for size in [0, 1, 1 << 16, (1 << 16) + 1, 1 << 20] {
            let (mut into, content) = (b"before".to_vec(), vec![7; size]);
            assert_eq!(read_to_end(content.as_slice(), &mut into).unwrap(), size);
            assert_eq!(into, [&b"before"[..], &content].concat());
        }
    }
}
