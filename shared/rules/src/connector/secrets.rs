//! Finds literal secrets in settings.

use super::catalog::Connector;
use super::drivers::Param;
use super::jdbc::Jdbc;
use super::secret_names::{PASSWORDS, ends_with, is_literal, is_secret_name, normalize};
use super::settings::{Settings, Value};
use super::url::{self, Url};

/// A setting that contains a literal secret.
pub(super) struct SecretSetting<'a> {
    pub(super) property: &'a str,
    pub(super) form: SecretForm,
    /// The secret itself, only for redacting copies of it.
    pub(super) literal: &'a str,
    /// How the address starts, for example `https://` or `jdbc:mysql://`; `…` if the value is not an address.
    pub(super) address_start: String,
}

/// Where the value contains the secret, which decides how to rewrite the property line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecretForm {
    Whole,
    UserInfo,
    Parameter,
    Jaas,
    Header,
    KeyMaterial,
}

/// Endings of HTTP header names that carry a secret, normalized.
const HEADERS: &[&str] =
    &["authorization", "cookie", "apikey", "accesskey", "authkey", "subscriptionkey", "functionskey"];

/// Prefixes of settings that contain names of fields, topics and classes, whatever the setting's own name is.
///
/// Source: apache/kafka, connect/runtime `ConnectorConfig.java`, `SinkConnectorConfig.java`.
const PASSIVE: &[&str] = &[
    "transforms",
    "predicates",
    "errors.",
    "topic.creation.",
    "topics",
    "message.key.columns",
    "column.mask.",
    "connector.class",
];

/// Finds every literal secret.
pub(super) fn find<'a>(settings: &'a Settings, connector: Option<&'static Connector>) -> Vec<SecretSetting<'a>> {
    let secret = |(property, value): (&'a str, &'a Value)| {
        let (form, literal) = find_in(property, value, settings, connector)?;
        Some(SecretSetting { property, form, literal, address_start: address_start(value.text(), property) })
    };
    settings.iter().filter(|(property, _)| !is_passive(property)).filter_map(secret).collect()
}

/// Whether this setting never contains a secret or an address.
pub(super) fn is_passive(property: &str) -> bool {
    PASSIVE.iter().any(|prefix| property.starts_with(prefix))
}

/// The literal secret in one setting.
fn find_in<'a>(
    property: &'a str,
    value: &'a Value,
    settings: &Settings,
    connector: Option<&'static Connector>,
) -> Option<(SecretForm, &'a str)> {
    let text = value.text();
    if (text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----")) || text.contains("\"private_key\"") {
        return Some((SecretForm::KeyMaterial, text));
    }
    if (text.contains("://") || text.starts_with("jdbc"))
        && let Some(found) = in_url(text, property)
    {
        return Some(found);
    }
    let normalized = normalize(property);
    if normalized.ends_with("jaasconfig") {
        return jaas(text).map(|literal| (SecretForm::Jaas, literal));
    }
    if normalized.ends_with("headers") || normalized.ends_with("headersadditional") {
        return headers(text).map(|literal| (SecretForm::Header, literal));
    }
    if normalized.ends_with("connectionstring") || normalized.ends_with("connectionproperties") {
        return parameters(text).map(|literal| (SecretForm::Parameter, literal));
    }
    let defined = connector.is_some_and(|connector| {
        let when = |(name, other, value): &(&str, &str, &str)| *name == property && settings.is(other, value);
        let listed = |name: &&str| name.strip_prefix('*').map_or(*name == property, |end| property.ends_with(end));
        connector.secrets.iter().any(listed) || connector.secrets_when.iter().any(when)
    });
    if text.contains("://") && !ends_with(&normalized, PASSWORDS) {
        return None; // an address without a secret: the search above would have found one
    }
    let authorization = normalized.ends_with("authorization");
    let literal = match text.split_once(':') {
        Some((_, password)) if normalized.ends_with("userinfo") => password,
        _ if authorization => without_auth_scheme(text),
        _ => text,
    };
    let secret = authorization || defined || is_secret_name(property);
    (secret && is_literal(property, literal)).then_some((SecretForm::Whole, literal))
}

/// A password before the `@` of a URL, or a secret parameter.
fn in_url<'a>(text: &'a str, property: &'a str) -> Option<(SecretForm, &'a str)> {
    let password = |found: Option<&'a str>| found.filter(|password| is_literal("password", password));
    if let Some(jdbc) = Jdbc::parse(text, property) {
        let secret = |param: &&Param<'a>| is_secret_name(param.key) && is_literal(param.key, param.value);
        let parameter = || jdbc.params.iter().find(secret).map(|param| (SecretForm::Parameter, param.value));
        return password(jdbc.password).map(|literal| (SecretForm::UserInfo, literal)).or_else(parameter);
    }
    let urls = || url::list(text).into_iter().filter_map(Url::parse);
    let secret = |(name, value): &(&str, &str)| is_secret_name(name) && is_literal(name, value);
    let parameter = || urls().find_map(|url| url.query().find(secret)).map(|(_, value)| (SecretForm::Parameter, value));
    urls().find_map(|url| password(url.password)).map(|literal| (SecretForm::UserInfo, literal)).or_else(parameter)
}

