//! Runs a command of the command line.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sealwatch_rules::util::text::plain;
use sealwatch_runtime::tasks::Failure;

/// How often a running command is asked whether it has ended. The longest time that a task can lose.
const POLL: Duration = Duration::from_millis(10);

/// How many bytes of messages a failure repeats. Step Functions takes 32 KiB, and people read the first lines.
const MAX_MESSAGE: usize = 2_000;

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// 0 all is well, 1 violations, 2 something could not be read, or the command could not run.
    pub(crate) status: i32,
    /// What it wrote to standard error.
    pub(crate) messages: String,
}

impl Ended {
    /// The first lines of the messages.
    pub(crate) fn summary(&self) -> String {
        let mut end = self.messages.len().min(MAX_MESSAGE);
        while !self.messages.is_char_boundary(end) {
            end -= 1;
        }
        let lines = self.messages.get(..end).unwrap_or_default().lines().map(plain);
        lines.collect::<Vec<_>>().join("; ")
    }
}

/// Runs this program with arguments in a folder, and standard output into a file. If the future is dropped, the command is
/// killed: a task that gives up leaves nothing behind that needs time and memory of the next one.
///
/// # Errors
/// Says that it could not be started, or that it was killed.
pub(crate) async fn run(
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    folder: &Path,
    output: &Path,
) -> Result<Ended, Failure> {
    let arguments: Vec<OsString> = arguments.into_iter().map(|one| one.as_ref().to_owned()).collect();
    let name = arguments.first().map(|name| name.display().to_string()).unwrap_or_default();
    let failed =
        |what: &str, error: io::Error| Failure::new("CommandFailed", format!("`sealwatch {name}` {what}: {error}"));
    let messages: PathBuf = folder.join("messages.txt");
    let start = || -> io::Result<Running> {
        let mut command = Command::new(program);
        command.args(&arguments).current_dir(folder).stdin(Stdio::null());
        Ok(Running(command.stdout(File::create(output)?).stderr(File::create(&messages)?).spawn()?))
    };
    let mut running = start().map_err(|error| failed("cannot be started", error))?;
    let status = loop {
        match running.0.try_wait().map_err(|error| failed("cannot be waited for", error))? {
            Some(status) => break status,
            None => tokio::time::sleep(POLL).await,
        }
    };
    let messages = std::fs::read(&messages).map_err(|error| failed("left no messages", error))?;
    let messages = String::from_utf8_lossy(&messages).into_owned();
    match status.code() {
        Some(status) => Ok(Ended { status, messages }),
        None => {
            let why = "probably the memory of the function was not enough: give it more, see docs/backfill.md";
            Err(Failure::new("CommandFailed", format!("`sealwatch {name}` was ended by {status}; {why}")))
        }
    }
}

/// A command that is killed when nobody waits for it any longer.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // both fail if it has ended already
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, folder: &Path) -> impl Future<Output = Result<Ended, Failure>> {
        let (folder, output) = (folder.to_owned(), folder.join("out"));
        let arguments = ["-c".to_owned(), script.to_owned()];
        async move { run(Path::new("/bin/sh"), arguments, &folder, &output).await }
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn a_command_returns_its_status_messages_and_output() {
        let folder = tempfile::tempdir().unwrap();
        let ended = block_on(shell("echo out; echo one >&2; echo two >&2; exit 2", folder.path())).unwrap();
        assert_eq!((ended.status, ended.summary().as_str()), (2, "one; two"));
        assert_eq!(std::fs::read_to_string(folder.path().join("out")).unwrap(), "out\n");
    }

    #[test]
    fn a_command_that_is_killed_is_a_failure_that_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let failure = block_on(shell("kill -9 $$", folder.path())).unwrap_err();
        assert!(failure.message.contains("signal: 9") && failure.message.contains("memory"), "{failure:?}");
    }

    #[test]
    fn a_command_that_nobody_waits_for_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let waits = async {
            tokio::time::timeout(Duration::from_millis(300), shell("echo $$ > pid; exec sleep 60", folder.path())).await
        };
        assert!(block_on(waits).is_err());
        let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
        assert!(!Path::new("/proc").join(pid.trim()).exists());
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let ended = Ended { status: 2, messages: "é".repeat(MAX_MESSAGE) };
        assert_eq!(ended.summary().len(), MAX_MESSAGE);
        assert_eq!(
            Ended { status: 2, messages: format!("x{}", "é".repeat(MAX_MESSAGE)) }.summary().len(),
            MAX_MESSAGE - 1
        );
    }
}
