//! JDBC URLs of connectors: what they say about TLS, without their secrets.

use sealwatch_rules::connector::{Report, Settings, drivers};
use sealwatch_rules::readers;

use crate::token::{PLACEHOLDER, SECRETS, with_secrets};
use crate::{Check, words};

pub(crate) const CHECK: Check = Check { name: "jdbc_urls", run: check, max_len: 256, words, seeds };

/// Words before a value that is a secret in every URL.
const BEFORE_SECRETS: [&str; 5] = ["password=", "passwd=", "secret=", "token=", "sslpassword="];

/// Analyzes a connector with this URL, in which `%S` stands for a secret.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let [url, other] = with_secrets(&text);
    let first = printed(&report(&url));
    let mut places = text.match_indices(PLACEHOLDER).map(|(at, _)| at);
    let Some(at) = places.next() else {
        // blanks around a value mean nothing
        if bytes.len().is_multiple_of(4) {
            assert_eq!(printed(&report(&format!(" {} ", text.trim()))), printed(&report(text.trim())), "{text:?}");
        }
        return;
    };
    // what is printed depends on no secret: but for text that is not taken for one, as it is
    assert_eq!(first.replace(SECRETS[0], SECRETS[1]), printed(&report(&other)), "{text:?}");
    if places.next().is_none() {
        let before = text.get(..at).unwrap_or_default().to_ascii_lowercase();
        let is_secret = BEFORE_SECRETS.iter().any(|word| before.ends_with(word));
        assert!(!is_secret || !first.contains(SECRETS[0]), "{text:?}: {first}");
    }
}

fn report(url: &str) -> Report {
    let settings = [("connector.class", "io.confluent.connect.jdbc.JdbcSinkConnector"), ("connection.url", url)];
    let settings: Settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    let report = readers::connector_report(&settings, None);
    assert!(!readers::shows_secret(&report, SECRETS[0], &printed(&report)), "{url:?}: {report:#?}");
    report
}

fn printed(report: &Report) -> String {
    format!("{report:?}")
}

fn words() -> Vec<String> {
    let mut words: Vec<String> = drivers().flat_map(|(names, _)| names).map(|name| format!("jdbc:{name}:")).collect();
    let code = [
        include_str!("../../../shared/rules/src/connector/drivers/classify.rs"),
        include_str!("../../../shared/rules/src/connector/drivers/table.rs"),
        include_str!("../../../shared/rules/src/connector/jdbc.rs"),
        include_str!("../../../shared/rules/src/connector/secret_names.rs"),
    ];
    words.extend(words::all(&code, &[]));
    words.extend(BEFORE_SECRETS.map(|word| format!("{word}%S")));
    words.extend(
        ["%S", "u:%S@", "//", "thin:", "localhost", "127.0.0.1", "[::1]", "${x:y}", "h.example.com"].map(str::to_owned),
    );
    words.sort();
    words.dedup();
    words
}

fn seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "jdbc:mysql://u:%S@h.example.com:3306/d?sslMode=DISABLED",
        "jdbc:sqlserver://h;user=u;password={%S};encrypt=true",
        "jdbc:oracle:thin:u/%S@//h:1521/s",
        "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=h)(PORT=1521)))",
        "jdbc:postgresql://h/d?sslmode=disable&password=%S",
        "jdbc:mysql://(host=h,password=%S)/d",
        "jdbc:db2://h:50000/d:password=%S;sslConnection=false;",
        "jdbc:teradata://h/SSLMODE=ALLOW,PASSWORD=%S",
        "jdbc:aws-wrapper:postgresql://localhost/d",
        "jdbc:h2:ssl://h/d",
        "jdbc:mysql:loadbalance://a,b/d?useSSL=false",
        "jdbc:clickhouse:http://h:8123/d?ssl=false",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).to_vec()
}
