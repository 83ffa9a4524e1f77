//! Parses the settings, and reports each mistake with its line, its column and how to correct it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::num::IntErrorKind;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};
use toml::value::Datetime;

use super::{Exception, Keys, MessageFormat, Notify, RuleSettings, Settings};
use crate::arn::{is_account, is_organization};
use crate::key::Protection;
use crate::severity::Severity;
use crate::text;

/// The keys of a table, for suggestions. The functions of [`Parser`] read the same keys.
struct KnownKeys {
    names: &'static [&'static str],
    /// Names that people try, and the key that each of them means.
    synonyms: &'static [(&'static str, &'static str)],
}

const TOP_LEVEL: KnownKeys = KnownKeys { names: &["keys", "notify", "rules", "exceptions"], synonyms: &[] };

const KEYS: KnownKeys = KnownKeys {
    names: &["required", "rotation_days", "trusted_accounts", "trusted_organizations", "settle"],
    synonyms: &[],
};

const NOTIFY: KnownKeys = KnownKeys { names: &["format", "chat", "unverified"], synonyms: &[] };

const RULE: KnownKeys = KnownKeys { names: &["enabled", "severity"], synonyms: &[] };

const EXCEPTION: KnownKeys = KnownKeys {
    names: &["rule", "resource", "until", "reason"],
    synonyms: &[
        ("expires", "until"),
        ("expiry", "until"),
        ("end", "until"),
        ("why", "reason"),
        ("because", "reason"),
        ("comment", "reason"),
        ("id", "rule"),
        ("rule_id", "rule"),
        ("arn", "resource"),
    ],
};

/// Examples for error messages.
const RULE_EXAMPLE: &str = "\"kinesis-stream-unencrypted\"";
const RESOURCE_EXAMPLE: &str = "\"arn:aws:kinesis:*:*:stream/dev-*\"";
const REASON_EXAMPLE: &str = "\"sandbox data only\"";

/// The protections that an account can require.
const PROTECTIONS: &[(&str, Protection)] = &[
    ("aws-managed", Protection::AwsManaged),
    ("customer-managed", Protection::CustomerManaged),
    ("cloudhsm", Protection::Cloudhsm),
];

const FORMATS: &[(&str, MessageFormat)] = &[("sealwatch", MessageFormat::Sealwatch), ("ocsf", MessageFormat::Ocsf)];

/// The rotation periods that KMS accepts, in days:
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html>
const ROTATION_DAYS: std::ops::RangeInclusive<i64> = 90..=2560;

/// A suggestion differs from the word in at most this many letters.
const MAX_DISTANCE: usize = 3;

/// How many rules a message lists.
const MAX_LISTED_RULES: usize = 10;

/// How many characters of a value, and of a message of the TOML parser, a message repeats.
const MAX_VALUE: usize = 60;
const MAX_TOML_MESSAGE: usize = 200;

/// Settings that cannot be used: what is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The path of the key, for example `keys.required`; `None` if the text is not TOML.
    pub key: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// How to correct it, if the problem does not say so.
    pub help: Option<String>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.problem)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl Error for SettingsError {}

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DurationError {
    /// The text has another form. Safe to print.
    Malformed(String),
    /// The duration does not fit in 64 bits. Safe to print.
    TooLong(String),
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DurationError::Malformed(text) => {
                write!(f, "`{text}` is not a duration; write for example `30s`, `5m`, `1h` or `0`")
            }
            DurationError::TooLong(text) => write!(f, "the duration `{text}` is too long"),
        }
    }
}

impl Error for DurationError {}

/// Parses a duration into seconds: a whole number followed by `s`, `m`, `h` or `d`, or `0` alone.
///
/// # Errors
/// Fails if the text has another form, or if the duration is too long.
pub fn parse_duration(text: &str) -> Result<u64, DurationError> {
    let malformed = || DurationError::Malformed(printable(text));
    let too_long = || DurationError::TooLong(printable(text));
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match text.strip_prefix(digits) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        Some("d") => 86400,
        Some("") if digits == "0" => 1,
        _ => return Err(malformed()),
    };
    let number = digits.parse::<u64>().map_err(|error| match error.kind() {
        IntErrorKind::PosOverflow => too_long(),
        _ => malformed(),
    })?;
    number.checked_mul(unit).ok_or_else(too_long)
}

