//! JDBC URLs: which driver, which hosts, which parameters.

use super::drivers::{self, Classification, Driver, Param, UrlSyntax};
use super::report::{Origin, Secret, TlsLevel};
use super::url::{self, Url, split_before};

/// The parts of a JDBC URL.
pub(super) struct Jdbc<'a> {
    pub(super) driver: Option<&'static Driver>,
    pub(super) params: Vec<Param<'a>>,
    /// A password before the `@`, or Oracle's `user/password@`.
    pub(super) password: Option<&'a str>,
    pub(super) loopback: bool,
    /// No `//` precedes a host.
    bare: bool,
    /// The URL up to its parameters, with placeholders for what must not be displayed.
    pub(super) display: String,
}

/// Prefixes that wrap another driver's URL.
///
/// Sources: aws/aws-advanced-jdbc-wrapper `Driver.java`; aws/aws-secretsmanager-jdbc `AWSSecretsManagerDriver.java`.
const WRAPPERS: &[&str] = &["jdbc:aws-wrapper:", "jdbc-secretsmanager:", "jdbc:"];

/// Words between the driver's name and the hosts that select a failover mode, not a driver.
///
/// `aws` is the Connector/J fork awslabs/aws-mysql-jdbc.
const MODES: &[&str] =
    &["aws:", "loadbalance:", "replication:", "aurora:", "sequential:", "load-balance-read:", "iam:"];

impl<'a> Jdbc<'a> {
    /// Reads the JDBC URL in `property`; `None` if the text is not one. A host that contains one of `secrets` is not
    /// displayed.
    pub(super) fn parse(text: &'a str, property: &'a str, secrets: &[Secret]) -> Option<Self> {
        let text = text.trim();
        let (wrapper, inner) = WRAPPERS.iter().find_map(|prefix| Some((*prefix, text.strip_prefix(prefix)?)))?;
        let (name, body) = inner.split_once(':')?;
        let plain = name.strip_suffix("+srv").unwrap_or(name);
        let driver = drivers::find(plain);
        let (mode, body) = MODES.iter().find_map(|mode| Some((*mode, body.strip_prefix(mode)?))).unwrap_or(("", body));
        if driver.is_some_and(|driver| driver.syntax == UrlSyntax::Oracle) {
            return Some(oracle(driver, body, property));
        }
        // ClickHouse puts the HTTP scheme before the `//`, H2 the transport. Other URLs have nothing there.
        let (scheme, rest) = body.split_once("//").unwrap_or((body, ""));
        let embedded = !body.contains("//");
        let mut params = Vec::new();
        params.extend((mode == "iam:").then_some(Param { key: "IAMAuth", value: "true", property }));
        if !scheme.is_empty() {
            params.push(Param { key: "scheme", value: if embedded { "embedded" } else { scheme }, property });
        }
        let host = Url::after_scheme(name, rest);
        let syntax = driver.map_or(UrlSyntax::Query, |driver| driver.syntax);
        let written = pairs(syntax, if embedded { body } else { host.rest });
        // If a name repeats, the last one counts.
        params.extend(written.into_iter().rev().map(|(key, value)| Param { key, value, property }));
        let password = host.password();
        let mut loopback = host.is_loopback()
            || match driver {
                Some(driver) => host.hosts.is_empty() && driver.default_host_is_local && is_plain_name(scheme),
                None => is_local(if embedded { body } else { rest }),
            };
        if rest.starts_with(['(', '[']) || rest.contains("(host=") || rest.starts_with("address=") {
            // MySQL's key-value form: (host=h,port=1,user=u,password=p)
            let own: Vec<_> = host_pairs(rest).map(|(key, value)| Param { key, value, property }).collect();
            loopback = own
                .iter()
                .filter(|param| param.key.eq_ignore_ascii_case("host"))
                .all(|param| url::is_loopback(param.value));
            params.splice(0..0, own);
        }
        let display = match driver {
            Some(_) if !embedded => {
                format!("{wrapper}{name}:{mode}{}//{}", display_scheme(scheme), host.display_hosts(secrets))
            }
            Some(_) => format!("{wrapper}{name}:{mode}//HOST"),
            None => "jdbc:…".to_owned(),
        };
        Some(Self { driver, params, password, loopback, bare: embedded, display })
    }

    /// Classifies the connection by the parameters in the URL and by `properties`, which the connector passes to the
    /// driver separately. `None` for an unknown driver.
    pub(super) fn classify(&self, properties: &[Param<'_>]) -> Option<Classification> {
        let driver = self.driver?;
        let params: Vec<Param<'_>> = if driver.url_wins {
            self.params.iter().chain(properties).cloned().collect()
        } else {
            properties.iter().chain(&self.params).cloned().collect()
        };
        let found = driver.classify(&params);
        // Whether a text without `//` names a host depends on the driver, so a default does not decide about it.
        let undecided = self.bare && found.origin == Origin::Default;
        Some(if undecided { Classification { level: TlsLevel::Unknown, ..found } } else { found })
    }

