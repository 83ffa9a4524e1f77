//! The progress of a replay, on a terminal.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::messages;

/// The length of the bar of a search.
const MILLION: u64 = 1_000_000;

/// A progress bar on standard error while files are read, and one line of timing at the end. Both are shown only on a
/// terminal, so that piped output is the same in every run.
pub(crate) struct Progress {
    bar: ProgressBar,
    shown: bool,
    started: Instant,
    files: usize,
    records: usize,
    file_bytes: u64,
    text_bytes: u64,
}

impl Progress {
    /// A bar whose length is how much of the search for files is done: how many there are is not known before its end.
    pub(crate) fn new(enabled: bool) -> Progress {
        let shown = enabled && io::stderr().is_terminal();
        let left = |state: &ProgressState, text: &mut dyn Write| {
            let left = Duration::from_secs(state.eta().as_secs());
            let _ = write!(text, "{}", HumanDuration(left)); // a bar that cannot be drawn is not an error
        };
        let bar = match shown {
            true => bar(MILLION),
            false => ProgressBar::hidden(),
        };
        if let Ok(style) = ProgressStyle::with_template("[{bar:30}] about {percent} %, {msg}, {left} left") {
            bar.set_style(style.progress_chars("=> ").with_key("left", left));
        }
        let started = Instant::now();
        Progress { bar, shown, started, files: 0, records: 0, file_bytes: 0, text_bytes: 0 }
    }

    /// Counts a file that was read: its size, the size of its decompressed text, and the records in it. `position` is how
    /// much of the search is done, from 0 to 1.
    pub(crate) fn add_file(&mut self, position: f64, file_bytes: u64, text_bytes: usize, records: usize) {
        self.files += 1;
        self.records += records;
        self.file_bytes += file_bytes;
        self.text_bytes = self.text_bytes.saturating_add(u64::try_from(text_bytes).unwrap_or(u64::MAX));
        if self.shown {
            let (files, bytes) = (HumanCount(self.files as u64), HumanBytes(self.file_bytes));
            let rate = self.per_second(self.records);
            self.bar.set_message(format!("{files} files, {bytes}, {rate} records/s"));
            self.bar.set_position((position * MILLION as f64) as u64);
        }
    }

    /// Prints a warning above the bar.
    pub(crate) fn warn(&self, problem: &str) {
        self.bar.suspend(|| messages::print(problem));
    }

    fn per_second(&self, count: usize) -> HumanCount {
        let millis = self.started.elapsed().as_millis().max(1);
        HumanCount(u64::try_from(count as u128 * 1000 / millis).unwrap_or(u64::MAX))
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Prints how long it took.
    pub(crate) fn print_timing(&self) {
        if !self.shown {
            return;
        }
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let megabytes = self.text_bytes as f64 / 1e6 / seconds;
        messages::print(format!(
            "{} files, {} ({} of JSON) in {seconds:.2} s: {megabytes:.0} MB/s, {} records/s",
            self.files,
            HumanBytes(self.file_bytes),
            HumanBytes(self.text_bytes),
            self.per_second(self.records)
        ));
    }
}

/// A bar for look-ups in AWS, whose number grows. It is shown only on a terminal.
pub(crate) fn look_up_bar(enabled: bool) -> ProgressBar {
    if !enabled || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = bar(0);
    if let Ok(style) = ProgressStyle::with_template("[{bar:30}] {pos} of {len} look-ups, {elapsed}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// A bar for the resources of a scan, whose number grows. It is shown only on a terminal.
pub(crate) fn scan_bar(enabled: bool) -> ProgressBar {
    if !enabled || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = bar(0);
    if let Ok(style) = ProgressStyle::with_template("[{bar:30}] {pos} of {len} resources evaluated, {elapsed}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

fn bar(length: u64) -> ProgressBar {
    ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(10))
}
