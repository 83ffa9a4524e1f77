//! The exit statuses, which scripts depend on.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// There is nothing to report.
    Clean,
    /// At least one violation was reported.
    Violations,
    /// The command cannot run as it was called, or an input could not be read.
    Unreadable,
    /// S3 did not hand over an object: the same command may succeed later.
    NotFetched,
}

impl ExitStatus {
    /// The status after this many unreadable inputs and reported violations. With `exit_zero`, violations do not count.
    pub(crate) fn new(unreadable: usize, violations: usize, exit_zero: bool) -> ExitStatus {
        match (unreadable, violations) {
            (1.., _) => ExitStatus::Unreadable,
            (0, 1..) if !exit_zero => ExitStatus::Violations,
            _ => ExitStatus::Clean,
        }
    }
}

impl ExitStatus {
    /// The number that the shell sees.
    pub(crate) fn number(self) -> u8 {
        match self {
            ExitStatus::Clean => 0,
            ExitStatus::Violations => 1,
            ExitStatus::Unreadable => 2,
            ExitStatus::NotFetched => 3,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> ExitCode {
        ExitCode::from(status.number())
    }
}
