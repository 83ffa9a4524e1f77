//! Digests that never change: ids of findings, and the identity of records.

use sha2::{Digest, Sha256};

/// 128 bits of SHA-256 over the parts. The length of each part is hashed too, so that `ab, c` and `a, bc` differ.
pub(crate) fn hash(parts: &[&str]) -> u128 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}
