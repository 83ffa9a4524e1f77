//! Parses the settings, and reports each mistake with its line, its column and how to correct it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};
use toml::value::Datetime;

use crate::aws::account::{is_account, is_organization, is_resource_id, is_unit_path};
use crate::configuration::key::Protection;
use crate::language::Language;
use crate::settings::duration::{DurationError, parse_duration};
use crate::settings::model::{Exception, Keys, Ledger, MessageFormat, Notify, RuleSettings, Settings};
use crate::settings::printable::printable;
use crate::settings::suggest::{nearest, suggested_rules};
use crate::util::address::AddressRange;
use crate::util::severity::Severity;
use crate::util::text;

/// An example of a duration, for error messages.
fn example(key: &str) -> &'static str {
    match key {
        "remind" => "7d",
        "keep_resolved" => "400d",
        _ => "5m",
    }
}

/// The keys of a table, for suggestions. The functions of [`Parser`] read the same keys.
struct KnownKeys {
    names: &'static [&'static str],
    /// Names that people try, and the key that each of them means.
    synonyms: &'static [(&'static str, &'static str)],
}

const TOP_LEVEL: KnownKeys =
    KnownKeys { names: &["language", "keys", "notify", "ledger", "rules", "exceptions"], synonyms: &[] };

const KEYS: KnownKeys = KnownKeys {
    names: &[
        "required",
        "rotation_days",
        "trusted_accounts",
        "trusted_organizations",
        "trusted_organizational_units",
        "trusted_vpcs",
        "trusted_vpc_endpoints",
        "trusted_networks",
        "settle",
    ],
    synonyms: &[],
};

const NOTIFY: KnownKeys = KnownKeys {
    names: &["format", "chat", "unverified", "min_severity", "remind"],
    synonyms: &[("severity", "min_severity"), ("reminder", "remind")],
};

const LEDGER: KnownKeys = KnownKeys { names: &["keep_resolved"], synonyms: &[("keep", "keep_resolved")] };

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
                "language" => {
                    settings.language =
                        self.choice(&entry, &Language::ALL.map(|language| (language.code(), language)))?;
                }
                "keys" => settings.keys = self.keys(&entry)?,
                "notify" => settings.notify = self.notify(&entry)?,
                "ledger" => settings.ledger = self.ledger(&entry)?,
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
                "trusted_accounts" => {
                    (keys.trusted_accounts, keys.trusts_organization) = self.accounts(&entry)?;
                }
                "trusted_organizations" => keys.trusted_organizations = self.ids(&entry, &ORGANIZATION_ID)?,
                "trusted_organizational_units" => {
                    keys.trusted_organizational_units = self.ids(&entry, &ORGANIZATIONAL_UNIT)?;
                }
                "trusted_vpcs" => keys.trusted_vpcs = self.ids(&entry, &VPC_ID)?,
                "trusted_vpc_endpoints" => keys.trusted_vpc_endpoints = self.ids(&entry, &VPC_ENDPOINT_ID)?,
                "trusted_networks" => keys.trusted_networks = self.networks(&entry)?,
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
                "min_severity" => notify.min_severity = self.severity(&entry)?,
                "remind" => notify.remind = Some(self.duration(&entry)?).filter(|time| *time > 0),
                _ => return Err(self.unknown_key(&entry, "in [notify]", &NOTIFY)),
            }
        }
        Ok(notify)
    }

    fn ledger(&self, table: &Entry<'_>) -> Result<Ledger, SettingsError> {
        let mut ledger = Ledger::default();
        for entry in self.table(table, "[ledger]")? {
            match entry.key {
                "keep_resolved" => ledger.keep_resolved = self.duration(&entry)?,
                _ => return Err(self.unknown_key(&entry, "in [ledger]", &LEDGER)),
            }
        }
        Ok(ledger)
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
                "severity" => rule.severity = Some(self.severity(&entry)?),
                _ => return Err(self.unknown_key(&entry, &format!("in {header}"), &RULE)),
            }
        }
        Ok(rule)
    }

    fn severity(&self, entry: &Entry<'_>) -> Result<Severity, SettingsError> {
        self.choice(entry, &Severity::ALL.map(|severity| (severity.name(), severity)))
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
    /// With its article.
    name: &'static str,
    plural: &'static str,
    is_valid: fn(&str) -> bool,
    form: &'static str,
    example: &'static str,
}

const ACCOUNT_ID: IdKind = IdKind {
    name: "an account id",
    plural: "account ids",
    is_valid: |id| is_account(id) || id == ORGANIZATION,
    form: "twelve digits, or `organization` for the accounts of yours",
    example: "111122223333",
};

/// In `trusted_accounts`, stands for the accounts of the own organization.
pub const ORGANIZATION: &str = "organization";

