//! The analysis grows with the length of a policy, and with nothing else.

use super::multiplying::{SHAPES, Shape, policy};
use super::named::owner;
use sealwatch_rules::key_policy::{Analysis, Policy, Trust, analyze};
use std::process::Command;

/// The documented maximum of a key policy.
const LARGEST: usize = 32_768;
/// Far more than KMS accepts.
const TOO_LARGE: usize = 1 << 20;

/// Set in the child process: the shape and the bytes of the policy.
const CHILD: &str = "KEY_POLICY_GROWTH";

fn analysis(shape: Shape, bytes: usize) -> Analysis {
    let text = policy(shape, bytes);
    assert!(text.len() <= bytes && text.len() > bytes * 3 / 4, "{shape:?}: {} of {bytes} bytes", text.len());
    analyze(&Policy::parse(&text).unwrap(), &owner(), &Trust::default())
}

fn exposures(analysis: &Analysis) -> usize {
    let Analysis {
        public,
        network_bound,
        foreign,
        account_wide,
        unbound_services,
        broad_services,
        unbounded_grants,
        mixed_duties,
        ..
    } = analysis;
    [public, network_bound, foreign, account_wide, unbound_services, broad_services, unbounded_grants, mixed_duties]
        .into_iter()
        .map(Vec::len)
        .sum()
}

#[test]
fn the_number_of_exposures_is_linear() {
    for &shape in SHAPES {
        let counts = [LARGEST / 4, LARGEST, 4 * LARGEST].map(|bytes| exposures(&analysis(shape, bytes)));
        println!("{shape:?}: {counts:?}");
        assert!(counts[1] < LARGEST, "{shape:?}: {counts:?}");
        assert!(counts[2] < 6 * counts[1].max(1_000), "{shape:?}: {counts:?}");
    }
}

/// Runs this test alone in a child process whose address space is limited.
#[test]
fn the_analysis_fits_in_memory() {
    if let Ok(policy) = std::env::var(CHILD) {
        let (shape, bytes) = policy.split_once(' ').unwrap();
        let shape = SHAPES.iter().find(|known| format!("{known:?}") == shape).unwrap();
        println!("{} exposures", exposures(&analysis(*shape, bytes.parse().unwrap())));
        return;
    }
    // The limit covers all mappings, the code of this test included.
    for (bytes, mebibytes) in [(LARGEST, 64), (TOO_LARGE, 256)] {
        for &shape in SHAPES {
            match run_limited(shape, bytes, mebibytes) {
                Some(output) => assert!(output.is_empty(), "{shape:?}, {bytes} bytes, {mebibytes} MiB: {output}"),
                None => return println!("skipped: no `sh` with `ulimit -v`"),
            }
        }
    }
}

/// What the child process complains about; `None` if its memory cannot be limited.
fn run_limited(shape: Shape, bytes: usize, mebibytes: usize) -> Option<String> {
    let limited = format!("ulimit -v {} && exec \"$0\" \"$@\"", mebibytes * 1024);
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    };
    if !shell(&format!("ulimit -v {}", mebibytes * 1024)).output().is_ok_and(|output| output.status.success()) {
        return None;
    }
    let output = shell(&limited)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "growth::the_analysis_fits_in_memory", "--test-threads=1"])
        .env(CHILD, format!("{shape:?} {bytes}"))
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();
    let ran = String::from_utf8_lossy(&output.stdout).contains("1 passed");
    let complaint = format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    Some(if output.status.success() && ran { String::new() } else { complaint })
}