/// The message for a rule id that does not exist: it suggests the ids that may be meant.
pub fn unknown_rule(id: &str, rule_ids: &[&str]) -> String {
    format!("unknown rule `{}`; {}", printable(id), suggested_rules(id, rule_ids))
}

impl Settings {
    /// Parses settings in TOML. `rule_ids` are the ids that `[rules.ID]` and `[[exceptions]]` may name.
    ///
    /// # Errors
    /// Fails if the text is not TOML, if a key or a rule does not exist, if a required key is missing,
    /// and if a key does not accept its value.
    pub fn parse(source: &str, rule_ids: &[&str]) -> Result<Settings, SettingsError> {
        Parser { source, rule_ids }.settings()
    }
}

struct Parser<'a> {
    source: &'a str,
    rule_ids: &'a [&'a str],
}

/// A key with its value, and their byte offsets in the source.
struct Entry<'a> {
    /// The names of the tables and of the key, with dots between them.
    path: String,
    key: &'a str,
    key_offset: usize,
    value: &'a DeValue<'a>,
    value_offset: usize,
}

/// The entries of a table in the order of the source, so that the first mistake is reported first.
fn entries<'a>(table: &'a DeTable<'a>, path: &str) -> Vec<Entry<'a>> {
    let separator = if path.is_empty() { "" } else { "." };
    let entry = |(key, value): (&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>)| Entry {
        path: format!("{path}{separator}{}", printable(key.get_ref())),
        key: key.get_ref(),
        key_offset: key.span().start,
        value: value.get_ref(),
        value_offset: value.span().start,
    };
    let mut entries: Vec<Entry<'_>> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.key_offset);
    entries
}

/// The tables.
impl Parser<'_> {
    fn settings(&self) -> Result<Settings, SettingsError> {
        let document = DeTable::parse(self.source).map_err(|error| self.invalid_toml(&error))?;
        let mut settings = Settings::default();
        for entry in entries(document.get_ref(), "") {
            match entry.key {
                "keys" => settings.keys = self.keys(&entry)?,
                "notify" => settings.notify = self.notify(&entry)?,
                "rules" => settings.rules = self.rules(&entry)?,
                "exceptions" => settings.exceptions = self.exceptions(&entry)?,
                _ => return Err(self.unknown_key(&entry, "at the top level", &TOP_LEVEL)),
            }
        }
        Ok(settings)
    }

    fn keys(&self, table: &Entry<'_>) -> Result<Keys, SettingsError> {
        let mut keys = Keys::default();
        for entry in self.table(table, "[keys]")? {
            match entry.key {
                "required" => keys.required = self.choice(&entry, PROTECTIONS)?,
                "rotation_days" => keys.rotation_days = self.rotation_days(&entry)?,
                "trusted_accounts" => keys.trusted_accounts = self.ids(&entry, &ACCOUNT_ID)?,
                "trusted_organizations" => keys.trusted_organizations = self.ids(&entry, &ORGANIZATION_ID)?,
                "settle" => keys.settle = self.duration(&entry)?,
                _ => return Err(self.unknown_key(&entry, "in [keys]", &KEYS)),
            }
        }
        Ok(keys)
    }

    fn notify(&self, table: &Entry<'_>) -> Result<Notify, SettingsError> {
        let mut notify = Notify::default();
        for entry in self.table(table, "[notify]")? {
            match entry.key {
                "format" => notify.format = self.choice(&entry, FORMATS)?,
                "chat" => notify.chat = self.boolean(&entry)?,
                "unverified" => notify.unverified = self.boolean(&entry)?,
                _ => return Err(self.unknown_key(&entry, "in [notify]", &NOTIFY)),
            }
        }
        Ok(notify)
    }

    fn rules(&self, table: &Entry<'_>) -> Result<BTreeMap<String, RuleSettings>, SettingsError> {
        let mut rules = BTreeMap::new();
        for entry in self.table(table, "[rules.kinesis-stream-unencrypted]")? {
            self.known_rule(entry.key, &entry.path, entry.key_offset, "[rules]")?;
            rules.insert(entry.key.to_owned(), self.rule(&entry)?);
        }
        Ok(rules)
    }

    fn rule(&self, table: &Entry<'_>) -> Result<RuleSettings, SettingsError> {
        let header = format!("[{}]", table.path);
        let mut rule = RuleSettings::default();
        for entry in self.table(table, &header)? {
            match entry.key {
                "enabled" => rule.enabled = self.boolean(&entry)?,
                "severity" => {
                    rule.severity = Some(self.choice(&entry, &Severity::ALL.map(|level| (level.name(), level)))?);
                }
                _ => return Err(self.unknown_key(&entry, &format!("in {header}"), &RULE)),
            }
        }
        Ok(rule)
    }

    fn exceptions(&self, list: &Entry<'_>) -> Result<Vec<Exception>, SettingsError> {
        match list.value {
            DeValue::Array(items) => items.iter().map(|item| self.exception(item)).collect(),
            _ => Err(self.must(list, "be a list of tables, for example `[[exceptions]]` on a line of its own")),
        }
    }

    fn exception(&self, item: &Spanned<DeValue<'_>>) -> Result<Exception, SettingsError> {
        let offset = item.span().start;
        let DeValue::Table(table) = item.get_ref() else {
            let problem =
                "each item of `exceptions` must be a table, for example `[[exceptions]]` on a line of its own";
            return Err(self.error(offset, "exceptions", problem.to_owned(), None));
        };
        let (mut rule, mut resource, mut until, mut reason) = (None, None, None, None);
        for entry in entries(table, "exceptions") {
            match entry.key {
                "rule" => {
                    let id = self.string(&entry, RULE_EXAMPLE)?;
                    self.known_rule(id, &entry.path, entry.value_offset, "[[exceptions]]")?;
                    rule = Some(id.to_owned());
                }
                "resource" => resource = Some(self.string(&entry, RESOURCE_EXAMPLE)?.to_owned()),
                "until" => until = Some(self.date(&entry)?),
                "reason" => reason = Some(self.reason(&entry)?),
                _ => return Err(self.unknown_key(&entry, "in [[exceptions]]", &EXCEPTION)),
            }
        }
        let missing = |key: &str, example: &str| {
            let problem = format!("missing key `{key}` in [[exceptions]]");
            let help = format!("write for example `{key} = {example}`");
            self.error(offset, &format!("exceptions.{key}"), problem, Some(help))
        };
        Ok(Exception {
            rule: rule.ok_or_else(|| missing("rule", RULE_EXAMPLE))?,
            resource: resource.ok_or_else(|| missing("resource", RESOURCE_EXAMPLE))?,
            until,
            reason: reason.ok_or_else(|| missing("reason", REASON_EXAMPLE))?,
        })
    }
}

