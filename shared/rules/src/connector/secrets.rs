//! Which settings carry a secret, and whether it stands there in clear.

use super::catalog::Connector;
use super::jdbc::Jdbc;
use super::settings::{REFERENCE, Settings, Value};
use super::url::{self, Url};

/// A setting with a literal secret in it.
pub(super) struct Secret<'a> {
    pub(super) property: &'a str,
    pub(super) form: Form,
    /// The secret itself, only to be kept out of everything that is shown.
    pub(super) literal: &'a str,
    /// How the address starts, where it is one: `https://`, `jdbc:mysql://`.
    pub(super) lead: String,
}

/// Where in the value the secret stands, which is how the line has to be rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    UserInfo,
    Parameter,
    Jaas,
    Header,
    KeyMaterial,
}

/// How names of secrets end, in lower case and without separators.
///
/// Sources: the PASSWORD-typed properties of the connectors in our table; Debezium's own masking pattern
/// (debezium-config, `Configuration.java`).
const ENDINGS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secretkey",
    "secretaccesskey",
    "token",
    "apikey",
    "privatekey",
    "credential",
    "credentials",
    "credentialsjson",
    "userinfo",
    "masterkey",
    "customerkey",
    "keystorekey",
    "accountkey",
];

/// Of these a number may well be one.
const PASSWORDS: &[&str] = &["password", "passwd", "passphrase", "pwd", "secret"];

/// Names of HTTP headers that carry a secret, in lower case and without separators.
const HEADERS: &[&str] =
    &["authorization", "cookie", "apikey", "accesskey", "authkey", "subscriptionkey", "functionskey"];

/// Settings that hold names of fields, topics and classes whatever they are called.
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
pub(super) fn find<'a>(settings: &'a Settings, connector: Option<&'static Connector>) -> Vec<Secret<'a>> {
    let secret = |(property, value): (&'a str, &'a Value)| {
        let found = if is_passive(property) { None } else { judge(property, value, settings, connector) };
        found.map(|(form, literal)| Secret { property, form, literal, lead: lead(value.text(), property) })
    };
    settings.iter().filter_map(secret).collect()
}

/// Whether no value of this setting is a secret or an address.
pub(super) fn is_passive(property: &str) -> bool {
    PASSIVE.iter().any(|prefix| property.starts_with(prefix))
}

fn judge<'a>(
    property: &'a str,
    value: &'a Value,
    settings: &Settings,
    connector: Option<&'static Connector>,
) -> Option<(Form, &'a str)> {
    let text = value.text();
    if (text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----")) || text.contains("\"private_key\"") {
        return Some((Form::KeyMaterial, text));
    }
    if (text.contains("://") || text.starts_with("jdbc"))
        && let Some(found) = in_url(text, property)
    {
        return Some(found);
    }
    let squashed = squash(property);
    if squashed.ends_with("jaasconfig") {
        return jaas(text).map(|literal| (Form::Jaas, literal));
    }
    if squashed.ends_with("headers") || squashed.ends_with("headersadditional") {
        return headers(text).map(|literal| (Form::Header, literal));
    }
    if squashed.ends_with("connectionstring") || squashed.ends_with("connectionproperties") {
        return parameters(text).map(|literal| (Form::Parameter, literal));
    }
    let defined = connector.is_some_and(|connector| {
        let when = |(name, other, value): &(&str, &str, &str)| *name == property && settings.is(other, value);
        let listed = |name: &&str| name.strip_prefix('*').map_or(*name == property, |end| property.ends_with(end));
        connector.secrets.iter().any(listed) || connector.secrets_when.iter().any(when)
    });
    if text.contains("://") && !ends_with(&squashed, PASSWORDS) {
        return None; // an address; what is secret in it was looked for above
    }
    let authorization = squashed.ends_with("authorization");
    let literal = match text.split_once(':') {
        Some((_, password)) if squashed.ends_with("userinfo") => password,
        _ if authorization => without_scheme(text),
        _ => text,
    };
    let secret = authorization || defined || names_a_secret(property, &squashed);
    (secret && is_literal(property, literal)).then_some((Form::Whole, literal))
}

/// Whether a property, parameter or option of this name carries a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    names_a_secret(name, &squash(name))
}

fn names_a_secret(name: &str, squashed: &str) -> bool {
    let last = name.rsplit(['.', '-', '_']).next().unwrap_or_default();
    ends_with(squashed, ENDINGS) || last.eq_ignore_ascii_case("pass")
}

/// Whether `text` is a secret rather than a reference, a template, a redacted copy or a switch.
pub(super) fn is_literal(name: &str, text: &str) -> bool {
    let text = text.trim().trim_matches(['"', '\'']);
    let inside = |open: &str, close: &str| text.starts_with(open) && text.ends_with(close);
    let template = inside("${", "}") || inside("{{", "}}") || inside("<", ">") || is_variable(text);
    let redacted =
        text == "[hidden]" || text.chars().all(|c| c == '*') || text.contains("HIDDEN_DUE_TO_SECURITY_REASONS");
    let switch = ["true", "false", "null"].iter().any(|word| text.eq_ignore_ascii_case(word));
    let number = text.bytes().all(|byte| byte.is_ascii_digit()) && !ends_with(&squash(name), PASSWORDS);
    let named = text.starts_with("arn:") || is_path(text);
    !(text.contains(REFERENCE) || template || redacted || switch || number || named)
}

fn ends_with(squashed: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| squashed.ends_with(ending))
}

/// Lower case, letters only: `database.ssl-Password2` is `databasesslpassword`.
fn squash(name: &str) -> String {
    let mut letters = String::with_capacity(name.len());
    letters.extend(name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()));
    letters.truncate(letters.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    letters
}

