//! How far a replay is, on a terminal.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use sealwatch_rules::text::plain;

use crate::files::Input;

/// A bar on standard error while files are read, and one line of figures at the end. Neither is
/// shown where nobody watches: what goes into a pipe is the same in every run.
pub(crate) struct Progress {
    bar: ProgressBar,
    shown: bool,
    begun: Instant,
    all: usize,
    files: usize,
    records: usize,
    compressed: u64,
    bytes: u64,
}

impl Progress {
    pub(crate) fn new(inputs: &[Input], wanted: bool) -> Progress {
        let shown = wanted && io::stderr().is_terminal();
        let bar = match shown {
            true => ProgressBar::with_draw_target(
                Some(inputs.iter().map(|input| input.bytes).sum()),
                ProgressDrawTarget::stderr_with_hz(10),
            ),
            false => ProgressBar::hidden(),
        };
        let left = |state: &ProgressState, text: &mut dyn Write| {
            let left = Duration::from_secs(state.eta().as_secs());
            let _ = write!(text, "{}", HumanDuration(left)); // nothing to do about a bar that cannot be drawn
        };
        if let Ok(style) = ProgressStyle::with_template("[{bar:30}] {bytes} of {total_bytes}, {msg}, {left} left") {
            bar.set_style(style.progress_chars("=> ").with_key("left", left));
        }
        let (all, begun) = (inputs.len(), Instant::now());
        Progress { bar, shown, begun, all, files: 0, records: 0, compressed: 0, bytes: 0 }
    }

    /// A file was read.
    pub(crate) fn step(&mut self, input: &Input, bytes: usize, records: usize) {
        self.files += 1;
        self.records += records;
        self.compressed += input.bytes;
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if self.shown {
            self.bar.set_message(format!(
                "{} of {} files, {} records/s",
                self.files,
                self.all,
                self.per_second(self.records)
            ));
            self.bar.inc(input.bytes);
        }
    }

    /// Says what is wrong with an input, without tearing the bar apart.
    pub(crate) fn warn(&self, problem: &str) {
        self.bar.suspend(|| anstream::eprintln!("sealwatch: {}", plain(problem)));
    }

    fn per_second(&self, count: usize) -> HumanCount {
        let millis = self.begun.elapsed().as_millis().max(1);
        HumanCount(u64::try_from(count as u128 * 1000 / millis).unwrap_or(u64::MAX))
    }

    /// Takes the bar away.
    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }

    /// Says how long it took.
    pub(crate) fn figures(&self) {
        if !self.shown {
            return;
        }
        let seconds = self.begun.elapsed().as_secs_f64().max(0.001);
        let megabytes = self.bytes as f64 / 1e6 / seconds;
        anstream::eprintln!(
            "{} files, {} ({} of JSON) in {seconds:.2} s: {megabytes:.0} MB/s, {} records/s",
            self.files,
            HumanBytes(self.compressed),
            HumanBytes(self.bytes),
            self.per_second(self.records)
        );
    }
}