/// A kind of id that lists of the settings hold.
struct IdKind {
    name: &'static str,
    is_valid: fn(&str) -> bool,
    form: &'static str,
    example: &'static str,
}

const ACCOUNT_ID: IdKind =
    IdKind { name: "account id", is_valid: is_account, form: "twelve digits", example: "111122223333" };

const ORGANIZATION_ID: IdKind = IdKind {
    name: "organization id",
    is_valid: is_organization,
    form: "`o-` and 10 to 32 lower-case letters or digits",
    example: "o-a1b2c3d4e5",
};

/// The values.
impl Parser<'_> {
    fn table<'e>(&self, entry: &Entry<'e>, header: &str) -> Result<Vec<Entry<'e>>, SettingsError> {
        match entry.value {
            DeValue::Table(table) => Ok(entries(table, &entry.path)),
            _ => Err(self.must(entry, &format!("be a table, for example `{header}` on a line of its own"))),
        }
    }

    fn boolean(&self, entry: &Entry<'_>) -> Result<bool, SettingsError> {
        let expected = || format!("be `true` or `false` without quotes, for example `{} = true`", entry.key);
        entry.value.as_bool().ok_or_else(|| self.must(entry, &expected()))
    }

    fn string<'e>(&self, entry: &Entry<'e>, example: &str) -> Result<&'e str, SettingsError> {
        let expected = || format!("be text in quotes, for example `{} = {example}`", entry.key);
        entry.value.as_str().ok_or_else(|| self.must(entry, &expected()))
    }

    fn reason(&self, entry: &Entry<'_>) -> Result<String, SettingsError> {
        match self.string(entry, REASON_EXAMPLE)? {
            reason if !reason.trim().is_empty() => Ok(reason.to_owned()),
            _ => Err(self.must(entry, &format!("not be empty, write for example `reason = {REASON_EXAMPLE}`"))),
        }
    }

    fn choice<T: Copy>(&self, entry: &Entry<'_>, choices: &[(&str, T)]) -> Result<T, SettingsError> {
        let found = entry.value.as_str().and_then(|value| choices.iter().find(|(name, _)| *name == value));
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let quoted: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            let given = entry.value.as_str().map(|value| format!(", not `{}`", printable(value)));
            self.must(entry, &format!("be {}{}", alternatives(&quoted), given.unwrap_or_default()))
        })
    }

    fn rotation_days(&self, entry: &Entry<'_>) -> Result<i64, SettingsError> {
        let DeValue::Integer(days) = entry.value else {
            return Err(self.must(entry, "be a whole number of days, for example `rotation_days = 365`"));
        };
        let number = i64::from_str_radix(days.as_str(), days.radix()).ok();
        number.filter(|number| ROTATION_DAYS.contains(number)).ok_or_else(|| {
            let (least, most) = (ROTATION_DAYS.start(), ROTATION_DAYS.end());
            let given = printable(&days.to_string());
            self.must(entry, &format!("be a number of days that KMS accepts, from {least} to {most}, not `{given}`"))
        })
    }

    fn duration(&self, entry: &Entry<'_>) -> Result<u64, SettingsError> {
        let text = self.string(entry, "\"5m\"")?;
        parse_duration(text).map_err(|error| match error {
            DurationError::Malformed(text) => {
                self.must(entry, &format!("be a duration such as `30s`, `5m`, `1h` or `0`, not `{text}`"))
            }
            DurationError::TooLong(text) => {
                let problem = format!("the duration `{text}` of `{}` is too long", entry.path);
                self.error(entry.value_offset, &entry.path, problem, None)
            }
        })
    }

    fn date(&self, entry: &Entry<'_>) -> Result<String, SettingsError> {
        match entry.value {
            DeValue::Datetime(Datetime { date: Some(date), time: None, offset: None }) => Ok(date.to_string()),
            _ => Err(self.must(entry, "be a date without quotes, for example `until = 2027-03-31`")),
        }
    }

    fn ids(&self, entry: &Entry<'_>, kind: &IdKind) -> Result<Vec<String>, SettingsError> {
        let Entry { path, key, .. } = entry;
        let IdKind { name, example, .. } = kind;
        let expected = format!("be a list of {name}s in quotes, for example `{key} = [\"{example}\"]`");
        let DeValue::Array(items) = entry.value else {
            return Err(self.must(entry, &expected));
        };
        let id = |item: &Spanned<DeValue<'_>>| match item.get_ref().as_str() {
            Some(id) if (kind.is_valid)(id) => Ok(id.to_owned()),
            Some(id) => {
                let problem = format!("`{}` in `{path}` is not an {name}", printable(id));
                Err(self.error(item.span().start, path, problem, Some(format!("write {}", kind.form))))
            }
            None => Err(self.error(item.span().start, path, format!("`{path}` must {expected}"), None)),
        };
        items.iter().map(id).collect()
    }

    fn known_rule(&self, id: &str, path: &str, offset: usize, place: &str) -> Result<(), SettingsError> {
        if self.rule_ids.contains(&id) {
            return Ok(());
        }
        let problem = format!("unknown rule `{}` in {place}", printable(id));
        Err(self.error(offset, path, problem, Some(suggested_rules(id, self.rule_ids))))
    }
}

