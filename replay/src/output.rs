//! Standard output.

use std::io::{self, BufWriter, ErrorKind, Stdout, Write};

use anstream::AutoStream;

use crate::error::CliError;

/// Standard output. A write that fails ends the output, but not the command: what is published and how the command ends
/// do not depend on who reads along.
pub(crate) struct Output {
    out: BufWriter<AutoStream<Stdout>>,
    /// The first error.
    error: Option<io::Error>,
}

impl Output {
    /// Standard output, with styles only if it is a terminal.
    pub(crate) fn new() -> Output {
        Output { out: BufWriter::new(anstream::stdout()), error: None }
    }

    /// Writes text, unless an earlier write failed.
    pub(crate) fn write(&mut self, text: &str) {
        if self.error.is_none() {
            self.error = self.out.write_all(text.as_bytes()).err();
        }
    }

    /// Writes everything that is pending. A reader that stops reading, as in `sealwatch … | head`, is not an error.
    ///
    /// # Errors
    /// Returns the first error of all writes.
    pub(crate) fn finish(mut self) -> Result<(), CliError> {
        let error = self.error.take().or_else(|| self.out.flush().err());
        match error {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::Output(error)),
            _ => Ok(()),
        }
    }
}