/// How an address starts, up to its credentials. It contains only words from the tables.
fn address_start(text: &str, property: &str) -> String {
    if let Some(driver) = Jdbc::parse(text, property).and_then(|jdbc| jdbc.driver) {
        return format!("jdbc:{}://", driver.names.first().copied().unwrap_or_default());
    }
    let scheme = url::list(text).into_iter().find_map(Url::parse).and_then(|url| url::known_scheme(url.scheme));
    scheme.map_or_else(|| "…".to_owned(), |scheme| format!("{scheme}://"))
}

/// The secret in `key=value;key=value`.
fn parameters(text: &str) -> Option<&str> {
    let mut pairs = text.split(['?', '&', ';', ',']).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, value)| is_secret_name(name) && is_literal(name, value)).map(|(_, value)| value)
}

/// The secret in a JAAS configuration: `Module required username="u" password="p";`.
fn jaas(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        let name = before
            .rsplit(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '-'))
            .next()
            .unwrap_or_default();
        let after = after.trim_start();
        let quoted = ['"', '\''].into_iter().find_map(|quote| after.strip_prefix(quote)?.split_once(quote));
        let (value, tail) = quoted.unwrap_or_else(|| url::split_before(after, &[' ', ';', '\n', '\t']));
        if is_secret_name(name) && is_literal(name, value) {
            return Some(value);
        }
        rest = tail;
    }
    None
}

/// The secret in a list of HTTP headers: `Name:value|Name:value` or `"Name","value"`.
fn headers(text: &str) -> Option<&str> {
    let mut name = "";
    for piece in text.split(['|', ',', '\n']) {
        let piece = piece.trim().trim_matches('"');
        let (header, value) = piece.split_once(':').unwrap_or((name, piece));
        let normalized = normalize(header);
        if (ends_with(&normalized, HEADERS) || is_secret_name(header)) && is_literal(header, without_auth_scheme(value))
        {
            return Some(without_auth_scheme(value));
        }
        name = if piece.contains(':') || !name.is_empty() { "" } else { piece };
    }
    None
}

/// The credentials of an `Authorization` header without `Bearer` or `Basic`.
fn without_auth_scheme(text: &str) -> &str {
    text.trim().split_once(' ').map_or(text, |(_, credentials)| credentials)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::settings::REFERENCE;

    #[test]
    fn secrets_in_jaas_options() {
        let has = |found: Option<&str>| found.is_some();
        assert!(has(jaas(r#"a.B required username="u" password="p";"#)));
        assert!(has(jaas("a.B required username=u password=p;")));
        assert!(has(jaas(r#"a.B required oauth.client.secret='s' ;"#)));
        assert!(!has(jaas("software.amazon.msk.auth.iam.IAMLoginModule required;")));
        assert!(!has(jaas(r#"a.B required useKeyTab=true keyTab="/k" password="";"#)));
        assert!(!has(jaas(&format!(r#"a.B required username="u" password="{REFERENCE}";"#))));
        assert!(has(jaas(&format!(r#"a.B required username="{REFERENCE}" password="p";"#))));
    }

    #[test]
    fn secrets_in_headers() {
        for text in [
            "X-Api-Key:k|Accept:a/b",
            "Accept: a, Authorization: Basic dXA=",
            "\"Content-Type\",\"a/b\",\"X-Auth-Token\",\"k\"",
        ] {
            assert!(headers(text).is_some(), "{text}");
        }
        for text in [
            "Accept:a/b|X-Trace:1",
            "Authorization: Bearer ${TOKEN}",
            "\"Content-Type\",\"token\"",
            "\"X-User\",\"{{header.user}}\"",
        ] {
            assert!(headers(text).is_none(), "{text}");
        }
    }

    #[test]
    fn secrets_in_urls() {
        let userinfo = [
            "https://u:p@h",
            "redis://:p@h",
            "jdbc:mysql://u:p@h/d",
            "jdbc:oracle:thin:u/p@//h:1/s",
            "https://a,https://u:p@b",
        ];
        let parameter = [
            "jdbc:sqlserver://h;user=u;password=p;",
            "jdbc:db2://h:1/d:user=u;password=p;",
            "jdbc:redshift://h/d?UID=u&PWD=p",
            "https://h/x?access_token=t",
            "jdbc:mysql://(host=h,user=u,password=p)/d",
            "jdbc:postgresql://h/d?sslpassword=p",
            "jdbc:sqlserver://h;accessToken={a;b}",
        ];
        for text in userinfo {
            assert_eq!(in_url(text, "x").map(|(form, _)| form), Some(SecretForm::UserInfo), "{text}");
        }
        for text in parameter {
            assert_eq!(in_url(text, "x").map(|(form, _)| form), Some(SecretForm::Parameter), "{text}");
        }
        for text in [
            "https://u@h",
            "https://u:@h",
            "jdbc:oracle:thin:@//h:1/s",
            "jdbc:oracle:thin:/@h:1/s",
            "jdbc:mysql://h/d",
            "http://h/x?a=b@c",
        ] {
            assert_eq!(in_url(text, "x"), None, "{text}");
        }
    }
}
