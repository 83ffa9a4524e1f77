//! ZIP archives.

/// A ZIP archive of files that are stored without compression. The flags of each are `flags`.
pub(crate) fn zip(files: &[(&str, &[u8])], flags: u8) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    for (name, content) in files {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let sizes =
            [crc.sum().to_le_bytes(), number(content.len()), number(content.len()), number(name.len())].concat();
        let fields = [&[10, 0, flags, 0, 0, 0, 0, 0, 0, 0][..], &sizes].concat();
        directory.extend([b"PK\x01\x02\x0a\0", &fields[..], &[0; 10], &number(zip.len()), name.as_bytes()].concat());
        zip.extend([b"PK\x03\x04", &fields[..], name.as_bytes(), content].concat());
    }
    let (offset, size, count) = (number(zip.len()), number(directory.len()), u8::try_from(files.len()).unwrap());
    zip.extend([&directory[..], b"PK\x05\x06\0\0\0\0", &[count, 0, count, 0], &size, &offset, &[0, 0]].concat());
    zip
}
