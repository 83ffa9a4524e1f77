//! URLs: which hosts they name, what their scheme means for TLS, and what is displayable.

use std::net::IpAddr;

use super::report::TlsLevel;

/// The relevant parts of `scheme://user:password@host,host/path?query`.
pub(super) struct Url<'a> {
    pub(super) scheme: &'a str,
    pub(super) password: Option<&'a str>,
    pub(super) hosts: Vec<&'a str>,
    /// Everything after the authority.
    pub(super) rest: &'a str,
    /// The URL has no credentials and its hosts are valid host names.
    displayable: bool,
}

/// Schemes that decide whether the connection is encrypted.
///
/// `mongodb`, `neo4j`, `bolt`, `couchbase`, `nats`, `thrift` and `hdfs` are missing on purpose, because another setting
/// or the server decides.
const SCHEMES: &[(&str, TlsLevel)] = &[
    ("http", TlsLevel::Plaintext),
    ("ws", TlsLevel::Plaintext),
    ("ftp", TlsLevel::Plaintext),
    ("tcp", TlsLevel::Plaintext),
    ("nio", TlsLevel::Plaintext),
    ("amqp", TlsLevel::Plaintext),
    ("mqtt", TlsLevel::Plaintext),
    ("stomp", TlsLevel::Plaintext),
    ("smf", TlsLevel::Plaintext),
    ("t3", TlsLevel::Plaintext),
    ("ldap", TlsLevel::Plaintext),
    ("redis", TlsLevel::Plaintext),
    ("redis-sentinel", TlsLevel::Plaintext),
    ("pulsar", TlsLevel::Plaintext),
    ("telnet", TlsLevel::Plaintext),
    ("https", TlsLevel::Verified),
    ("wss", TlsLevel::Verified),
    ("ftps", TlsLevel::Verified),
    ("sftp", TlsLevel::Verified),
    ("ssl", TlsLevel::Verified),
    ("tls", TlsLevel::Verified),
    ("tcps", TlsLevel::Verified),
    ("nio+ssl", TlsLevel::Verified),
    ("amqps", TlsLevel::Verified),
    ("mqtts", TlsLevel::Verified),
    ("stomp+ssl", TlsLevel::Verified),
    ("smfs", TlsLevel::Verified),
    ("t3s", TlsLevel::Verified),
    ("ldaps", TlsLevel::Verified),
    ("rediss", TlsLevel::Verified),
    ("rediss-sentinel", TlsLevel::Verified),
    ("pulsar+ssl", TlsLevel::Verified),
];

/// Verified replacements for weak schemes. Any other scheme gets an `s` appended.
const SECURE_SCHEMES: &[(&str, &str)] = &[
    ("http", "https"),
    ("ws", "wss"),
    ("ftp", "sftp"),
    ("tcp", "ssl"),
    ("nio", "nio+ssl"),
    ("stomp", "stomp+ssl"),
    ("redis-sentinel", "rediss-sentinel"),
    ("pulsar", "pulsar+ssl"),
    ("telnet", "ssl"),
    ("neo4j", "neo4j+s"),
    ("neo4j+ssc", "neo4j+s"),
    ("bolt", "bolt+s"),
    ("bolt+ssc", "bolt+s"),
];

/// Classifies a scheme by the connector's own list, then by the general one. `None` for an unknown scheme.
pub(super) fn classify(scheme: &str, own: &'static [(&'static str, TlsLevel)]) -> Option<(&'static str, TlsLevel)> {
    own.iter().chain(SCHEMES).copied().find(|(name, _)| name.eq_ignore_ascii_case(scheme))
}

/// The scheme as the tables spell it, which is safe to display. `None` for an unknown scheme.
pub(super) fn known_scheme(scheme: &str) -> Option<&'static str> {
    const OTHERS: &[&str] =
        &["mongodb", "mongodb+srv", "neo4j", "neo4j+s", "bolt", "bolt+s", "couchbase", "couchbases"];
    OTHERS
        .iter()
        .copied()
        .find(|word| word.eq_ignore_ascii_case(scheme))
        .or_else(|| classify(scheme, &[]).map(|(word, _)| word))
}

/// The scheme that encrypts and verifies, to replace a weak one.
pub(super) fn secure_scheme(scheme: &'static str) -> String {
    let listed = SECURE_SCHEMES.iter().find(|(weak, _)| *weak == scheme);
    listed.map_or_else(|| format!("{scheme}s"), |(_, secure)| (*secure).to_owned())
}

