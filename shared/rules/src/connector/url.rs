//! URLs, as far as they say who is spoken to and how.

use std::net::IpAddr;

use super::grade::Grade;

/// The parts of `scheme://user:password@host,host/path?query` that matter.
pub(super) struct Url<'a> {
    pub(super) scheme: &'a str,
    pub(super) password: Option<&'a str>,
    pub(super) hosts: Vec<&'a str>,
    /// What follows the authority.
    pub(super) rest: &'a str,
    /// No credentials anywhere, and hosts that are host names: fit to be shown.
    pub(super) showable: bool,
}

/// Schemes that say by themselves whether the connection is encrypted.
///
/// `mongodb`, `neo4j`, `bolt`, `couchbase`, `nats`, `thrift` and `hdfs` are missing on purpose: there, another
/// setting or the server decides.
const SCHEMES: &[(&str, Grade)] = &[
    ("http", Grade::Plaintext),
    ("ws", Grade::Plaintext),
    ("ftp", Grade::Plaintext),
    ("tcp", Grade::Plaintext),
    ("nio", Grade::Plaintext),
    ("amqp", Grade::Plaintext),
    ("mqtt", Grade::Plaintext),
    ("stomp", Grade::Plaintext),
    ("smf", Grade::Plaintext),
    ("t3", Grade::Plaintext),
    ("ldap", Grade::Plaintext),
    ("redis", Grade::Plaintext),
    ("redis-sentinel", Grade::Plaintext),
    ("pulsar", Grade::Plaintext),
    ("telnet", Grade::Plaintext),
    ("https", Grade::Fine),
    ("wss", Grade::Fine),
    ("ftps", Grade::Fine),
    ("sftp", Grade::Fine),
    ("ssl", Grade::Fine),
    ("tls", Grade::Fine),
    ("tcps", Grade::Fine),
    ("nio+ssl", Grade::Fine),
    ("amqps", Grade::Fine),
    ("mqtts", Grade::Fine),
    ("stomp+ssl", Grade::Fine),
    ("smfs", Grade::Fine),
    ("t3s", Grade::Fine),
    ("ldaps", Grade::Fine),
    ("rediss", Grade::Fine),
    ("rediss-sentinel", Grade::Fine),
    ("pulsar+ssl", Grade::Fine),
];

/// What to write instead of a plaintext scheme.
const SEALED: &[(&str, &str)] = &[
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

/// Looks a scheme up in the connector's own list and then in the list that holds for all.
pub(super) fn grade(scheme: &str, own: &'static [(&'static str, Grade)]) -> Option<(&'static str, Grade)> {
    own.iter().chain(SCHEMES).copied().find(|(name, _)| name.eq_ignore_ascii_case(scheme))
}

/// The word of our tables that a scheme is.
pub(super) fn known(scheme: &str) -> Option<&'static str> {
    const OTHERS: &[&str] =
        &["mongodb", "mongodb+srv", "neo4j", "neo4j+s", "bolt", "bolt+s", "couchbase", "couchbases"];
    OTHERS
        .iter()
        .copied()
        .find(|word| word.eq_ignore_ascii_case(scheme))
        .or_else(|| grade(scheme, &[]).map(|(word, _)| word))
}

/// The scheme that encrypts and verifies, for one that does not.
pub(super) fn sealed(scheme: &'static str) -> String {
    let known = SEALED.iter().find(|(plain, _)| *plain == scheme);
    known.map_or_else(|| format!("{scheme}s"), |(_, sealed)| (*sealed).to_owned())
}

