//! What Linux says about a running process.
//!
//! <https://man7.org/linux/man-pages/man5/proc.5.html>

use std::fs;
use std::time::Duration;

/// A process, by its id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    fn read(self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0)).unwrap()
    }

    /// The processor time that it has used, to a hundredth of a second, which is the unit of Linux on every machine.
    pub(crate) fn processor_time(self) -> Duration {
        let stat = self.read("stat");
        // the name of the program is in brackets, and may hold spaces
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 10)
    }

    /// The memory that it holds, in kilobytes.
    pub(crate) fn resident(self) -> u64 {
        self.status("VmRSS:")
    }

    /// The address space that it has, in kilobytes.
    pub(crate) fn address_space(self) -> u64 {
        self.status("VmSize:")
    }

    /// The most address space that it had, in kilobytes.
    pub(crate) fn peak_address_space(self) -> u64 {
        self.status("VmPeak:")
    }

    fn status(self, name: &str) -> u64 {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// What its descriptors refer to, sorted: files by their paths, and all others by their kinds, as in `socket`.
    pub(crate) fn descriptors(self) -> Vec<String> {
        let descriptors = fs::read_dir(format!("/proc/{}/fd", self.0)).unwrap();
        let link = |entry: std::io::Result<fs::DirEntry>| fs::read_link(entry.ok()?.path()).ok(); // it may be closed by now
        let name = |path: std::path::PathBuf| {
            let path = path.to_string_lossy().into_owned();
            path.split(":[").next().unwrap_or_default().to_owned()
        };
        let mut names: Vec<String> = descriptors.filter_map(link).map(name).collect();
        names.sort();
        names
    }

    /// Sends it a signal: `TERM`.
    pub(crate) fn signal(self, name: &str) {
        let sent = std::process::Command::new("kill").args(["-s", name, &self.0.to_string()]).status().unwrap();
        assert!(sent.success());
    }
}
