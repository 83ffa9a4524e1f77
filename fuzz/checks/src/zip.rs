//! ZIP archives: what was put in comes out, and whatever an archive says, no more than the limit does.

use std::io::Write;

use flate2::Compression;
use flate2::Crc;
use flate2::write::DeflateEncoder;
use sealwatch::readers;

use crate::Check;

pub(crate) const CHECK: Check = Check { name: "zip", run: check, max_len: 512, words, seeds };

/// The most bytes of all files.
const LIMIT: usize = 2048;

/// Bytes that begin like an archive are one. Others are the contents of its files, with `|` between them.
pub fn check(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        let read = readers::unzip(bytes, LIMIT);
        let total: usize = read.iter().flatten().filter_map(|(_, content)| content.as_ref().ok()).map(Vec::len).sum();
        assert!(total <= LIMIT, "{total} bytes: {bytes:x?}");
        // what follows an archive is its comment, and changes nothing
        let readable = |files: &[readers::Member]| {
            files.iter().filter(|(_, content)| content.is_ok()).cloned().collect::<Vec<_>>()
        };
        if let (Ok(files), true) = (&read, bytes.ends_with(&[0, 0])) {
            let commented = readers::unzip(&[bytes, b"a comment"].concat(), LIMIT);
            assert_eq!(commented.map(|files| readable(&files)), Ok(readable(files)), "{bytes:x?}");
        }
        return;
    }
    let contents: Vec<&[u8]> = bytes.split(|byte| *byte == b'|').collect();
    let read = readers::unzip(&zip(&contents), 2 * LIMIT);
    let names = (0..).map(|number| format!("{number}.json"));
    let expected: Vec<readers::Member> =
        names.zip(&contents).map(|(name, content)| (name, Ok(content.to_vec()))).collect();
    // what is compressed once more is decompressed
    let is_plain = |content: &&[u8]| readers::decode(content, LIMIT) == Ok(None);
    if contents.iter().all(is_plain) {
        assert_eq!(read, Ok(expected));
    }
}

/// An archive in which every second file is compressed.
fn zip(contents: &[&[u8]]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    let small = |number: usize| u16::try_from(number).unwrap_or_default().to_le_bytes();
    let large = |number: usize| u32::try_from(number).unwrap_or_default().to_le_bytes();
    for (number, content) in contents.iter().enumerate() {
        let name = format!("{number}.json");
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
        let deflated = deflate.write_all(content).and_then(|()| deflate.finish()).unwrap_or_default();
        let (method, data) = if number % 2 == 0 { (8_u8, deflated) } else { (0, content.to_vec()) };
        let mut crc = Crc::new();
        crc.update(content);
        let sizes = [crc.sum().to_le_bytes(), large(data.len()), large(content.len())].concat();
        let fields = [&[20, 0, 0, 0, method, 0, 0, 0, 0, 0][..], &sizes, &small(name.len()), &[0, 0]].concat();
        directory.extend([b"PK\x01\x02", &[20, 0][..], &fields, &[0; 10], &large(zip.len()), name.as_bytes()].concat());
        zip.extend([b"PK\x03\x04", &fields[..], name.as_bytes(), &data].concat());
    }
    let end = [
        &[0; 4][..],
        &small(contents.len()),
        &small(contents.len()),
        &large(directory.len()),
        &large(zip.len()),
        &[0, 0],
    ];
    [&zip[..], &directory, b"PK\x05\x06", &end.concat()].concat()
}

fn words() -> Vec<String> {
    ["|", "PK\u{1}\u{2}", "PK\u{3}\u{4}", "PK\u{5}\u{6}", "PK\u{6}\u{6}", "PK\u{6}\u{7}", "._", "/"]
        .map(str::to_owned)
        .to_vec()
}

fn seeds() -> Vec<Vec<u8>> {
    let spaces = [b' '; 3000];
    vec![
        zip(&[]),
        zip(&[b"{}"]),
        zip(&[b"{\"a\":1}", b"{}\n{}", b""]),
        zip(&[&spaces]),
        zip(&[&super::gzip::gzip(b"{}"), b"\xff\xfe{\0}\0"]),
        b"{}|{\"a\":1}||x".to_vec(),
    ]
}
