//! Every message of the settings parser, and properties of it.

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

#[test]
fn alternatives_are_words() {
    for (words, want) in [(&[][..], ""), (&["a"], "a"), (&["a", "b"], "a or b"), (&["a", "b", "c"], "a, b or c")] {
        let words: Vec<String> = words.iter().map(|word| String::from(*word)).collect();
        assert_eq!(alternatives(&words), want);
    }
}

const VALID: &str = r#"# the settings of a test
[keys]
required = "cloudhsm"
rotation_days = 180
trusted_accounts = ["444455556666"]
trusted_organizations = ["o-a1b2c3d4e5"]
trusted_organizational_units = ["o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/*"]
trusted_vpcs = ["vpc-0a1b2c3d"]
trusted_vpc_endpoints = ["vpce-0a1b2c3d"]
trusted_networks = ["198.51.100.0/24", "2001:db8::7"]
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
    let Keys { required, rotation_days, trusted_accounts, trusted_organizations, settle, .. } = &settings.keys;
    assert_eq!((*required, *rotation_days, *settle), (Protection::Cloudhsm, 180, 90));
    assert_eq!(
        (trusted_accounts.concat(), trusted_organizations.concat()),
        ("444455556666".into(), "o-a1b2c3d4e5".into())
    );
    let Keys { trusted_organizational_units, trusted_vpcs, trusted_vpc_endpoints, trusted_networks, .. } =
        &settings.keys;
    assert_eq!(trusted_organizational_units.concat(), "o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/*");
    assert_eq!(
        (trusted_vpcs.concat(), trusted_vpc_endpoints.concat()),
        ("vpc-0a1b2c3d".into(), "vpce-0a1b2c3d".into())
    );
    assert_eq!(trusted_networks.len(), 2);
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
fn people_read_english_unless_the_settings_say_otherwise() {
    assert_eq!(parse("").unwrap().language, Language::English);
    assert_eq!(parse("language = 'ja'").unwrap().language, Language::Japanese);
    insta::assert_snapshot!(message("language = 'jp'"), @r#"line 1, column 12: `language` must be "en" or "ja", not `jp`"#);
}

#[test]
fn reminders_are_off_and_what_was_resolved_is_kept_for_400_days() {
    let times = |source: &str| {
        let settings = parse(source).unwrap();
        (settings.notify.remind, settings.ledger.keep_resolved)
    };
    assert_eq!(times(""), (None, 34_560_000));
    assert_eq!(times("notify.remind = '0'"), (None, 34_560_000));
    assert_eq!(times("notify.remind = '7d'\nledger.keep_resolved = '30d'"), (Some(604_800), 2_592_000));
    insta::assert_snapshot!(message("notify.remind = 7"), @r#"line 1, column 17: `notify.remind` must be a duration in quotes, for example `remind = "7d"`"#);
}

#[test]
fn the_keys_for_suggestions_are_the_keys_that_are_read() {
    let tables = [
        ("", &TOP_LEVEL),
        ("[keys]\n", &KEYS),
        ("[notify]\n", &NOTIFY),
        ("[ledger]\n", &LEDGER),
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
      line 4, column 1: unknown key `zzzzzzzzzzzz` in [keys]; expected `required`, `rotation_days`, `trusted_accounts`, `trusted_organizations`, `trusted_organizational_units`, `trusted_vpcs`, `trusted_vpc_endpoints`, `trusted_networks` or `settle`
    ab = 1
      line 4, column 1: unknown key `ab` in [keys]; expected `required`, `rotation_days`, `trusted_accounts`, `trusted_organizations`, `trusted_organizational_units`, `trusted_vpcs`, `trusted_vpc_endpoints`, `trusted_networks` or `settle`
    ");
    insta::assert_snapshot!(messages("[notify]", &["formt = 'ocsf'", "email = true"]), @"
    formt = 'ocsf'
      line 4, column 1: unknown key `formt` in [notify]; did you mean `format`?
    email = true
      line 4, column 1: unknown key `email` in [notify]; expected `format`, `chat`, `unverified`, `min_severity` or `remind`
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
      line 4, column 2: unknown key `zzzzzzzzzzzz` at the top level; expected `language`, `keys`, `notify`, `ledger`, `rules` or `exceptions`
    [""]
      line 4, column 2: unknown key `` at the top level; expected `language`, `keys`, `notify`, `ledger`, `rules` or `exceptions`
    requird = 1
      line 4, column 1: unknown key `requird` at the top level; expected `language`, `keys`, `notify`, `ledger`, `rules` or `exceptions`
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
fn the_organization_is_trusted_alone_or_among_accounts() {
    let trusted = |value: &str| {
        let keys = Settings::parse(&format!("keys.trusted_accounts = {value}"), &[]).unwrap().keys;
        (keys.trusted_accounts.concat(), keys.trusts_organization)
    };
    assert_eq!(trusted("'organization'"), (String::new(), true));
    assert_eq!(trusted("['organization', '444455556666']"), ("444455556666".to_owned(), true));
    assert_eq!(trusted("['444455556666']"), ("444455556666".to_owned(), false));
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
      line 4, column 10: `keys.settle` must be a duration such as `30s`, `5m`, `1h`, `7d` or `0`, not `5 minutes`
    settle = ''
      line 4, column 10: `keys.settle` must be a duration such as `30s`, `5m`, `1h`, `7d` or `0`, not ``
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
        "trusted_organizational_units = ['ou-ab12-11111111']", "trusted_organizational_units = ['o-a1b2c3d4e5/r-ab12/ou-ab12-11111111']",
        "trusted_vpcs = ['vpce-0a1b2c3d']", "trusted_vpcs = 'vpc-0a1b2c3d'", "trusted_vpc_endpoints = ['vpce-*']",
        "trusted_networks = ['office']", "trusted_networks = '198.51.100.0/24'", "trusted_networks = [1]",
        "trusted_networks = ['198.51.100.7/24']", "trusted_networks = ['198.51.100.0/33']", "trusted_networks = ['0.0.0.0/0']",
        "trusted_networks = ['2001::/16']",
    ]), @r#"
    trusted_accounts = ['1111']
      line 4, column 21: `1111` in `keys.trusted_accounts` is not an account id; write twelve digits, or `organization` for the accounts of yours
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
    trusted_organizational_units = ['ou-ab12-11111111']
      line 4, column 33: `ou-ab12-11111111` in `keys.trusted_organizational_units` is not the path of an organizational unit; write the ids of the organization, the root and each unit down to the trusted one, then `/*`: `o-…/r-…/ou-…/*`
    trusted_organizational_units = ['o-a1b2c3d4e5/r-ab12/ou-ab12-11111111']
      line 4, column 33: `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111` in `keys.trusted_organizational_units` is not the path of an organizational unit; write the ids of the organization, the root and each unit down to the trusted one, then `/*`: `o-…/r-…/ou-…/*`
    trusted_vpcs = ['vpce-0a1b2c3d']
      line 4, column 17: `vpce-0a1b2c3d` in `keys.trusted_vpcs` is not the id of a VPC; write `vpc-` and lower-case letters or digits
    trusted_vpcs = 'vpc-0a1b2c3d'
      line 4, column 16: `keys.trusted_vpcs` must be a list of ids of VPCs in quotes, for example `trusted_vpcs = ["vpc-0a1b2c3d4e5f67890"]`
    trusted_vpc_endpoints = ['vpce-*']
      line 4, column 26: `vpce-*` in `keys.trusted_vpc_endpoints` is not the id of a VPC endpoint; write `vpce-` and lower-case letters or digits
    trusted_networks = ['office']
      line 4, column 21: `office` in `keys.trusted_networks` is not an address range; write an address or a range in CIDR notation, for example `198.51.100.0/24`
    trusted_networks = '198.51.100.0/24'
      line 4, column 20: `keys.trusted_networks` must be a list of address ranges in quotes, for example `trusted_networks = ["198.51.100.0/24"]`
    trusted_networks = [1]
      line 4, column 21: `keys.trusted_networks` must be a list of address ranges in quotes, for example `trusted_networks = ["198.51.100.0/24"]`
    trusted_networks = ['198.51.100.7/24']
      line 4, column 21: `198.51.100.7/24` in `keys.trusted_networks` is an address within a range; write `198.51.100.0/24` for the range, or the address without `/`
    trusted_networks = ['198.51.100.0/33']
      line 4, column 21: `198.51.100.0/33` in `keys.trusted_networks` is not an address range; write an address or a range in CIDR notation, for example `198.51.100.0/24`
    trusted_networks = ['0.0.0.0/0']
      line 4, column 21: `0.0.0.0/0` in `keys.trusted_networks` is too wide to be one network; write ranges of /8 or longer for IPv4, and of /32 or longer for IPv6
    trusted_networks = ['2001::/16']
      line 4, column 21: `2001::/16` in `keys.trusted_networks` is too wide to be one network; write ranges of /8 or longer for IPv4, and of /32 or longer for IPv6
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
    insta::assert_snapshot!(message("# 1111 is not trusted, required, rotation_days\n[keys]\n\ntrusted_accounts = ['1111']"), @"line 4, column 21: `1111` in `keys.trusted_accounts` is not an account id; write twelve digits, or `organization` for the accounts of yours");
    insta::assert_snapshot!(message("# required = 'aws-owned'\n[keys]\n\nrequired = 'aws-owned'"), @r#"line 4, column 12: `keys.required` must be "aws-managed", "customer-managed" or "cloudhsm", not `aws-owned`"#);
    insta::assert_snapshot!(message("# rotation_days = 30\n[keys]\n\nrotation_days = 30"), @"line 4, column 17: `keys.rotation_days` must be a number of days that KMS accepts, from 90 to 2560, not `30`");
    insta::assert_snapshot!(message("[keys]\ntrusted_accounts = [\n  '111122223333', # 1111\n  '1111',\n]"), @"line 4, column 3: `1111` in `keys.trusted_accounts` is not an account id; write twelve digits, or `organization` for the accounts of yours");
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
    insta::assert_snapshot!(message(&format!("\"\\u001b[2J\\n\\u202e{}\" = 1", "x".repeat(1000))), @"line 1, column 1: unknown key `�[2J��xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…` at the top level; expected `language`, `keys`, `notify`, `ledger`, `rules` or `exceptions`");
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
