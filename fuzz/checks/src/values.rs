//! Small values in foreign text: times, durations, sizes, addresses, names, patterns, and how they are quoted.

use std::net::IpAddr;

use sealwatch::readers;
use sealwatch_rules::aws::arn::{self, Arn};
use sealwatch_rules::settings::parse_duration;
use sealwatch_rules::util::address::AddressRange;
use sealwatch_rules::util::text::{cut, cut_units, hcl, json_line, plain, plain_lines, shell, units};
use sealwatch_rules::util::time::{body_time, date, record_time, time, written};
use sealwatch_rules::util::wildcard;
use serde_json::{Value, json};

use crate::{Check, words};

pub(crate) const CHECK: Check = Check { name: "values", run: check, max_len: 48, words, seeds };

/// The first byte chooses a reader, the others are a text.
pub fn check(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    match first.wrapping_sub(b'0') % 10 {
        0 => check_time(text),
        1 => check_duration(text),
        2 => check_address(text),
        3 => check_arn(text),
        4 => check_pattern(text),
        5 => check_plain(text),
        6 => check_shell(text),
        7 => check_hcl(text),
        8 => check_uri(text),
        _ => check_size(text),
    }
}

/// A time that is read is written, and read as the same.
fn check_time(text: &str) {
    for read in [time(text), record_time(text), body_time(text), date(text)].into_iter().flatten() {
        if (0..=253_402_300_799).contains(&read) {
            assert_eq!(time(&written(read)), Some(read), "{text:?}");
        }
    }
    if let Some(read) = time(text) {
        assert_eq!((record_time(text), body_time(text)), (Some(read), Some(read)), "{text:?}");
    }
    if let Ok((since, until)) = readers::times(text) {
        assert!(since <= until, "{text:?}");
    }
}

/// A duration is the number of its seconds.
fn check_duration(text: &str) {
    let unit = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];
    let read = unit.iter().find_map(|(unit, seconds)| {
        let digits = text
            .strip_suffix(*unit)
            .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits
            .bytes()
            .try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))?
            .checked_mul(*seconds)
    });
    let expected = if text == "0" { Some(0) } else { read };
    match parse_duration(text) {
        Ok(seconds) => assert_eq!(Some(seconds), expected, "{text:?}"),
        Err(error) => {
            assert_eq!(expected, None, "{text:?}");
            assert_eq!(plain(&error.to_string()), error.to_string());
        }
    }
}

/// A range is an address, and a number of bits that it has.
fn check_address(text: &str) {
    let read = AddressRange::parse(text);
    let (host, length) = text.split_once('/').unwrap_or((text, ""));
    let host = host.parse::<IpAddr>().ok();
    let most = host.map(|host| if host.is_ipv4() { 32 } else { 128 });
    let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    let length = if text.contains('/') { length.parse::<u32>().ok().filter(|_| digits) } else { most };
    let is_range = most.zip(length).is_some_and(|(most, length)| length <= most);
    assert_eq!(read.is_some(), is_range, "{text:?}");
}

/// The parts of an ARN make the ARN.
fn check_arn(text: &str) {
    if let Some(read) = Arn::parse(text) {
        let Arn { partition, service, region, account, resource } = read;
        assert_eq!(format!("arn:{partition}:{service}:{region}:{account}:{resource}"), text);
        assert!(resource.contains(read.name()));
    }
    let decoded = arn::decoded(text);
    assert!(!text.contains(':') || decoded == text);
}

/// A pattern, then `|`, then a text: compared with a table of all prefixes.
fn check_pattern(text: &str) {
    let Some((pattern, text)) = text.split_once('|') else { return };
    let text: Vec<char> = text.chars().collect();
    let mut row: Vec<bool> = std::iter::once(true).chain(text.iter().map(|_| false)).collect();
    for c in pattern.chars() {
        let mut next = vec![c == '*' && row.first() == Some(&true)];
        for (at, found) in text.iter().enumerate() {
            let [before, above, left] = [row.get(at), row.get(at + 1), next.last()].map(|cell| cell == Some(&true));
            next.push(match c {
                '*' => above || left,
                '?' => before,
                c => before && c == *found,
            });
        }
        row = next;
    }
    let text: String = text.iter().collect();
    assert_eq!(wildcard::matches(pattern, &text), row.last() == Some(&true), "{pattern:?} {text:?}");
}

