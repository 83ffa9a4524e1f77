//! URLs: which hosts they name, what their scheme means for TLS, and what is displayable.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use percent_encoding::percent_decode_str;

use super::report::{Secret, TlsLevel};
use super::secret_names::is_token;

/// The relevant parts of `scheme://user:password@host,host/path?query`.
pub(super) struct Url<'a> {
    pub(super) scheme: &'a str,
    /// What stands before the `@`.
    credentials: Option<&'a str>,
    pub(super) hosts: Vec<&'a str>,
    /// Everything after the authority.
    pub(super) rest: &'a str,
    /// The hosts are valid host names and cannot be a part of anything else.
    displayable: bool,
}

/// Replaces hosts that must not be displayed.
const HOST: &str = "HOST";

/// What ends the hosts of a URL.
const AFTER_HOSTS: &[char] = &['/', '?', '#', ';', '\\'];

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
        let (mut authority, mut tail) = split_before(rest, AFTER_HOSTS);
        let mut credentials = None;
        // A password that contains a raw `/`, `?` or `#`: the apparent port is not a number, and an `@` follows.
        let raw_password =
            authority.rsplit_once(':').is_some_and(|(_, port)| !is_port(port)) && !authority.contains('@');
        if raw_password && let Some((start, hosts)) = rest.split_once('@').filter(|(start, _)| !start.contains('[')) {
            credentials = Some(start);
            (authority, tail) = split_before(hosts, AFTER_HOSTS);
        } else if let Some((start, hosts)) = authority.rsplit_once('@') {
            credentials = Some(start);
            authority = hosts;
        }
        let hosts: Vec<&str> = authority.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
        // Where an `@` is not the only one, or stands after the hosts, any part may belong to a password.
        let unambiguous = !raw_password && rest.matches('@').count() == usize::from(credentials.is_some());
        let displayable = unambiguous && (1..=8).contains(&hosts.len()) && hosts.iter().all(|host| is_host(host));
        Self { scheme, credentials, hosts, rest: tail, displayable }
    }

    /// The password before the `@`, or a token there: some services take one in place of the user name.
    pub(super) fn password(&self) -> Option<&'a str> {
        let credentials = self.credentials?;
        let token = || Some(credentials).filter(|text| is_token(text));
        credentials.split_once(':').map_or_else(token, |(user, password)| match password {
            "" => Some(user).filter(|text| is_token(text)),
            password => Some(password),
        })
    }

    /// Whether every host is the worker itself.
    pub(super) fn is_loopback(&self) -> bool {
        !self.hosts.is_empty() && self.hosts.iter().all(|host| is_loopback(host))
    }

    /// The hosts with their ports, or the placeholder `HOST` if they might contain a secret or contain one of `secrets`.
    pub(super) fn display_hosts(&self, secrets: &[Secret]) -> String {
        let leaks = |host: &&str| secrets.iter().any(|secret| secret.is_in(host));
        if self.displayable && !self.hosts.iter().any(leaks) { self.hosts.join(",") } else { HOST.to_owned() }
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

    /// The path, if it is a secret.
    pub(super) fn secret_path(&self) -> Option<&'a str> {
        let host = self.hosts.first()?;
        let path = split_before(self.rest, &['?', '#']).0;
        let secret = |(end, start): &(&str, &str)| {
            host.ends_with(end) && path.strip_prefix(start).is_some_and(|rest| !rest.is_empty())
        };
        SECRET_PATHS.iter().any(secret).then_some(path)
    }

    /// The parameters after the path: of the query, of the fragment, and `;name=value`.
    pub(super) fn query(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        const SEPARATORS: &[char] = &['?', '#', ';', '&'];
        split_before(self.rest, SEPARATORS).1.split(SEPARATORS).filter_map(|pair| pair.split_once('='))
    }
}

/// Services whose path is a secret, by the end of the host and the start of the path.
///
/// Sources: docs.slack.dev, "Sending messages using incoming webhooks"; discord.com, "Webhook Resource";
/// learn.microsoft.com, "Create incoming webhooks".
const SECRET_PATHS: &[(&str, &str)] = &[
    ("hooks.slack.com", "/services/"),
    ("hooks.slack.com", "/workflows/"),
    ("discord.com", "/api/webhooks/"),
    ("discordapp.com", "/api/webhooks/"),
    (".webhook.office.com", "/webhookb2/"),
];

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