/// The errors.
impl Parser<'_> {
    /// A value that its key does not accept.
    fn must(&self, entry: &Entry<'_>, expected: &str) -> SettingsError {
        self.error(entry.value_offset, &entry.path, format!("`{}` must {expected}", entry.path), None)
    }

    fn unknown_key(&self, entry: &Entry<'_>, place: &str, known: &KnownKeys) -> SettingsError {
        let synonym = known.synonyms.iter().find(|(synonym, _)| *synonym == entry.key).map(|(_, key)| *key);
        let help = match synonym.or_else(|| nearest(entry.key, known.names)) {
            Some(key) => format!("did you mean `{key}`?"),
            None => {
                let names: Vec<String> = known.names.iter().map(|name| format!("`{name}`")).collect();
                format!("expected {}", alternatives(&names))
            }
        };
        let problem = format!("unknown key `{}` {place}", printable(entry.key));
        self.error(entry.key_offset, &entry.path, problem, Some(help))
    }

    /// The message of the TOML parser in one line. It may repeat parts of the text.
    fn invalid_toml(&self, error: &toml::de::Error) -> SettingsError {
        let (line, column) = self.position(error.span().map_or_else(|| self.longest_path(), |span| span.start));
        let message = text::cut(&text::plain(&error.message().replace('\n', " ")), MAX_TOML_MESSAGE);
        SettingsError { line, column, key: None, problem: format!("invalid TOML: {message}"), help: None }
    }

    /// Where the line with the most dots starts. The TOML parser gives the place of every error except
    /// that of a key with too many parts.
    fn longest_path(&self) -> usize {
        let lines = self.source.match_indices('\n').map(|(line_break, _)| line_break + 1);
        let dots = |start: &usize| {
            let line = self.source.get(*start..).and_then(|rest| rest.lines().next());
            line.map_or(0, |line| line.matches('.').count())
        };
        std::iter::once(0).chain(lines).max_by_key(dots).unwrap_or_default()
    }

    fn error(&self, offset: usize, path: &str, problem: String, help: Option<String>) -> SettingsError {
        let (line, column) = self.position(offset);
        SettingsError { line, column, key: Some(path.to_owned()), problem, help }
    }

    /// The line and the column of a byte offset. The end of a text that ends with a line break is the
    /// end of its last line, because no editor shows a line after it.
    fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.source.get(..self.source.floor_char_boundary(offset)).unwrap_or_default();
        let before = match before.strip_suffix('\n') {
            Some(last_line) if before.len() == self.source.len() => last_line,
            _ => before,
        };
        let line_start = before.rfind('\n').map_or(0, |line_break| line_break + 1);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.get(line_start..).unwrap_or_default().chars().count();
        (line, column)
    }
}