/// `$NAME`, a variable that nobody replaced.
fn is_variable(text: &str) -> bool {
    text.strip_prefix('$').is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

/// An absolute path to a key or certificate file.
fn is_path(text: &str) -> bool {
    const FILES: &[&str] = &[".pem", ".key", ".p8", ".pk8", ".p12", ".jks", ".json", ".txt", ".properties", ".keytab"];
    (text.starts_with('/') || text.starts_with("file:")) && FILES.iter().any(|end| text.ends_with(end))
}

/// A password before the `@` of a URL, or a parameter of a URL.
fn in_url<'a>(text: &'a str, property: &'a str) -> Option<(Form, &'a str)> {
    let password = |found: Option<&'a str>| found.filter(|password| is_literal("password", password));
    if let Some(jdbc) = Jdbc::parse(text, property) {
        let parameter = || jdbc.secret_params().next().map(|param| (Form::Parameter, param.value));
        return password(jdbc.password).map(|literal| (Form::UserInfo, literal)).or_else(parameter);
    }
    let urls = || url::list(text).into_iter().filter_map(Url::parse);
    let secret = |(name, value): &(&str, &str)| is_secret_name(name) && is_literal(name, value);
    let parameter = || urls().find_map(|url| url.query().find(secret)).map(|(_, value)| (Form::Parameter, value));
    urls().find_map(|url| password(url.password)).map(|literal| (Form::UserInfo, literal)).or_else(parameter)
}

/// How an address starts, up to its credentials; only words of our tables.
fn lead(text: &str, property: &str) -> String {
    if let Some(driver) = Jdbc::parse(text, property).and_then(|jdbc| jdbc.driver) {
        return format!("jdbc:{}://", driver.names.first().copied().unwrap_or_default());
    }
    let scheme = url::list(text).into_iter().find_map(Url::parse).and_then(|url| url::known(url.scheme));
    scheme.map_or_else(|| "…".to_owned(), |scheme| format!("{scheme}://"))
}

/// `key=value;key=value` with a secret among them.
fn parameters(text: &str) -> Option<&str> {
    let mut pairs = text.split(['?', '&', ';', ',']).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, value)| is_secret_name(name) && is_literal(name, value)).map(|(_, value)| value)
}

/// `Module required username="u" password="p";`: a JAAS configuration with a secret among its options.
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

/// A list of HTTP headers, `Name:value|Name:value` or `"Name","value"`, with a secret among them.
fn headers(text: &str) -> Option<&str> {
    let mut name = "";
    for piece in text.split(['|', ',', '\n']) {
        let piece = piece.trim().trim_matches('"');
        let (header, value) = piece.split_once(':').unwrap_or((name, piece));
        let squashed = squash(header);
        if (ends_with(&squashed, HEADERS) || is_secret_name(header)) && is_literal(header, without_scheme(value)) {
            return Some(without_scheme(value));
        }
        name = if piece.contains(':') || !name.is_empty() { "" } else { piece };
    }
    None
}

/// The credentials of an `Authorization` header without `Bearer` or `Basic`.
fn without_scheme(text: &str) -> &str {
    text.trim().split_once(' ').map_or(text, |(_, credentials)| credentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in [
            "password",
            "connection.password",
            "database.sslpassword",
            "a.secretKey",
            "a.authPassword",
            "aws.secret.access.key",
            "splunk.hec.token",
            "driver.javax.net.ssl.trustStorePassword",
            "x.basic.auth.user.info",
            "snowflake.private.key",
            "s3.sse.customer.key",
            "SecretAccessKey",
            "config.providers.v.param.token",
            "config.providers.l.param.aws.secret.key",
            "a.credentials.json",
            "password3",
            "redis.pass",
            "api.key",
            "pwd",
            "java.naming.security.credentials",
            "iceberg.catalog.credential",
            "source.cluster.ssl.keystore.key",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "errors.deadletterqueue.topic.name",
            "database.sslkey",
            "aws.access.key.id",
            "salesforce.consumer.key",
            "s3.sse.kms.key.id",
            "a.password.file",
            "oauth2.request.client.secret.property",
            "oauth2.response.token.property",
            "a.secret.name",
            "secretsManagerSecretId",
            "store.kafka.keys",
            "schema.history.internal.redis.key",
            "keys.format.class",
            "config.providers",
            "config.providers.secretManager.class",
            "ssl.truststore.certificates",
            "ssl.keystore.certificate.chain",
            "ssl.keystore.location",
            "token.url",
            "sasl.login.class",
            "bypass",
            "aws.credentials.provider.class",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn literals() {
        for text in ["hunter2", "pa$s{w}o:rd", "${a", "$ecret", "/etc/x", "p@ss word", "12345678"] {
            assert!(is_literal("password", text), "{text}");
        }
        let mark = REFERENCE.to_string();
        for text in [
            "",
            "  ",
            "${PW}",
            "$PW_1",
            "{{pw}}",
            "<pw>",
            "[hidden]",
            "****",
            "true",
            "FALSE",
            &mark,
            "arn:aws:x",
            "/run/k.pem",
            "\"\"",
        ] {
            assert!(!is_literal("password", text), "{text}");
        }
        assert!(!is_literal("max.token", "5"));
    }

    #[test]
    fn jaas_options() {
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
    fn header_lists() {
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
    fn credentials_in_urls() {
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
            assert_eq!(in_url(text, "x").map(|(form, _)| form), Some(Form::UserInfo), "{text}");
        }
        for text in parameter {
            assert_eq!(in_url(text, "x").map(|(form, _)| form), Some(Form::Parameter), "{text}");
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
