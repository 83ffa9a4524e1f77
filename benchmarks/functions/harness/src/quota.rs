//! Limits a process to a share of a processor with a control group: needs root and Linux.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::exit;

/// The period of the limit, in microseconds.
const PERIOD: f64 = 20_000.0;

/// A new control group, removed on drop.
pub(crate) struct Quota(PathBuf);

impl Quota {
    /// Creates a group that gets this share of one core, in percent.
    pub(crate) fn new(percent: f64) -> Quota {
        let name = format!("sealwatch-startup-{}", std::process::id());
        let share = (PERIOD * percent / 100.0).round();
        let old = Path::new("/sys/fs/cgroup/cpu");
        let quota = if old.is_dir() { old } else { Path::new("/sys/fs/cgroup") }.join(name);
        let created = fs::create_dir(&quota).and_then(|()| match old.is_dir() {
            true => fs::write(quota.join("cpu.cfs_period_us"), format!("{PERIOD}"))
                .and_then(|()| fs::write(quota.join("cpu.cfs_quota_us"), format!("{share}"))),
            false => fs::write(quota.join("cpu.max"), format!("{share} {PERIOD}")),
        });
        let group = Quota(quota);
        if let Err(error) = created {
            eprintln!(
                "no CPU quota: {}: {error}; it needs root and control groups with a CPU controller",
                group.0.display()
            );
            drop(group);
            exit(1);
        }
        group
    }

    /// The path of the group.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0); // fails if it could not be created, or if it contains a process
    }
}

/// Moves a process into the group.
pub(crate) fn enter(quota: &Path, pid: u32) {
    if let Err(error) = fs::write(quota.join("cgroup.procs"), pid.to_string()) {
        eprintln!("no CPU quota for process {pid}: {error}");
        exit(1);
    }
}
