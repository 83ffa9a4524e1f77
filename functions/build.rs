//! How functions are linked.

/// At a fixed address, as Go links its programs: a start has no twenty thousand addresses to relocate, and the zip does not
/// hold the relocations. The cost: the address of the program in memory is known. None of our code is `unsafe`.
fn main() {
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    println!("cargo::rerun-if-changed=../build.rs");
}