/// The text without percent encoding.
pub(super) fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Splits before the first of `ends`.
pub(super) fn split_before<'a>(text: &'a str, ends: &[char]) -> (&'a str, &'a str) {
    text.find(ends).and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `text` is a host with or without a port: a DNS name, an IPv4 address or an IPv6 address in brackets.
///
/// A single label that is long or mixes upper and lower case is rather a token.
fn is_host(text: &str) -> bool {
    if let Some((address, port)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        let port = port.strip_prefix(':').map_or(port.is_empty(), is_port_number);
        return port && address.parse::<Ipv6Addr>().is_ok();
    }
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let is_word = name.len() <= 24
        && !(name.contains(|c: char| c.is_ascii_uppercase()) && name.contains(|c: char| c.is_ascii_lowercase()));
    is_dns_name(name) && (name.contains('.') || is_word) && port.is_none_or(is_port_number)
}

/// Whether `text` is certainly a host although no scheme precedes it: an address, or a name with a domain. Everything else
/// may be a token in the wrong place.
fn is_certainly_host(text: &str) -> bool {
    let name = text.split_once(':').map_or(text, |(name, _)| name);
    let has_domain = name.rsplit_once('.').is_some_and(|(_, domain)| {
        (2..=24).contains(&domain.len()) && domain.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    let is_address = text.starts_with('[') || name.parse::<Ipv4Addr>().is_ok();
    let plain = !name.contains(|c: char| c.is_ascii_uppercase());
    is_host(text) && plain && (has_domain || is_address || name == "localhost")
}

/// RFC 1123, section 2.1. An underscore is no part of a host name, but common in names of containers.
fn is_dns_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let ends = !label.starts_with('-') && !label.ends_with('-');
        ends && (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.len() <= 253 && text.strip_suffix('.').unwrap_or(text).split('.').all(is_label)
}

fn is_port_number(text: &str) -> bool {
    text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// What may be displayed of an address: the scheme, if the tables have it, and the hosts.
pub(crate) fn display_address(text: &str) -> String {
    let text = text.trim();
    match Url::parse(text) {
        Some(url) => format!("{}://{}", known_scheme(url.scheme).unwrap_or("…"), url.display_hosts(&[])),
        None => display_bare_hosts(text, &[]),
    }
}

/// The hosts of an address without a scheme, or `HOST`.
pub(super) fn display_bare_hosts(text: &str, secrets: &[Secret]) -> String {
    let url = Url::after_scheme("", text);
    let certain = !text.contains('@') && url.hosts.iter().all(|host| is_certainly_host(host));
    if certain { url.display_hosts(secrets) } else { HOST.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_parts() {
        let url = Url::parse("https://u:p@a.b:1,c/d?e=f&g=h").unwrap();
        assert_eq!((url.scheme, url.password(), url.hosts.clone()), ("https", Some("p"), vec!["a.b:1", "c"]));
        assert_eq!(url.query().collect::<Vec<_>>(), [("e", "f"), ("g", "h")]);
        assert_eq!(url.display_hosts(&[]), "a.b:1,c");
    }

    #[test]
    fn a_password_may_contain_reserved_characters() {
        for text in ["http://u:p/a@h", "http://u:p?a@h/x", "http://u:p#a@h", "http://u:p@a@h", "redis://:p/q@h"] {
            let url = Url::parse(text).unwrap();
            assert!(url.password().is_some_and(|password| password.starts_with('p')), "{text}");
            assert_eq!(url.hosts, ["h"], "{text}");
        }
        assert_eq!(Url::parse("http://h:80/x?mail=a@b").unwrap().password(), None);
        assert_eq!(Url::parse("https://h/x?mail=a:b@c").unwrap().password(), None);
    }

    #[test]
    fn only_certain_hosts_are_displayed() {
        for (text, shown) in [
            ("https://hec.example.com:8088/in?token=t", "https://hec.example.com:8088"),
            ("HTTP://u:p@10.0.0.1/", "http://10.0.0.1"),
            ("http://[::1]:80/x", "http://[::1]:80"),
            ("hec.example.com:8088", "hec.example.com:8088"),
            ("10.0.0.1:8088/x", "10.0.0.1:8088"),
            ("https://vpc-a1.eu-west-1.es.amazonaws.com", "https://vpc-a1.eu-west-1.es.amazonaws.com"),
            // a password with reserved characters
            ("http://admin:pw/horse@h.example.com", "http://HOST"),
            ("http://admin:pw?horse@h.example.com", "http://HOST"),
            ("http://admin:pw#horse@h.example.com", "http://HOST"),
            ("http://admin:80/horse@h.example.com", "http://HOST"),
            ("http://admin:pw@horse.staple/x@h.example.com", "http://HOST"),
            ("http://admin:pw@horse@h.example.com", "http://HOST"),
            ("http://admin:pw\\horse@h.example.com", "http://HOST"),
            ("http://admin:pw%40horse", "http://HOST"),
            ("http:\\\\admin:pw@horse", "HOST"),
            // text that belongs to no part of a URL
            ("http://h.example.com&token=horse", "http://HOST"),
            ("http://h.example.com token=horse", "http://HOST"),
            ("http://h:8088:horse", "http://HOST"),
            ("http://h.example.com:99999", "http://HOST"),
            ("horse://h.example.com", "…://h.example.com"),
            ("http://", "http://HOST"),
            // a token in place of an address
            ("B5A79AAD-D822-46CC-80D1-819F80D7BFB0", "HOST"),
            ("b5a79aad-d822-46cc-80d1-819f80d7bfb0", "HOST"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJob3JzZSJ9.c2lnbmF0dXJl", "HOST"),
            ("http://b5a79aad-d822-46cc-80d1-819f80d7bfb0", "http://HOST"),
            ("h:8088:horse", "HOST"),
            ("horse@h.example.com", "HOST"),
            ("", "HOST"),
        ] {
            assert_eq!(display_address(text), shown, "{text}");
        }
    }

    #[test]
    fn percent_encoding() {
        for (text, decoded) in [("a%40b%2Fc", "a@b/c"), ("100%", "100%"), ("%zz%4", "%zz%4"), ("%C3%A9", "é"), ("", "")]
        {
            assert_eq!(percent_decoded(text), decoded);
        }
    }

    #[test]
    fn tokens_and_parameters_anywhere() {
        let token = "glpat-0a1b2c3d4e5f6a7b8c";
        assert_eq!(Url::parse(&format!("https://{token}@h")).unwrap().password(), Some(token));
        assert_eq!(Url::parse(&format!("https://{token}:@h")).unwrap().password(), Some(token));
        assert_eq!(Url::parse("https://reader@h").unwrap().password(), None);
        for text in ["http://h/x?token=t", "http://h;token=t", "http://h/x;a=b;token=t", "http://h/#a=b&token=t"] {
            assert!(Url::parse(text).unwrap().query().any(|pair| pair == ("token", "t")), "{text}");
        }
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
