//! Settings of connectors: whatever they are, no format shows a secret of them, and nothing that is printed depends on one.

use std::fmt::Write;
use std::sync::LazyLock;

use sealwatch_rules::connector::{Settings as ConnectorSettings, connectors, drivers};
use sealwatch_rules::output::{ocsf, scan, sns};
use sealwatch_rules::util::text::plain;
use sealwatch_rules::{Event, Facts, Language, Settings, evaluate, readers};
use serde_json::{Map, Value, json};

use crate::token::{SECRETS, with_secrets};
use crate::{Check, words};

pub(crate) const CHECK: Check = Check { name: "connector_settings", run: check, max_len: 512, words, seeds };

const ARN: &str =
    "arn:aws:kafkaconnect:eu-west-1:111122223333:connector/invoices/0f1e2d3c-0000-4000-8000-5b6a79880000-2";

/// Endings of names whose values are secrets, whatever they are.
const SECRET_NAMES: [&str; 8] =
    [".password", ".passphrase", ".secret", ".token", ".api.key", ".private.key", ".credentials", ".secret.access.key"];

/// Lines of `name=value`, in which `%S` stands for a secret.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let [text, other] = with_secrets(&text);
    let first = printed(&settings(&text), bytes.len());
    if !text.contains(SECRETS[0]) || names_hold(&settings(&text)) {
        return; // names are shown, and sorted
    }
    assert_eq!(first.replace(SECRETS[0], SECRETS[1]), printed(&settings(&other), bytes.len()), "{text:?}");
    let is_secret = |name: &str| SECRET_NAMES.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending));
    let lines = text.lines().filter_map(|line| line.split_once('=')).filter(|(name, _)| is_secret(name));
    let in_secrets: usize = lines.map(|(_, value)| value.matches(SECRETS[0]).count()).sum();
    assert!(text.matches(SECRETS[0]).count() != in_secrets || !first.contains(SECRETS[0]), "{text:?}: {first}");
}

fn settings(text: &str) -> Map<String, Value> {
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

/// What is said of a connector with these settings: the details, and the format that is chosen.
fn printed(settings: &Map<String, Value>, choice: usize) -> String {
    let mut facts = Facts::default();
    let described = json!({"connectorArn": ARN, "connectorConfiguration": settings});
    facts.insert_cli_output(&described).unwrap_or_else(|problem| panic!("{described}: {problem}"));
    let Ok(event) = Event::parse(&RECORD) else { panic!("{}", *RECORD) };
    let read = ConnectorSettings::from_json(&json!(settings)).unwrap_or_default();
    let report = readers::connector_report(&read, Some(&read));
    let mut text = format!("{facts:?}{report:?}");
    for change in event.changes() {
        let findings = evaluate(&change, &facts, &SETTINGS);
        for finding in &findings {
            let language = Language::ALL[choice % Language::ALL.len()];
            let detail = finding.detail();
            let detail = detail.in_language(language);
            assert_eq!(plain(&detail), detail);
            let _ = match choice % 5 {
                0 => write!(text, "{detail} {}", finding.to_json_for(language)),
                1 => write!(text, "{detail} {}", ocsf::compliance_finding(finding)),
                2 => write!(text, "{detail} {:?}", finding.remediation()),
                3 => write!(text, "{detail} {}", scan::document(finding, &SETTINGS)),
                _ => write!(text, "{detail}"),
            };
        }
        if choice % 5 == 4
            && let Some(notification) = sns::notification(change.detector.name, &findings, &SETTINGS)
        {
            let _ = write!(text, "{notification:?}");
        }
    }
    assert!(!readers::shows_secret(&report, SECRETS[0], &text) || names_hold(settings), "{settings:?}: {text}");
    text
}

/// The record of the call that creates the connector.
static RECORD: LazyLock<String> = LazyLock::new(|| {
    let record = json!({
        "eventVersion": "1.11", "eventID": "e-1", "eventTime": "2026-11-22T10:00:00Z", "eventSource": "kafkaconnect.amazonaws.com",
        "eventName": "CreateConnector", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
        "requestParameters": {"connectorName": "invoices", "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        "responseElements": {"connectorArn": ARN},
    });
    record.to_string()
});

static SETTINGS: LazyLock<Settings> =
    LazyLock::new(|| Settings::parse("[notify]\nchat = true\nunverified = true\n", &[]).unwrap_or_default());

/// Whether a name has the secret: names are shown.
fn names_hold(settings: &Map<String, Value>) -> bool {
    settings.keys().any(|name| name.contains(SECRETS[0]))
}

fn words() -> Vec<String> {
    let code = [
        include_str!("../../../shared/rules/src/connector/catalog/databases.rs"),
        include_str!("../../../shared/rules/src/connector/catalog/debezium.rs"),
        include_str!("../../../shared/rules/src/connector/catalog/services.rs"),
        include_str!("../../../shared/rules/src/connector/catalog/storage.rs"),
        include_str!("../../../shared/rules/src/connector/secret_names.rs"),
        include_str!("../../../shared/rules/src/connector/secrets.rs"),
        include_str!("../../../shared/rules/src/connector/generic.rs"),
        include_str!("../../../shared/rules/src/connector/kafka.rs"),
        include_str!("../../../shared/rules/src/connector/url.rs"),
    ];
    let mut words = words::all(
        &code,
        &["%S", "connector.class=", "${x:y}", "u:%S@", "\nx.password=%S", "://", "{\"token\":\"%S\"}"],
    );
    words.extend(drivers().flat_map(|(names, _)| names).map(|name| format!("jdbc:{name}:")));
    words.extend(connectors().flat_map(|row| row.classes).map(|class| (*class).to_owned()));
    words.sort();
    words.dedup();
    words
}

fn seeds() -> Vec<Vec<u8>> {
    const LINES: [&str; 14] = [
        "connection.url=jdbc:postgresql://h.example.com/d?sslmode=disable\nconnection.password=%S",
        "connection.url=jdbc:mysql://u:%S@h/d",
        "mongodb.connection.string=mongodb://u:%S@h",
        "x.url=http://u:%S@h.example.com/p\ny.url=http://%S",
        "headers=Authorization:Bearer %S|X-Api-Key:%S",
        "http.headers.authorization=Basic %S",
        "consumer.override.sasl.jaas.config=x required username=\"u\" password=\"%S\";",
        "keyfile={\"private_key\":\"%S\"}",
        "transforms.x.keys={\"list\": [{\"secretKey\": \"%S\"}]}",
        "a.basic.auth.user.info=u:%S",
        "config.providers=secretManager\nconfig.providers.secretManager.class=a.B\nconnection.password=${secretManager:x:y}",
        "java.naming.provider.url=failover:(tcp://u:%S@h)",
        "consumer.override.security.protocol=PLAINTEXT",
        "s3.ssea.name=aws:kms\ns3.sse.kms.key.id=alias/lake",
    ];
    let classes: Vec<&str> = connectors().filter_map(|row| row.classes.first()).copied().collect();
    let seed = |(number, class): (usize, &&str)| {
        let lines = LINES.get(number % LINES.len()).copied().unwrap_or_default();
        format!("connector.class={class}\n{lines}\n").into_bytes()
    };
    classes.iter().enumerate().map(seed).collect()
}
