//! What several tests of the command line need.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Compresses a text.
pub(crate) fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_ref()).unwrap();
    gzip.finish().unwrap()
}
