//! Parses the settings, and reports each mistake with its line, its column and how to correct it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};
use toml::value::Datetime;

use crate::aws::account::{is_account, is_organization};
use crate::configuration::key::Protection;
use crate::settings::duration::{DurationError, parse_duration};
use crate::settings::model::{Exception, Keys, MessageFormat, Notify, RuleSettings, Settings};
use crate::settings::printable::printable;
use crate::settings::suggest::{nearest, suggested_rules};
use crate::util::severity::Severity;
use crate::util::text;

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

/// How many characters of a message of the TOML parser an error repeats.
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
            _ => Err(self.must(entry, &format!("give a reason, for example `reason = {REASON_EXAMPLE}`"))),
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
        let Some(text) = entry.value.as_str() else {
            return Err(self.must(entry, "be a duration in quotes, for example `settle = \"5m\"`"));
        };
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
        let line_before = before.get(line_start..).unwrap_or_default().trim_end_matches('\r');
        let column = 1 + line_before.chars().count();
        (line, column)
    }
}

/// `a, b or c`
fn alternatives(words: &[String]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
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
            writeln!(all, "{}\n  {}", text::plain_lines(line), message(&format!("# comment\n\n{header}\n{line}\n")))
                .unwrap();
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
        insta::assert_snapshot!(messages("[keys]", &["requird = 'cloudhsm'", "  settel = '5m'", "zzzzzzzzzzzz = 1", "ab = 1"]), @"
        requird = 'cloudhsm'
          line 4, column 1: unknown key `requird` in [keys]; did you mean `required`?
          settel = '5m'
          line 4, column 3: unknown key `settel` in [keys]; did you mean `settle`?
        zzzzzzzzzzzz = 1
          line 4, column 1: unknown key `zzzzzzzzzzzz` in [keys]; expected `required`, `rotation_days`, `trusted_accounts`, `trusted_organizations` or `settle`
        ab = 1
          line 4, column 1: unknown key `ab` in [keys]; expected `required`, `rotation_days`, `trusted_accounts`, `trusted_organizations` or `settle`
        ");
        insta::assert_snapshot!(messages("[notify]", &["formt = 'ocsf'", "email = true"]), @"
        formt = 'ocsf'
          line 4, column 1: unknown key `formt` in [notify]; did you mean `format`?
        email = true
          line 4, column 1: unknown key `email` in [notify]; expected `format`, `chat` or `unverified`
        ");
        insta::assert_snapshot!(messages("[rules.kms-key-disabled]", &["enable = false", "level = 'low'"]), @"
        enable = false
          line 4, column 1: unknown key `enable` in [rules.kms-key-disabled]; did you mean `enabled`?
        level = 'low'
          line 4, column 1: unknown key `level` in [rules.kms-key-disabled]; expected `enabled` or `severity`
        ");
        insta::assert_snapshot!(messages("[[exceptions]]", &["expires = 2027-03-31", "why = 'x'", "arn = '*'", "resorce = '*'", "ticket = 1"]), @"
        expires = 2027-03-31
          line 4, column 1: unknown key `expires` in [[exceptions]]; did you mean `until`?
        why = 'x'
          line 4, column 1: unknown key `why` in [[exceptions]]; did you mean `reason`?
        arn = '*'
          line 4, column 1: unknown key `arn` in [[exceptions]]; did you mean `resource`?
        resorce = '*'
          line 4, column 1: unknown key `resorce` in [[exceptions]]; did you mean `resource`?
        ticket = 1
          line 4, column 1: unknown key `ticket` in [[exceptions]]; expected `rule`, `resource`, `until` or `reason`
        ");
        insta::assert_snapshot!(messages("", &["[kyes]", "[zzzzzzzzzzzz]", "[\"\"]", "requird = 1"]), @r#"
        [kyes]
          line 4, column 2: unknown key `kyes` at the top level; did you mean `keys`?
        [zzzzzzzzzzzz]
          line 4, column 2: unknown key `zzzzzzzzzzzz` at the top level; expected `keys`, `notify`, `rules` or `exceptions`
        [""]
          line 4, column 2: unknown key `` at the top level; expected `keys`, `notify`, `rules` or `exceptions`
        requird = 1
          line 4, column 1: unknown key `requird` at the top level; expected `keys`, `notify`, `rules` or `exceptions`
        "#);
    }

    #[test]
    fn unknown_rules() {
        insta::assert_snapshot!(messages("", &["[rules.kinesis-stream-unencripted]", "[rules.kinesis]", "rules.nope.enabled = false"]), @"
        [rules.kinesis-stream-unencripted]
          line 4, column 8: unknown rule `kinesis-stream-unencripted` in [rules]; did you mean `kinesis-stream-unencrypted`?
        [rules.kinesis]
          line 4, column 8: unknown rule `kinesis` in [rules]; rules that begin with it: `kinesis-stream-unencrypted`, `kinesis-stream-unusable-key`, `kinesis-stream-without-customer-key`
        rules.nope.enabled = false
          line 4, column 7: unknown rule `nope` in [rules]; `sealwatch rules` lists all rules
        ");
        let rules = ["kms-key-disable", "kinesis", "kinesis-stream-w", "nope", "*", ""];
        let rules = rules.map(|id| format!("rule = '{id}'"));
        insta::assert_snapshot!(messages("[[exceptions]]", &rules.each_ref().map(String::as_str)), @"
        rule = 'kms-key-disable'
          line 4, column 8: unknown rule `kms-key-disable` in [[exceptions]]; did you mean `kms-key-disabled`?
        rule = 'kinesis'
          line 4, column 8: unknown rule `kinesis` in [[exceptions]]; rules that begin with it: `kinesis-stream-unencrypted`, `kinesis-stream-unusable-key`, `kinesis-stream-without-customer-key`
        rule = 'kinesis-stream-w'
          line 4, column 8: unknown rule `kinesis-stream-w` in [[exceptions]]; did you mean `kinesis-stream-without-customer-key`?
        rule = 'nope'
          line 4, column 8: unknown rule `nope` in [[exceptions]]; `sealwatch rules` lists all rules
        rule = '*'
          line 4, column 8: unknown rule `*` in [[exceptions]]; `sealwatch rules` lists all rules
        rule = ''
          line 4, column 8: unknown rule `` in [[exceptions]]; `sealwatch rules` lists all rules
        ");
    }

    #[test]
    fn values_of_keys() {
        insta::assert_snapshot!(messages("[keys]", &[
            "required = 'aws-owned'", "required = 'hsm'", "required = true",
            "rotation_days = 30", "rotation_days = 2561", "rotation_days = -1", "rotation_days = 99999999999999999999999999999999999999999",
            "rotation_days = '365'", "rotation_days = 365.0",
            "settle = '5 minutes'", "settle = ''", "settle = 300", "settle = '99999999999999999999d'", "settle = '999999999999999999d'",
        ]), @r#"
        required = 'aws-owned'
          line 4, column 12: `keys.required` must be "aws-managed", "customer-managed" or "cloudhsm", not `aws-owned`
        required = 'hsm'
          line 4, column 12: `keys.required` must be "aws-managed", "customer-managed" or "cloudhsm", not `hsm`
        required = true
          line 4, column 12: `keys.required` must be "aws-managed", "customer-managed" or "cloudhsm"
        rotation_days = 30
          line 4, column 17: `keys.rotation_days` must be a number of days that KMS accepts, from 90 to 2560, not `30`
        rotation_days = 2561
          line 4, column 17: `keys.rotation_days` must be a number of days that KMS accepts, from 90 to 2560, not `2561`
        rotation_days = -1
          line 4, column 17: `keys.rotation_days` must be a number of days that KMS accepts, from 90 to 2560, not `-1`
        rotation_days = 99999999999999999999999999999999999999999
          line 4, column 17: `keys.rotation_days` must be a number of days that KMS accepts, from 90 to 2560, not `99999999999999999999999999999999999999999`
        rotation_days = '365'
          line 4, column 17: `keys.rotation_days` must be a whole number of days, for example `rotation_days = 365`
        rotation_days = 365.0
          line 4, column 17: `keys.rotation_days` must be a whole number of days, for example `rotation_days = 365`
        settle = '5 minutes'
          line 4, column 10: `keys.settle` must be a duration such as `30s`, `5m`, `1h` or `0`, not `5 minutes`
        settle = ''
          line 4, column 10: `keys.settle` must be a duration such as `30s`, `5m`, `1h` or `0`, not ``
        settle = 300
          line 4, column 10: `keys.settle` must be a duration in quotes, for example `settle = "5m"`
        settle = '99999999999999999999d'
          line 4, column 10: the duration `99999999999999999999d` of `keys.settle` is too long
        settle = '999999999999999999d'
          line 4, column 10: the duration `999999999999999999d` of `keys.settle` is too long
        "#);
        insta::assert_snapshot!(messages("[keys]", &[
            "trusted_accounts = ['1111']", "trusted_accounts = '111122223333'", "trusted_accounts = [111122223333]",
            "trusted_organizations = ['o-a1b2c3d4e5', 'acme']", "trusted_organizations = 'o-a1b2c3d4e5'", "trusted_organizations = [[]]",
        ]), @r#"
        trusted_accounts = ['1111']
          line 4, column 21: `1111` in `keys.trusted_accounts` is not an account id; write twelve digits
        trusted_accounts = '111122223333'
          line 4, column 20: `keys.trusted_accounts` must be a list of account ids in quotes, for example `trusted_accounts = ["111122223333"]`
        trusted_accounts = [111122223333]
          line 4, column 21: `keys.trusted_accounts` must be a list of account ids in quotes, for example `trusted_accounts = ["111122223333"]`
        trusted_organizations = ['o-a1b2c3d4e5', 'acme']
          line 4, column 42: `acme` in `keys.trusted_organizations` is not an organization id; write `o-` and 10 to 32 lower-case letters or digits
        trusted_organizations = 'o-a1b2c3d4e5'
          line 4, column 25: `keys.trusted_organizations` must be a list of organization ids in quotes, for example `trusted_organizations = ["o-a1b2c3d4e5"]`
        trusted_organizations = [[]]
          line 4, column 26: `keys.trusted_organizations` must be a list of organization ids in quotes, for example `trusted_organizations = ["o-a1b2c3d4e5"]`
        "#);
    }

    #[test]
    fn values_of_other_tables() {
        insta::assert_snapshot!(messages("[notify]", &["format = 'asff'", "format = 1", "chat = 'yes'", "unverified = 0"]), @r#"
        format = 'asff'
          line 4, column 10: `notify.format` must be "sealwatch" or "ocsf", not `asff`
        format = 1
          line 4, column 10: `notify.format` must be "sealwatch" or "ocsf"
        chat = 'yes'
          line 4, column 8: `notify.chat` must be `true` or `false` without quotes, for example `chat = true`
        unverified = 0
          line 4, column 14: `notify.unverified` must be `true` or `false` without quotes, for example `unverified = true`
        "#);
        insta::assert_snapshot!(messages("[rules.kms-key-disabled]", &["enabled = 'no'", "severity = 'HIGH'", "severity = 3"]), @r#"
        enabled = 'no'
          line 4, column 11: `rules.kms-key-disabled.enabled` must be `true` or `false` without quotes, for example `enabled = true`
        severity = 'HIGH'
          line 4, column 12: `rules.kms-key-disabled.severity` must be "low", "medium", "high" or "critical", not `HIGH`
        severity = 3
          line 4, column 12: `rules.kms-key-disabled.severity` must be "low", "medium", "high" or "critical"
        "#);
        insta::assert_snapshot!(messages("[[exceptions]]", &[
            "rule = 1", "resource = ['*']", "until = '2027-03-31'", "until = 2027-03-31T00:00:00Z", "until = 2027", "reason = ' '", "reason = true",
        ]), @r#"
        rule = 1
          line 4, column 8: `exceptions.rule` must be text in quotes, for example `rule = "kinesis-stream-unencrypted"`
        resource = ['*']
          line 4, column 12: `exceptions.resource` must be text in quotes, for example `resource = "arn:aws:kinesis:*:*:stream/dev-*"`
        until = '2027-03-31'
          line 4, column 9: `exceptions.until` must be a date without quotes, for example `until = 2027-03-31`
        until = 2027-03-31T00:00:00Z
          line 4, column 9: `exceptions.until` must be a date without quotes, for example `until = 2027-03-31`
        until = 2027
          line 4, column 9: `exceptions.until` must be a date without quotes, for example `until = 2027-03-31`
        reason = ' '
          line 4, column 10: `exceptions.reason` must give a reason, for example `reason = "sandbox data only"`
        reason = true
          line 4, column 10: `exceptions.reason` must be text in quotes, for example `reason = "sandbox data only"`
        "#);
        insta::assert_snapshot!(messages("", &[
            "keys = 1", "[[keys]]", "notify = true", "rules = []", "rules.kms-key-disabled = false", "[exceptions]", "exceptions = ['kms-key-disabled']",
        ]), @"
        keys = 1
          line 4, column 8: `keys` must be a table, for example `[keys]` on a line of its own
        [[keys]]
          line 4, column 1: `keys` must be a table, for example `[keys]` on a line of its own
        notify = true
          line 4, column 10: `notify` must be a table, for example `[notify]` on a line of its own
        rules = []
          line 4, column 9: `rules` must be a table, for example `[rules.kinesis-stream-unencrypted]` on a line of its own
        rules.kms-key-disabled = false
          line 4, column 26: `rules.kms-key-disabled` must be a table, for example `[rules.kms-key-disabled]` on a line of its own
        [exceptions]
          line 4, column 1: `exceptions` must be a list of tables, for example `[[exceptions]]` on a line of its own
        exceptions = ['kms-key-disabled']
          line 4, column 15: each item of `exceptions` must be a table, for example `[[exceptions]]` on a line of its own
        ");
    }

    #[test]
    fn missing_keys() {
        let complete = "[[exceptions]]\nrule = 'kms-key-disabled'\nresource = '*'\nreason = 'x'\n";
        insta::assert_snapshot!(message(&format!("# reason\n\n{complete}\n\n\n[[exceptions]]\nrule = 'kms-key-disabled'\nresource = '*'")), @r#"line 10, column 1: missing key `reason` in [[exceptions]]; write for example `reason = "sandbox data only"`"#);
        insta::assert_snapshot!(message("[[exceptions]]\nrule = 'kms-key-disabled'\nreason = 'x'"), @r#"line 1, column 1: missing key `resource` in [[exceptions]]; write for example `resource = "arn:aws:kinesis:*:*:stream/dev-*"`"#);
        insta::assert_snapshot!(message("[[exceptions]]"), @r#"line 1, column 1: missing key `rule` in [[exceptions]]; write for example `rule = "kinesis-stream-unencrypted"`"#);
        insta::assert_snapshot!(message("exceptions = [\n  { rule = 'kms-key-disabled', resource = '*', reason = 'x' },\n  { rule = 'kms-key-disabled' },\n]"), @r#"line 3, column 3: missing key `resource` in [[exceptions]]; write for example `resource = "arn:aws:kinesis:*:*:stream/dev-*"`"#);
    }

    #[test]
    fn a_value_that_a_comment_repeats_is_reported_where_it_stands() {
        insta::assert_snapshot!(message("# 1111 is not trusted, required, rotation_days\n[keys]\n\ntrusted_accounts = ['1111']"), @"line 4, column 21: `1111` in `keys.trusted_accounts` is not an account id; write twelve digits");
        insta::assert_snapshot!(message("# required = 'aws-owned'\n[keys]\n\nrequired = 'aws-owned'"), @r#"line 4, column 12: `keys.required` must be "aws-managed", "customer-managed" or "cloudhsm", not `aws-owned`"#);
        insta::assert_snapshot!(message("# rotation_days = 30\n[keys]\n\nrotation_days = 30"), @"line 4, column 17: `keys.rotation_days` must be a number of days that KMS accepts, from 90 to 2560, not `30`");
        insta::assert_snapshot!(message("[keys]\ntrusted_accounts = [\n  '111122223333', # 1111\n  '1111',\n]"), @"line 4, column 3: `1111` in `keys.trusted_accounts` is not an account id; write twelve digits");
    }

    #[test]
    fn the_first_mistake_is_reported() {
        insta::assert_snapshot!(message("[notify]\nformt = 1\n[keys]\nrequird = 1"), @"line 2, column 1: unknown key `formt` in [notify]; did you mean `format`?");
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
        ]), @r#"
        keys = [
          line 4, column 9: invalid TOML: unclosed array, expected `]`
        not toml
          line 4, column 5: invalid TOML: key with no value, expected `=`
        [keys
          line 4, column 6: invalid TOML: unclosed table, expected `]`
        settle = "5m
          line 4, column 13: invalid TOML: invalid basic string, expected `"`
        a = 'b' c
          line 4, column 9: invalid TOML: unexpected key or value, expected newline, `#`
        keys.required = cloudhsm
          line 4, column 17: invalid TOML: string values must be quoted, expected literal string
        keys = {}
        [keys]
          line 5, column 2: invalid TOML: duplicate key
        a = 1
        a.b = 1
          line 5, column 1: invalid TOML: cannot extend value of type integer with a dotted key
        a = ��
          line 4, column 5: invalid TOML: string values must be quoted, expected literal string
        "#);
        insta::assert_snapshot!(message("keys = [\n\n"), @"line 1, column 9: invalid TOML: unclosed array, expected `]`");
        insta::assert_snapshot!(message(&format!("# 1.2\n[keys]\n{}a = 1\n", "a.".repeat(100))), @"line 3, column 1: invalid TOML: recursion limit");
        insta::assert_snapshot!(message(&format!("keys = {}", "[".repeat(100))), @"line 1, column 88: invalid TOML: cannot recurse further; max recursion depth met");
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
        insta::assert_snapshot!(message(&format!("\"\\u001b[2J\\n\\u202e{}\" = 1", "x".repeat(1000))), @"line 1, column 1: unknown key `�[2J��xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…` at the top level; expected `keys`, `notify`, `rules` or `exceptions`");
        insta::assert_snapshot!(message(&format!("[keys]\nrequired = \"\\u202e\\n{}\"", "x".repeat(1000))), @r#"line 2, column 12: `keys.required` must be "aws-managed", "customer-managed" or "cloudhsm", not `��xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`"#);
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
            let source = format!("{}{insert}{}", VALID.split_at(start).0, VALID.split_at(end).1);
            check(&source)?;
        }
    }
}
