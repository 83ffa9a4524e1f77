//! Sizes as people write them: `1000000`, `64KiB`, `512MiB`, `2GiB`.

const UNITS: [(&str, u32); 3] = [("GiB", 30), ("MiB", 20), ("KiB", 10)];

/// Parses a size into a number of bytes.
pub(crate) fn parse(text: &str) -> Result<usize, String> {
    let unit = UNITS.into_iter().find_map(|(unit, bits)| Some((text.strip_suffix(unit)?, bits)));
    let (number, bits) = unit.unwrap_or((text, 0));
    let number = Some(number.trim_end()).filter(|number| !number.starts_with('+')); // Rust reads it as a number
    let bytes = number.and_then(|number| number.parse::<usize>().ok()).and_then(|number| number.checked_mul(1 << bits));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| "not a size: write `64KiB`, `512MiB` or `2GiB`".to_owned())
}

/// Formats a number of bytes in the largest unit that is exact.
pub(crate) fn format(bytes: usize) -> String {
    let exact = UNITS.into_iter().find(|(_, bits)| bytes > 0 && bytes.trailing_zeros() >= *bits);
    exact.map_or(format!("{bytes} bytes"), |(unit, bits)| format!("{} {unit}", bytes >> bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_parsed_and_formatted() {
        assert_eq!(parse("512MiB"), Ok(512 << 20));
        assert_eq!((parse("1000"), parse("1 KiB")), (Ok(1000), Ok(1024)));
        for text in ["", "0", "-1", "+1", "+1GiB", "1.5GiB", "1MB", "99999999999GiB"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!((format(512 << 20), format(1000)), ("512 MiB".to_owned(), "1000 bytes".to_owned()));
    }
}