/// What is made printable is, and stays as it is.
fn check_plain(text: &str) {
    let safe = plain(text);
    assert!(!safe.chars().any(char::is_control), "{text:?}");
    assert_eq!(plain(&safe), safe);
    assert_eq!(safe.chars().count(), text.chars().count());
    let lines = plain_lines(text);
    assert_eq!(lines.matches('\n').count(), text.matches('\n').count());
    assert_eq!(plain(&lines.replace('\n', " ")), lines.replace('\n', " "));
    let line = json_line(&json!(text));
    assert_eq!((plain(&line), serde_json::from_str::<Value>(&line).ok()), (line.clone(), Some(json!(text))));
    for limit in [0, 1, 5, 20] {
        assert!(
            cut(text, limit).chars().count() <= limit.max(1) && units(&cut_units(text, limit)) <= limit.max(1),
            "{text:?}"
        );
    }
}

/// A shell reads one word, and it is the text as it is printed.
fn check_shell(text: &str) {
    let (mut word, mut quoted) = (String::new(), false);
    let written = shell(text);
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => quoted = !quoted,
            '\\' if !quoted => word.extend(chars.next()),
            c if quoted => word.push(c),
            c => {
                assert!(c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c), "{text:?}: {written}");
                word.push(c);
            }
        }
    }
    assert_eq!((word, quoted), (plain(text), false), "{written}");
}

/// Terraform reads one string without templates, and it is the text as it is printed.
fn check_hcl(text: &str) {
    let written = hcl(text);
    let inner =
        written.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_else(|| panic!("{written}"));
    let mut read = String::new();
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        let (taken, meaning) = match rest.as_bytes() {
            [b'\\', b'\\', ..] => (2, "\\"),
            [b'\\', b'"', ..] => (2, "\""),
            [b'$', b'$', b'{', ..] => (3, "${"),
            [b'%', b'%', b'{', ..] => (3, "%{"),
            [b'\\' | b'"', ..] | [b'$' | b'%', b'{', ..] => panic!("{text:?}: {written}"),
            _ => (c.len_utf8(), rest.get(..c.len_utf8()).unwrap_or_default()),
        };
        read.push_str(meaning);
        rest = rest.get(taken..).unwrap_or_default();
    }
    assert_eq!(read, plain(text), "{written}");
}

/// The reference of a file stands for its path, and is printable.
fn check_uri(text: &str) {
    let (uri, path) = readers::uri(text);
    assert!(uri.bytes().all(|byte| byte.is_ascii_graphic()), "{uri:?}");
    assert_eq!(path.as_deref(), Some(text), "{uri}");
    let name = readers::name_of_uri(text);
    assert_eq!(plain(&name), name);
}

/// A size is what its words say.
fn check_size(text: &str) {
    if let Ok((size, words)) = readers::size(text) {
        let bytes = words.strip_suffix(" bytes").unwrap_or(&words);
        assert_eq!(readers::size(bytes).map(|(size, _)| size), Ok(size), "{text:?}: {words}");
    }
}

fn words() -> Vec<String> {
    let others = [
        "2026-11-20T03:04:05Z",
        "Nov 20, 2026, 3:04:05 PM",
        "+02:00",
        "5m",
        "30s",
        "198.51.100.0/24",
        "::ffff:10.0.0.1/120",
        "::1",
        "arn:aws:kms:eu-west-1:111122223333:key/k",
        "%3A",
        "*|",
        "?",
        "${",
        "%{",
        "'",
        "\\",
        "512MiB",
        "GiB",
        "s3://",
        "file:///",
        "\u{202e}",
        "\u{1b}",
    ];
    words::all(&[], &others)
}

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "02026-11-20T03:04:05Z",
        "0Nov 20, 2026, 3:04:05 PM",
        "02026-11-20",
        "15m",
        "10",
        "2198.51.100.0/24",
        "2::ffff:10.0.0.1/120",
        "3arn:aws:kms:eu-west-1:111122223333:key/k",
        "3arn%3Aaws%3Akafka",
        "4a*b?c|axbyc",
        "5a\u{1b}[2J\u{202e}",
        "6it's a name",
        "7a\"${b}%{c}\\",
        "8s3://b/a b#c",
        "8/var/log/a%b.json",
        "9512MiB",
        "91000",
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}