impl<'a> Url<'a> {
    /// Reads a URL; `None` if the text does not start with `scheme://`.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
        valid.then(|| Self::after_scheme(scheme, rest))
    }

    /// Reads the part after `scheme://`.
    pub(super) fn after_scheme(scheme: &'a str, rest: &'a str) -> Self {
        let (mut authority, tail) = split_before(rest, &['/', '?', '#', ';']);
        // A password that contains a raw `/`, `?` or `#`: the apparent port is not a number, and an `@` follows.
        let raw_password =
            authority.rsplit_once(':').is_some_and(|(_, port)| !is_port(port)) && !authority.contains('@');
        if raw_password
            && let Some((credentials, hosts)) = rest.split_once('@').filter(|(start, _)| !start.contains('['))
        {
            let (hosts, after) = split_before(hosts, &['/', '?', '#', ';']);
            return Self {
                password: password_in(credentials),
                displayable: false,
                ..Self::plain(scheme, hosts, after)
            };
        }
        let mut password = None;
        if let Some((credentials, hosts)) = authority.rsplit_once('@') {
            password = password_in(credentials);
            authority = hosts;
        }
        let url = Self::plain(scheme, authority, tail);
        let displayable = !rest.contains('@') && url.hosts.iter().all(|host| is_host(host));
        Self { password, displayable, ..url }
    }

    fn plain(scheme: &'a str, authority: &'a str, rest: &'a str) -> Self {
        let hosts = authority.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
        Self { scheme, password: None, hosts, rest, displayable: false }
    }

    /// Whether every host is the worker itself.
    pub(super) fn is_loopback(&self) -> bool {
        !self.hosts.is_empty() && self.hosts.iter().all(|host| is_loopback(host))
    }

    /// The hosts with their ports, or the placeholder `HOST` if they might contain a secret.
    pub(super) fn display_hosts(&self) -> String {
        if self.displayable && (1..=8).contains(&self.hosts.len()) { self.hosts.join(",") } else { "HOST".to_owned() }
    }

    /// An option that disables verification although the scheme means TLS.
    ///
    /// Sources: Apache Qpid JMS (`transport.verifyHost`, `transport.trustAll`), Apache ActiveMQ
    /// (`socket.verifyHostName`), redis/lettuce `RedisURI` (`verifyPeer`).
    pub(super) fn weakening_option(&self) -> Option<(&'static str, TlsLevel)> {
        const OPTIONS: &[(&str, &str, TlsLevel)] = &[
            ("verifyhostname=false", "verifyHostName=false", TlsLevel::HostnameCheckDisabled),
            ("verifyhost=false", "verifyHost=false", TlsLevel::HostnameCheckDisabled),
            ("trustall=true", "trustAll=true", TlsLevel::Unverified),
            ("verifypeer=none", "verifyPeer=NONE", TlsLevel::Unverified),
            ("verifypeer=false", "verifyPeer=false", TlsLevel::Unverified),
        ];
        let query = self.rest.to_ascii_lowercase();
        OPTIONS.iter().find(|(option, ..)| query.contains(option)).map(|(_, display, level)| (*display, *level))
    }

    /// The parameters after `?`.
    pub(super) fn query(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let query = self.rest.split_once('?').map_or("", |(_, query)| query);
        query.split(['&', ';']).filter_map(|pair| pair.split_once('='))
    }
}

/// The URLs in a comma-separated list. If the text contains only one URL, its commas separate hosts.
pub(super) fn list(text: &str) -> Vec<&str> {
    if text.matches("://").count() > 1 {
        text.split(',').map(str::trim).filter(|url| !url.is_empty()).collect()
    } else {
        vec![text]
    }
}

/// Whether `host`, with or without a port, is the worker itself.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim();
    let name = host.strip_prefix('[').and_then(|host| host.split_once(']')).map_or_else(
        || if host.matches(':').count() > 1 { host } else { split_before(host, &[':', '(', '\\']).0 },
        |(address, _)| address,
    );
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Splits before the first of `ends`.
pub(super) fn split_before<'a>(text: &'a str, ends: &[char]) -> (&'a str, &'a str) {
    text.find(ends).and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""))
}

fn password_in(credentials: &str) -> Option<&str> {
    credentials.split_once(':').map(|(_, password)| password)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_host(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let (name, port) = text.rsplit_once(':').unwrap_or((text, ""));
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    text.len() <= 255
        && is_port(port)
        && port.len() <= 5
        && address.map_or_else(|| name.chars().all(plain), |six| six.parse::<IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_parts() {
        let url = Url::parse("https://u:p@a.b:1,c/d?e=f&g=h").unwrap();
        assert_eq!((url.scheme, url.password, url.hosts.clone()), ("https", Some("p"), vec!["a.b:1", "c"]));
        assert_eq!(url.query().collect::<Vec<_>>(), [("e", "f"), ("g", "h")]);
        assert_eq!(url.display_hosts(), "HOST");
        assert_eq!(Url::parse("https://a.b:1/d").unwrap().display_hosts(), "a.b:1");
    }

    #[test]
    fn a_password_may_contain_reserved_characters() {
        for text in ["http://u:p/a@h", "http://u:p?a@h/x", "http://u:p#a@h", "http://u:p@a@h", "redis://:p/q@h"] {
            let url = Url::parse(text).unwrap();
            assert!(url.password.is_some_and(|password| password.starts_with('p')), "{text}");
            assert_eq!(url.hosts, ["h"], "{text}");
        }
        assert_eq!(Url::parse("http://h:80/x?mail=a@b").unwrap().password, None);
        assert_eq!(Url::parse("https://h/x?mail=a:b@c").unwrap().password, None);
    }

    #[test]
    fn loopback_hosts() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "127.9.9.9:1", "::1", "[::1]:80", "localhost(1414)"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.com", "128.0.0.1", "db", "", "[::2]:1"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn lists_of_urls() {
        assert_eq!(list("http://a, https://b"), ["http://a", "https://b"]);
        assert_eq!(list("mongodb://a,b/c"), ["mongodb://a,b/c"]);
    }
}