/// Which rules may be meant by an id that does not exist, and where to find all rules.
fn suggested_rules(id: &str, rule_ids: &[&str]) -> String {
    if let Some(rule) = nearest(id, rule_ids) {
        return format!("did you mean `{rule}`?");
    }
    let prefixed = rule_ids.iter().filter(|rule| !id.is_empty() && rule.starts_with(id));
    let prefixed: Vec<String> = prefixed.map(|rule| format!("`{rule}`")).collect();
    let listed = prefixed.get(..MAX_LISTED_RULES).unwrap_or(&prefixed);
    match (prefixed.len(), prefixed.len().saturating_sub(listed.len())) {
        (0, _) => "`sealwatch rules` lists all rules".to_owned(),
        (1, _) => format!("did you mean {}?", listed.concat()),
        (_, 0) => format!("rules that begin with it: {}", listed.join(", ")),
        (_, more) => {
            format!("rules that begin with it: {} and {more} more, see `sealwatch rules`", listed.join(", "))
        }
    }
}

/// The most similar of the known words; `None` if the word is like none of them.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let length = word.chars().count();
    // the distance is at least the difference of the lengths, and slow to compute for long words
    let similar = known.iter().filter(|known| known.chars().count().abs_diff(length) <= MAX_DISTANCE);
    let distances = similar.map(|known| (strsim::levenshtein(word, known), *known));
    let near = distances.filter(|(distance, _)| *distance <= MAX_DISTANCE && *distance < length);
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// `a, b or c`
fn alternatives(words: &[String]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// Text from the settings that is safe to print, and short.
fn printable(value: &str) -> String {
    text::cut(&text::plain(value), MAX_VALUE)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;

    const RULE_IDS: &[&str] = &[
        "kinesis-stream-unencrypted",
        "kinesis-stream-unusable-key",
        "kinesis-stream-without-customer-key",
        "kms-key-disabled",
        "msk-cluster-serverless-key",
        "msk-connector-without-logs",
    ];

    const VALID: &str = r#"# the settings of a test
[keys]
required = "cloudhsm"
rotation_days = 180
trusted_accounts = ["444455556666"]
trusted_organizations = ["o-a1b2c3d4e5"]
settle = "90s"

[notify]
format = "ocsf"
chat = true
unverified = false

[rules.msk-cluster-serverless-key]
severity = "low"

[rules.msk-connector-without-logs]
enabled = false

[[exceptions]]
rule = "kinesis-stream-without-customer-key"
resource = "arn:aws:kinesis:*:*:stream/dev-*"
until = 2027-03-31
reason = "no customer data in there"

[[exceptions]]
rule = "kms-key-disabled"
resource = "*"
reason = "unused"
"#;

    fn parse(source: &str) -> Result<Settings, SettingsError> {
        Settings::parse(source, RULE_IDS)
    }

    fn message(source: &str) -> String {
        parse(source).unwrap_err().to_string()
    }

    /// One message per line, each for one line in a table that starts on line 3.
    fn messages(header: &str, lines: &[&str]) -> String {
        lines.iter().fold(String::new(), |mut all, line| {
            writeln!(all, "{line}\n  {}", message(&format!("# comment\n\n{header}\n{line}\n"))).unwrap();
            all
        })
    }

    #[test]
    fn every_key_can_be_set() {
        let settings = parse(VALID).unwrap();
        let Keys { required, rotation_days, trusted_accounts, trusted_organizations, settle } = settings.keys;
        assert_eq!((required, rotation_days, settle), (Protection::Cloudhsm, 180, 90));
        assert_eq!(
            (trusted_accounts, trusted_organizations),
            (vec!["444455556666".into()], vec!["o-a1b2c3d4e5".into()])
        );
        assert_eq!(settings.notify.format, MessageFormat::Ocsf);
        assert_eq!((settings.notify.chat, settings.notify.unverified), (true, false));
        assert_eq!(settings.rules["msk-cluster-serverless-key"].severity, Some(Severity::Low));
        assert!(settings.rules["msk-cluster-serverless-key"].enabled);
        assert!(!settings.rules["msk-connector-without-logs"].enabled);
        let [first, second] = settings.exceptions.as_slice() else { panic!("two exceptions") };
        assert_eq!(first.rule, "kinesis-stream-without-customer-key");
        assert_eq!(first.resource, "arn:aws:kinesis:*:*:stream/dev-*");
        assert_eq!(first.until.as_deref(), Some("2027-03-31"));
        assert_eq!(first.reason, "no customer data in there");
        assert_eq!(second.until, None);
    }

    #[test]
    fn every_key_has_a_default() {
        let settings = format!("{:?}", Settings::default());
        for source in ["", "\n", "[keys]\n[notify]\n[rules]", "exceptions = []"] {
            assert_eq!(format!("{:?}", parse(source).unwrap()), settings, "{source}");
        }
    }

    #[test]
    fn every_accepted_value_is_accepted() {
        for line in [
            "keys.required = 'aws-managed'",
            "keys = { required = 'customer-managed', settle = '0' }",
            "keys.rotation_days = 90",
            "keys.rotation_days = +2_560",
            "keys.rotation_days = 0xb4",
            "notify.format = 'sealwatch'",
            "rules.kms-key-disabled = {}",
            "rules.kms-key-disabled.severity = 'critical'",
            "exceptions = [{ rule = 'kms-key-disabled', resource = '', reason = 'x' }]",
        ] {
            assert!(parse(line).is_ok(), "{line}: {}", message(line));
        }
    }

    #[test]
    fn the_keys_for_suggestions_are_the_keys_that_are_read() {
        let tables = [
            ("", &TOP_LEVEL),
            ("[keys]\n", &KEYS),
            ("[notify]\n", &NOTIFY),
            ("[rules.kms-key-disabled]\n", &RULE),
            ("[[exceptions]]\n", &EXCEPTION),
        ];
        for (header, known) in tables {
            for name in known.names {
                // no key accepts a point in time
                let error = parse(&format!("{header}{name} = 2027-03-31T00:00:00Z")).unwrap_err();
                assert!(error.problem.contains(" must "), "{error}");
            }
            for (synonym, name) in known.synonyms {
                let error = parse(&format!("{header}{synonym} = 1")).unwrap_err();
                assert_eq!(error.help, Some(format!("did you mean `{name}`?")));
                assert!(known.names.contains(name));
            }
        }
    }

    #[test]
    fn unknown_keys() {
        insta::assert_snapshot!(messages("[keys]", &["requird = 'cloudhsm'", "  settel = '5m'", "zzzzzzzzzzzz = 1", "ab = 1"]), @"");
        insta::assert_snapshot!(messages("[notify]", &["formt = 'ocsf'", "email = true"]), @"");
        insta::assert_snapshot!(messages("[rules.kms-key-disabled]", &["enable = false", "level = 'low'"]), @"");
        insta::assert_snapshot!(messages("[[exceptions]]", &["expires = 2027-03-31", "why = 'x'", "arn = '*'", "resorce = '*'", "ticket = 1"]), @"");
        insta::assert_snapshot!(messages("", &["[kyes]", "[zzzzzzzzzzzz]", "[\"\"]", "requird = 1"]), @"");
    }

    #[test]
    fn unknown_rules() {
        insta::assert_snapshot!(messages("", &["[rules.kinesis-stream-unencripted]", "[rules.kinesis]", "rules.nope.enabled = false"]), @"");
        let rules = ["kms-key-disable", "kinesis", "kinesis-stream-w", "nope", "*", ""];
        let rules = rules.map(|id| format!("rule = '{id}'"));
        insta::assert_snapshot!(messages("[[exceptions]]", &rules.each_ref().map(String::as_str)), @"");
        let many: Vec<String> = (10..30).map(|number| format!("rule-{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        insta::assert_snapshot!(unknown_rule("rule-", &many[..12]), @"");
        insta::assert_snapshot!(unknown_rule("ru", &many), @"");
    }

    #[test]
    fn values_of_keys() {
        insta::assert_snapshot!(messages("[keys]", &[
            "required = 'aws-owned'", "required = 'hsm'", "required = true",
            "rotation_days = 30", "rotation_days = 2561", "rotation_days = -1", "rotation_days = 99999999999999999999999999999999999999999",
            "rotation_days = '365'", "rotation_days = 365.0",
            "settle = '5 minutes'", "settle = ''", "settle = 300", "settle = '99999999999999999999d'", "settle = '999999999999999999d'",
        ]), @"");
        insta::assert_snapshot!(messages("[keys]", &[
            "trusted_accounts = ['1111']", "trusted_accounts = '111122223333'", "trusted_accounts = [111122223333]",
            "trusted_organizations = ['o-a1b2c3d4e5', 'acme']", "trusted_organizations = 'o-a1b2c3d4e5'", "trusted_organizations = [[]]",
        ]), @"");
    }

    #[test]
    fn values_of_other_tables() {
        insta::assert_snapshot!(messages("[notify]", &["format = 'asff'", "format = 1", "chat = 'yes'", "unverified = 0"]), @"");
        insta::assert_snapshot!(messages("[rules.kms-key-disabled]", &["enabled = 'no'", "severity = 'HIGH'", "severity = 3"]), @"");
        insta::assert_snapshot!(messages("[[exceptions]]", &[
            "rule = 1", "resource = ['*']", "until = '2027-03-31'", "until = 2027-03-31T00:00:00Z", "until = 2027", "reason = ' '", "reason = true",
        ]), @"");
        insta::assert_snapshot!(messages("", &[
            "keys = 1", "[[keys]]", "notify = true", "rules = []", "rules.kms-key-disabled = false", "[exceptions]", "exceptions = ['kms-key-disabled']",
        ]), @"");
    }

    #[test]
    fn missing_keys() {
        let complete = "[[exceptions]]\nrule = 'kms-key-disabled'\nresource = '*'\nreason = 'x'\n";
        insta::assert_snapshot!(message(&format!("# reason\n\n{complete}\n\n\n[[exceptions]]\nrule = 'kms-key-disabled'\nresource = '*'")), @"");
        insta::assert_snapshot!(message("[[exceptions]]\nrule = 'kms-key-disabled'\nreason = 'x'"), @"");
        insta::assert_snapshot!(message("[[exceptions]]"), @"");
        insta::assert_snapshot!(message("exceptions = [\n  { rule = 'kms-key-disabled', resource = '*', reason = 'x' },\n  { rule = 'kms-key-disabled' },\n]"), @"");
    }

    #[test]
    fn a_value_that_a_comment_repeats_is_reported_where_it_stands() {
        insta::assert_snapshot!(message("# 1111 is not trusted, required, rotation_days\n[keys]\n\ntrusted_accounts = ['1111']"), @"");
        insta::assert_snapshot!(message("# required = 'aws-owned'\n[keys]\n\nrequired = 'aws-owned'"), @"");
        insta::assert_snapshot!(message("# rotation_days = 30\n[keys]\n\nrotation_days = 30"), @"");
        insta::assert_snapshot!(message("[keys]\ntrusted_accounts = [\n  '111122223333', # 1111\n  '1111',\n]"), @"");
    }

    #[test]
    fn the_first_mistake_is_reported() {
        insta::assert_snapshot!(message("[notify]\nformt = 1\n[keys]\nrequird = 1"), @"");
    }

    #[test]
    fn invalid_toml() {
        for source in [
            "keys = [",
            "keys = [\n\n",
            "not toml",
            "[keys]\r\nsettle = \"5m\r\n",
            "[keys]\n[keys]",
            "[keys]\nsettle = '1s'\nsettle = '2s'",
        ] {
            assert!(parse(source).unwrap_err().key.is_none(), "{source}");
        }
        insta::assert_snapshot!(messages("", &[
            "keys = [", "not toml", "[keys", "settle = \"5m", "a = 'b' c", "keys.required = cloudhsm", "keys = {}\n[keys]", "a = 1\na.b = 1", "a = \u{1}\u{202e}",
        ]), @"");
        insta::assert_snapshot!(message("keys = [\n\n"), @"");
        insta::assert_snapshot!(message(&format!("# 1.2\n[keys]\n{}a = 1\n", "a.".repeat(100))), @"");
        insta::assert_snapshot!(message(&format!("keys = {}", "[".repeat(100))), @"");
    }

    #[test]
    fn columns_count_characters() {
        let error = parse("[[exceptions]]\nreason = 'é', x = 1").unwrap_err();
        assert_eq!((error.line, error.column), (2, 13));
        let error = parse("exceptions = [{ reason = 'é', x = 1 }]").unwrap_err();
        assert_eq!((error.line, error.column, error.key.as_deref()), (1, 31, Some("exceptions.x")));
    }

    #[test]
    fn hostile_text_is_shortened_and_made_visible() {
        insta::assert_snapshot!(message(&format!("\"\\u001b[2J\\n\\u202e{}\" = 1", "x".repeat(1000))), @"");
        insta::assert_snapshot!(message(&format!("[keys]\nrequired = \"\\u202e\\n{}\"", "x".repeat(1000))), @"");
    }

    #[test]
    fn durations_have_a_unit_unless_they_are_zero() {
        for (text, seconds) in [("0", 0), ("0s", 0), ("30s", 30), ("5m", 300), ("1h", 3600), ("7d", 604_800)] {
            assert_eq!(parse_duration(text), Ok(seconds), "{text}");
        }
        for text in ["", "5", "00", "m", "5 m", "5ms", "-5m", "5.5m", "٥m", "99999999999999999999x"] {
            assert_eq!(parse_duration(text), Err(DurationError::Malformed(text.to_owned())));
        }
        for text in ["99999999999999999999d", "99999999999999999999s", "999999999999999999d"] {
            assert_eq!(parse_duration(text), Err(DurationError::TooLong(text.to_owned())));
        }
        insta::assert_snapshot!(parse_duration("soon\u{1b}").unwrap_err(), @"");
        insta::assert_snapshot!(parse_duration("99999999999999999999d").unwrap_err(), @"");
    }

    /// Checks what holds for every text: the parser does not panic, and an error is short, printable
    /// and points into the text.
    fn check(source: &str) -> Result<(), TestCaseError> {
        let Err(error) = parse(source) else { return Ok(()) };
        let line = if error.line == 1 { source.split('\n').next() } else { source.lines().nth(error.line - 1) };
        let Some(line) = line else { return Err(TestCaseError::fail(format!("no such line: {error}"))) };
        prop_assert!((1..=line.chars().count() + 1).contains(&error.column), "{}", error);
        let message = error.to_string();
        prop_assert_eq!(&text::plain(&message), &message);
        prop_assert!(message.chars().count() < 800, "{}", message);
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text(source in any::<String>()) {
            check(&source)?;
        }

        #[test]
        fn any_text_that_looks_like_toml(source in r#"([\[\]{}=.,#'"\\\n\r \u{202e}é0-9]|keys|rules|exceptions|required|settle){0,40}"#) {
            check(&source)?;
        }

        #[test]
        fn mutated_settings(start in 0..VALID.len(), length in 0..40_usize, insert in r#"[\[\]{}=.,#'"\\\n\r \u{202e}éa-z0-9]{0,4}"#) {
            let end = (start + length).min(VALID.len());
            let source = format!("{}{insert}{}", &VALID[..start], &VALID[end..]);
            check(&source)?;
        }
    }
}
