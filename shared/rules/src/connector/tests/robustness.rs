//! Reports never contain a secret, and any settings are analyzed quickly and without panic.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::connector::analyze::analyze;
use crate::connector::catalog::connectors;
use crate::connector::settings::Settings;

/// Text that no table contains: if it appears in the output, it comes from the settings.
fn secret() -> impl Strategy<Value = String> {
    "Zq[a-zA-Z0-9!#%^*()+,.:;<>?/|~ =-]{0,20}[a-zA-Z]{8}"
}

/// Typical settings; `%` marks where the secret goes.
const PLACES: &[&str] = &[
    "connection.password=%",
    "connection.url=jdbc:mysql://u:%@h/d",
    "connection.url=jdbc:sqlserver://h;password={%}",
    "connection.url=jdbc:oracle:thin:u/%@//h:1/s",
    "connection.url=jdbc:postgresql://h/d?sslmode=disable&password=%",
    "connection.url=jdbc:mysql://(host=h,password=%)/d",
    "connection.url=jdbc:db2://h/d:password=%;",
    "connection.uri=mongodb://u:%@h/?tls=false",
    "mongodb.connection.string=mongodb://u:%@h",
    "redis.uri=redis://:%@h",
    "x.url=http://u:%@h/p",
    "x.url=http://h/%?token=%",
    "headers=Authorization:Bearer %|X-Api-Key:%",
    "http.headers.authorization=%",
    "a.sasl.jaas.config=x required username=\"u\" password=\"%\";",
    "keyfile={\"private_key\":\"%\"}",
    "s3.sse.customer.key=%",
    "iceberg.catalog.s3.sse.key=%",
    "a.basic.auth.user.info=u:%",
    "aws.secret.access.key=%",
    "%=%",
    "s3.proxy.url=https://u:%@proxy",
    "jdbcConnectionProperties=?password=%&sslmode=none",
    "neo4j.uri=bolt://u:%@h",
    "java.naming.provider.url=failover:(tcp://u:%@h)",
    "splunk.hec.token=%",
    "schema.history.internal.jdbc.url=jdbc:mariadb://u:%@h/d",
    "database.url=jdbc:oracle:thin:u/%@h:1:s",
    "config.providers.%.class=%SecretsManager",
    "transforms.x.redis.password=%",
    "transforms.x.keys={\"list\": [{\"secretKey\": \"%\"}]}",
    "predicates.x.urls=[\"http://u:%@h\", \"http://h/?token=%\"]",
    "x.token=%",
    "database.sslfactory=%",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_is_displayed(secret in secret(), row in 0..60_usize, places in prop::collection::vec(0..PLACES.len(), 1..6), json in any::<bool>()) {
        let class = connectors().nth(row).map_or("com.example.Sink", |row| row.classes[0]);
        let lines = places.iter().map(|place| PLACES[*place].split_once('=').unwrap());
        let mut entries: Vec<(String, String)> = lines.map(|(name, value)| {
            // Names are displayed, so they must not contain the secret.
            let name = if name.contains('%') { name.replace('%', "anything") } else { name.to_owned() };
            (name, value.replace('%', &secret))
        }).collect();
        entries.push(("connector.class".to_owned(), class.to_owned()));
        let settings: Settings = if json {
            Settings::from_json(&serde_json::to_value(entries.into_iter().collect::<BTreeMap<_, _>>()).unwrap()).unwrap()
        } else {
            entries.into_iter().collect()
        };
        let report = analyze(&settings, Some(&settings));
        let printed = format!("{report:?} {report:#?} {settings:?}");
        prop_assert!(!printed.contains(secret.trim()), "{}", printed);
    }

    /// The same secret in another setting, whose value would be displayed.
    #[test]
    fn copies_of_a_secret_are_not_displayed(secret in "Zq[a-z0-9]{6,20}") {
        let settings: Settings = [
            ("connector.class", format!("{secret}.a.B")),
            ("x.password", secret.clone()),
            ("x.url", format!("http://{secret}:80")),
            ("y.jdbc", format!("jdbc:postgresql://{secret}/d?sslmode=disable")),
        ].map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let report = analyze(&settings, None);
        prop_assert_eq!(report.plaintext.len(), 2);
        prop_assert!(!format!("{report:?}").contains(&secret), "{:?}", report);
    }

    #[test]
    fn any_settings_are_analyzed_without_panic(entries in prop::collection::btree_map("\\PC{0,40}", "\\PC{0,60}", 0..12), class in 0..60_usize, text in "\\PC{0,200}") {
        let class = connectors().nth(class).map_or(String::new(), |row| row.classes[0].to_owned());
        let settings: Settings = entries.into_iter().chain([("connector.class".to_owned(), class)]).collect();
        analyze(&settings, Some(&Settings::from_properties(&text)));
        let _ = Settings::from_base64_properties(&text);
    }

    #[test]
    fn every_setting_of_a_row_accepts_any_value(row in 0..60_usize, values in prop::collection::vec("[a-z:/@?=&;(){}$,%\\[\\]\\PC]{0,60}", 8)) {
        let Some(row) = connectors().nth(row) else { return Ok(()) };
        let names = row.urls.iter().copied().chain(row.switch.iter().chain(row.checks).map(|setting| setting.property)).chain(row.hosts.iter().copied());
        let prefixed = ["jdbc:postgresql://", "jdbc:sqlserver://", "jdbc:oracle:thin:", "jdbc:mysql://(", "mongodb://", "https://", "failover:(", ""];
        let entries = names.zip(values.iter().zip(prefixed)).map(|(name, (value, start))| (name.to_owned(), format!("{start}{value}")));
        let settings: Settings = entries.chain([("connector.class".to_owned(), row.classes[0].to_owned())]).collect();
        analyze(&settings, None);
    }
}

/// Values of 200 KB: in quadratic time, each would take minutes.
#[test]
fn long_values_take_linear_time() {
    let long: [String; 12] = [
        "{\"a\":".repeat(30_000),
        "[\"{\\\"a\\\":[\\\"x\\\"\",".repeat(15_000),
        (0..20_000).map(|index| format!("http://h{index},")).collect(),
        "jdbc:acme:".to_owned() + &"localhost,".repeat(20_000),
        "jdbc:mysql://".to_owned() + &"(".repeat(200_000),
        "jdbc:sqlserver://h".to_owned() + &";a={".repeat(50_000),
        "jdbc:oracle:thin:".to_owned() + &"u/p@".repeat(50_000),
        "http://".to_owned() + &"u:p@".repeat(50_000),
        "http://a,".repeat(20_000),
        "x required ".to_owned() + &"password=\"".repeat(20_000),
        "Authorization:|".repeat(14_000),
        "${".repeat(100_000),
    ];
    let start = std::time::Instant::now();
    for value in &long {
        for name in ["connection.url", "x.sasl.jaas.config", "headers", "x.password"] {
            let class = "io.confluent.connect.jdbc.JdbcSinkConnector".to_owned();
            analyze(
                &[("connector.class".to_owned(), class), (name.to_owned(), value.clone())].into_iter().collect(),
                None,
            );
        }
    }
    assert!(start.elapsed().as_secs() < 90, "{:?}", start.elapsed());
}