impl<'a> Url<'a> {
    /// Reads a URL; `None` where no `scheme://` starts the text.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
        valid.then(|| Self::of(scheme, rest))
    }

    /// Reads what follows `scheme://`.
    pub(super) fn of(scheme: &'a str, rest: &'a str) -> Self {
        let (mut authority, tail) = split_before(rest, &['/', '?', '#', ';']);
        // A password with a raw `/`, `?` or `#` in it: what looks like a port is none, and an `@` follows.
        let no_port = authority.rsplit_once(':').is_some_and(|(_, port)| !is_port(port)) && !authority.contains('@');
        if no_port && let Some((credentials, hosts)) = rest.split_once('@').filter(|(start, _)| !start.contains('[')) {
            let (hosts, after) = split_before(hosts, &['/', '?', '#', ';']);
            return Self { password: secret_of(credentials), showable: false, ..Self::plain(scheme, hosts, after) };
        }
        let mut password = None;
        if let Some((credentials, hosts)) = authority.rsplit_once('@') {
            password = secret_of(credentials);
            authority = hosts;
        }
        let url = Self::plain(scheme, authority, tail);
        let showable = !rest.contains('@') && url.hosts.iter().all(|host| is_host(host));
        Self { password, showable, ..url }
    }

    fn plain(scheme: &'a str, authority: &'a str, rest: &'a str) -> Self {
        let hosts = authority.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
        Self { scheme, password: None, hosts, rest, showable: false }
    }

    /// Whether every host is this very machine.
    pub(super) fn is_loopback(&self) -> bool {
        !self.hosts.is_empty() && self.hosts.iter().all(|host| is_loopback(host))
    }

    /// `host:port`, when nothing secret can be in it, else a word in its place.
    pub(super) fn shown_hosts(&self) -> String {
        if self.showable && (1..=8).contains(&self.hosts.len()) { self.hosts.join(",") } else { "HOST".to_owned() }
    }

    /// An option that switches verification off although the scheme means TLS.
    ///
    /// Sources: Apache Qpid JMS (`transport.verifyHost`, `transport.trustAll`), Apache ActiveMQ
    /// (`socket.verifyHostName`), redis/lettuce `RedisURI` (`verifyPeer`).
    pub(super) fn weakened(&self) -> Option<(&'static str, Grade)> {
        const OPTIONS: &[(&str, &str, Grade)] = &[
            ("verifyhostname=false", "verifyHostName=false", Grade::NameOff),
            ("verifyhost=false", "verifyHost=false", Grade::NameOff),
            ("trustall=true", "trustAll=true", Grade::Unverified),
            ("verifypeer=none", "verifyPeer=NONE", Grade::Unverified),
            ("verifypeer=false", "verifyPeer=false", Grade::Unverified),
        ];
        let query = self.rest.to_ascii_lowercase();
        OPTIONS.iter().find(|(option, ..)| query.contains(option)).map(|(_, shown, grade)| (*shown, *grade))
    }

    /// The parameters after `?`.
    pub(super) fn query(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let query = self.rest.split_once('?').map_or("", |(_, query)| query);
        query.split(['&', ';']).filter_map(|pair| pair.split_once('='))
    }
}

/// The URLs in a value: a list by commas, where a comma inside one URL separates its hosts.
pub(super) fn list(text: &str) -> Vec<&str> {
    if text.matches("://").count() > 1 {
        text.split(',').map(str::trim).filter(|url| !url.is_empty()).collect()
    } else {
        vec![text]
    }
}

/// Whether `host`, with or without a port, is this very machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim();
    let name = host.strip_prefix('[').and_then(|host| host.split_once(']')).map_or_else(
        || if host.matches(':').count() > 1 { host } else { split_before(host, &[':', '(', '\\']).0 },
        |(address, _)| address,
    );
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Splits at the first of `ends`, which stays with the second part.
pub(super) fn split_before<'a>(text: &'a str, ends: &[char]) -> (&'a str, &'a str) {
    text.find(ends).and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""))
}

fn secret_of(credentials: &str) -> Option<&str> {
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
    fn parts() {
        let url = Url::parse("https://u:p@a.b:1,c/d?e=f&g=h").unwrap();
        assert_eq!((url.scheme, url.password, url.hosts.clone()), ("https", Some("p"), vec!["a.b:1", "c"]));
        assert_eq!(url.query().collect::<Vec<_>>(), [("e", "f"), ("g", "h")]);
        assert_eq!(url.shown_hosts(), "HOST");
        assert_eq!(Url::parse("https://a.b:1/d").unwrap().shown_hosts(), "a.b:1");
    }

    #[test]
    fn a_password_may_hold_reserved_characters() {
        for text in ["http://u:p/a@h", "http://u:p?a@h/x", "http://u:p#a@h", "http://u:p@a@h", "redis://:p/q@h"] {
            let url = Url::parse(text).unwrap();
            assert!(url.password.is_some_and(|password| password.starts_with('p')), "{text}");
            assert_eq!(url.hosts, ["h"], "{text}");
        }
        assert_eq!(Url::parse("http://h:80/x?mail=a@b").unwrap().password, None);
        assert_eq!(Url::parse("https://h/x?mail=a:b@c").unwrap().password, None);
    }

    #[test]
    fn loopback() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "127.9.9.9:1", "::1", "[::1]:80", "localhost(1414)"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.com", "128.0.0.1", "db", "", "[::2]:1"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn lists() {
        assert_eq!(list("http://a, https://b"), ["http://a", "https://b"]);
        assert_eq!(list("mongodb://a,b/c"), ["mongodb://a,b/c"]);
    }
}