const ORGANIZATION_ID: IdKind = IdKind {
    name: "an organization id",
    plural: "organization ids",
    is_valid: is_organization,
    form: "`o-` and 10 to 32 lower-case letters or digits",
    example: "o-a1b2c3d4e5",
};

const ORGANIZATIONAL_UNIT: IdKind = IdKind {
    name: "the path of an organizational unit",
    plural: "paths of organizational units",
    is_valid: is_unit_path,
    form: "the ids of the organization, the root and each unit down to the trusted one, then `/*`: `o-…/r-…/ou-…/*`",
    example: "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*",
};

const VPC_ID: IdKind = IdKind {
    name: "the id of a VPC",
    plural: "ids of VPCs",
    is_valid: |id| is_resource_id(id, "vpc-"),
    form: "`vpc-` and lower-case letters or digits",
    example: "vpc-0a1b2c3d4e5f67890",
};

const VPC_ENDPOINT_ID: IdKind = IdKind {
    name: "the id of a VPC endpoint",
    plural: "ids of VPC endpoints",
    is_valid: |id| is_resource_id(id, "vpce-"),
    form: "`vpce-` and lower-case letters or digits",
    example: "vpce-0a1b2c3d4e5f67890",
};

const NETWORK_EXAMPLE: &str = "198.51.100.0/24";

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
            let problem = format!("be a duration in quotes, for example `{} = \"{}\"`", entry.key, example(entry.key));
            return Err(self.must(entry, &problem));
        };
        parse_duration(text).map_err(|error| match error {
            DurationError::Malformed(text) => {
                self.must(entry, &format!("be a duration such as `30s`, `5m`, `1h`, `7d` or `0`, not `{text}`"))
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
        let IdKind { name, plural, example, .. } = kind;
        let expected = format!("be a list of {plural} in quotes, for example `{key} = [\"{example}\"]`");
        let DeValue::Array(items) = entry.value else {
            return Err(self.must(entry, &expected));
        };
        let id = |item: &Spanned<DeValue<'_>>| match item.get_ref().as_str() {
            Some(id) if (kind.is_valid)(id) => Ok(id.to_owned()),
            Some(id) => {
                let problem = format!("`{}` in `{path}` is not {name}", printable(id));
                Err(self.error(item.span().start, path, problem, Some(format!("write {}", kind.form))))
            }
            None => Err(self.error(item.span().start, path, format!("`{path}` must {expected}"), None)),
        };
        items.iter().map(id).collect()
    }

    /// The ids in a list of accounts, and whether [`ORGANIZATION`] is among them, or stands instead of the list.
    fn accounts(&self, entry: &Entry<'_>) -> Result<(Vec<String>, bool), SettingsError> {
        if entry.value.as_str() == Some(ORGANIZATION) {
            return Ok((Vec::new(), true));
        }
        let mut accounts = self.ids(entry, &ACCOUNT_ID)?;
        let listed = accounts.len();
        accounts.retain(|id| id != ORGANIZATION);
        let trusts_organization = accounts.len() < listed;
        Ok((accounts, trusts_organization))
    }

    fn networks(&self, entry: &Entry<'_>) -> Result<Vec<AddressRange>, SettingsError> {
        let Entry { path, key, .. } = entry;
        let expected = format!("be a list of address ranges in quotes, for example `{key} = [\"{NETWORK_EXAMPLE}\"]`");
        let DeValue::Array(items) = entry.value else {
            return Err(self.must(entry, &expected));
        };
        let network = |item: &Spanned<DeValue<'_>>| {
            let wrong = |problem: String, help: Option<String>| Err(self.error(item.span().start, path, problem, help));
            let Some(text) = item.get_ref().as_str() else {
                return wrong(format!("`{path}` must {expected}"), None);
            };
            let shown = printable(text);
            match AddressRange::parse(text) {
                None => {
                    let help = format!("write an address or a range in CIDR notation, for example `{NETWORK_EXAMPLE}`");
                    wrong(format!("`{shown}` in `{path}` is not an address range"), Some(help))
                }
                Some(range) if range.has_host_bits() => {
                    let help =
                        format!("write `{}` for the range, or the address without `/`", range.without_host_bits());
                    wrong(format!("`{shown}` in `{path}` is an address within a range"), Some(help))
                }
                Some(range) if range.length() < if range.is_v4() { 8 } else { 32 } => {
                    let help = "write ranges of /8 or longer for IPv4, and of /32 or longer for IPv6".to_owned();
                    wrong(format!("`{shown}` in `{path}` is too wide to be one network"), Some(help))
                }
                Some(range) => Ok(range),
            }
        };
        items.iter().map(network).collect()
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
mod tests;
