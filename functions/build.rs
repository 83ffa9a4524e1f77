//! How functions are linked.

/// At a fixed address, as Go links its programs: a start then has no twenty thousand addresses to put right, and the zip
/// does not hold them. What it costs is that the place of the program in memory is no secret; no code of ours is `unsafe`.
fn main() {
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    println!("cargo::rerun-if-changed=../build.rs");
}