    /// The URL with the recommended parameters.
    pub(super) fn recommended(&self, driver: &Driver) -> String {
        let params: Vec<String> = driver.recommended.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let display = &self.display;
        match driver.syntax {
            UrlSyntax::Oracle => "jdbc:oracle:thin:@tcps://HOST:2484/SERVICE?ssl_server_dn_match=yes".to_owned(),
            UrlSyntax::Semicolon => format!("{display};…;{}", params.join(";")),
            UrlSyntax::Colon => format!("{display}/…:{};", params.join(";")),
            UrlSyntax::Slash => format!("{display}/…,{}", params.join(",")),
            UrlSyntax::Query => format!("{display}/…?{}", params.join("&")),
        }
    }
}

/// Whether `text`, which a driver with a local default host reads as the name of a database, cannot be a host.
fn is_plain_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/'))
}

/// Whether the hosts in a URL of an unknown driver are the worker itself: it names no other that can be told.
fn is_local(text: &str) -> bool {
    let hosts = split_before(text, &['/', ';', '?', '#']).0;
    let pieces = || hosts.split([':', ',', '@']);
    pieces().any(url::is_loopback) && pieces().all(|piece| url::is_loopback(piece) || is_plain_name(piece))
}

fn display_scheme(scheme: &str) -> &'static str {
    match scheme {
        "https:" => "https:",
        "http:" => "http:",
        "tcp:" => "tcp:",
        "ssl:" => "ssl:",
        _ => "",
    }
}

/// The parameters in the text after the hosts.
fn pairs(syntax: UrlSyntax, rest: &str) -> Vec<(&str, &str)> {
    let (text, separator): (&str, &[char]) = match syntax {
        UrlSyntax::Query => (split_before(rest, &['?', ';']).1, &['?', '&', ';']),
        UrlSyntax::Semicolon => return braced_pairs(rest),
        UrlSyntax::Colon => (split_before(rest, &[':']).1, &[':', ';']),
        UrlSyntax::Slash => (rest, &['/', ',']),
        UrlSyntax::Oracle => (split_before(rest, &['?']).1, &['?', '&']),
    };
    // A name without a value counts as blank: PostgreSQL reads `?ssl` as `ssl=true`.
    let pair = |text| str::split_once(text, '=').unwrap_or((text, ""));
    text.split(separator).map(pair).filter(|(key, _)| !key.is_empty()).collect()
}

/// SQL Server's `;key=value;key={value that may contain ;}`.
fn braced_pairs(rest: &str) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    let mut rest = split_before(rest, &[';']).1;
    while let Some((key, after)) = rest.trim_start_matches(';').split_once('=') {
        let (value, tail) = match after.trim_start().strip_prefix('{') {
            Some(braced) => braced.split_once('}').unwrap_or((braced, "")),
            None => split_before(after, &[';']),
        };
        pairs.push((key.trim(), value.trim()));
        rest = tail;
    }
    pairs
}

/// The `key=value` pairs in MySQL's key-value form of a host.
fn host_pairs(rest: &str) -> impl Iterator<Item = (&str, &str)> {
    let hosts = rest.split_once(")/").map_or(rest, |(hosts, _)| hosts);
    hosts.split(['(', ')', ',', '[', ']']).filter_map(|pair| pair.split_once('='))
}

/// `jdbc:oracle:thin:user/password@//host:port/service?key=value`, or a descriptor in parentheses.
///
/// Source: docs.oracle.com, JDBC Developer's Guide, "Data Sources and URLs".
fn oracle<'a>(driver: Option<&'static Driver>, body: &'a str, property: &'a str) -> Jdbc<'a> {
    let (before, target) = match body.split_once('@') {
        Some((login, _)) if login.contains('/') => body.rsplit_once('@'), // the password may contain an `@`
        other => other,
    }
    .unwrap_or((body, ""));
    let login = before.split_once(':').map_or("", |(_, login)| login);
    let password = login.split_once('/').map(|(_, password)| password);
    let mut params: Vec<Param<'a>> = Vec::new();
    let mut add = |key: &'a str, value: &'a str| params.push(Param { key, value: value.trim(), property });
    let mut hosts = Vec::new();
    if target.contains('(') {
        for (key, value) in target.split(['(', ')']).filter_map(|pair| pair.split_once('=')) {
            add(key.trim(), value);
            hosts.extend(key.trim().eq_ignore_ascii_case("host").then_some(value));
        }
    } else if let Some((scheme, rest)) = target.split_once("//") {
        add("protocol", if scheme.is_empty() { "tcp" } else { scheme.trim_end_matches(':') });
        hosts.extend(split_before(rest, &['/', '?']).0.split(','));
    } else {
        // host:port:sid and host/service contain a host; a single word is an entry in tnsnames.ora
        let is_host = split_before(target, &['?']).0.contains([':', '/']);
        add("protocol", if is_host { "tcp" } else { "alias" });
        hosts.extend(split_before(target, &['/', '?']).0.split(','));
    }
    if !target.contains('(') {
        pairs(UrlSyntax::Oracle, target).into_iter().for_each(|(key, value)| add(key, value));
    }
    let loopback = !hosts.is_empty() && hosts.iter().all(|host| url::is_loopback(host));
    Jdbc { driver, params, password, loopback, bare: false, display: "jdbc:oracle:thin:@HOST".to_owned() }
}
