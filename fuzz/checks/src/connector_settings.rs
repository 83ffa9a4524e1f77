//! Settings of connectors: whatever they are, no format shows a secret of them, and nothing that is printed depends on one.

use std::fmt::Write;

use sealwatch_rules::connector::{Settings as ConnectorSettings, connectors, drivers};
use sealwatch_rules::output::{ocsf, scan, sns};
use sealwatch_rules::util::text::plain;
use sealwatch_rules::{Event, Facts, Language, Settings, evaluate, readers};
use serde_json::{Map, Value, json};

use crate::token::{PLACEHOLDER, SECRETS, with_secrets};
use crate::{Check, words};

pub(crate) const CHECK: Check = Check { name: "connector_settings", run: check, max_len: 512, words, seeds };

const ARN: &str =
    "arn:aws:kafkaconnect:eu-west-1:111122223333:connector/invoices/0f1e2d3c-0000-4000-8000-5b6a79880000-2";

/// Endings of names whose values are secrets, whatever they are.
const SECRET_NAMES: [&str; 8] =
    ["password", "passphrase", "secret", "token", "api.key", "private.key", "credentials", "secret.access.key"];

/// Lines of `name=value`, in which `%S` stands for a secret.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let [first, second] = with_secrets(&text).map(|text| {
        let lines = text.lines().filter_map(|line| line.split_once('='));
        let settings: Map<String, Value> = lines.map(|(name, value)| (name.to_owned(), json!(value))).collect();
        printed(&settings)
    });
    assert_eq!(first.replace(SECRETS[0], SECRETS[1]), second, "{text:?}");
    let lines = || text.lines().filter_map(|line| line.split_once('='));
    let is_secret =
        |name: &str| SECRET_NAMES.iter().any(|ending| name.to_ascii_lowercase().ends_with(&format!(".{ending}")));
    let places = text.matches(PLACEHOLDER).count();
    let in_secrets =
        lines().filter(|(name, _)| is_secret(name)).map(|(_, value)| value.matches(PLACEHOLDER).count()).sum::<usize>();
    assert!(places != in_secrets || !first.contains(SECRETS[0]), "{text:?}: {first}");
}

/// All that is said of a connector with these settings.
fn printed(settings: &Map<String, Value>) -> String {
    let mut facts = Facts::default();
    let described = json!({"connectorArn": ARN, "connectorConfiguration": settings});
    facts.insert_cli_output(&described).unwrap_or_else(|problem| panic!("{described}: {problem}"));
    let record = json!({
        "eventVersion": "1.11", "eventID": "e-1", "eventTime": "2026-11-22T10:00:00Z", "eventSource": "kafkaconnect.amazonaws.com",
        "eventName": "CreateConnector", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
        "requestParameters": {"connectorName": "invoices", "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        "responseElements": {"connectorArn": ARN},
    })
    .to_string();
    let own = Settings::parse("[notify]\nchat = true\nunverified = true\n", &[]).unwrap_or_default();
    let Ok(event) = Event::parse(&record) else { panic!("{record}") };
    let mut text = format!("{facts:?}");
    for change in event.changes() {
        let findings = evaluate(&change, &facts, &own);
        for finding in &findings {
            for language in Language::ALL {
                let detail = finding.detail();
                assert_eq!(plain(&detail.in_language(language)), detail.in_language(language));
                let _ = write!(text, "{} {}", detail.in_language(language), finding.to_json_for(language));
            }
            let _ = write!(
                text,
                "{} {:?} {}",
                ocsf::compliance_finding(finding),
                finding.remediation(),
                scan::document(finding, &own)
            );
        }
        if let Some(notification) = sns::notification(change.detector.name, &findings, &own) {
            let _ = write!(text, "{notification:?}");
        }
    }
    let read = ConnectorSettings::from_json(&json!(settings)).unwrap_or_default();
    let report = readers::connector_report(&read, Some(&read));
    let _ = write!(text, "{report:?}");
    assert!(!readers::shows_secret(&report, SECRETS[0], &text) || names_hold(settings), "{settings:?}: {text}");
    text
}

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
