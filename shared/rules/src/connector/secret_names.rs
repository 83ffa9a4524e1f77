//! Which names carry a secret, and which values are one.

use super::settings::REFERENCE;

/// Endings of names that carry a secret, normalized.
///
/// Sources: the PASSWORD-typed properties of the connectors in the catalog; Debezium's own masking pattern
/// (debezium-config, `Configuration.java`).
pub const ENDINGS: &[&str] = &[
    "password",
    "passwords",
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
    "sharedaccesskey",
    "sharedaccesssignature",
    "encryptionkey",
    "signingkey",
    "hmackey",
];

/// Names of URL parameters that sign a request, or that take a key if their value is a token.
///
/// Sources: learn.microsoft.com, "Create a service SAS" (`sig`) and "Azure Functions access keys" (`code`);
/// cloud.google.com, "Use API keys to access APIs" (`key`).
const SIGNATURES: &[&str] = &["sig", "signature"];
const KEYS: &[&str] = &["key", "code"];

/// How tokens of well-known services begin.
///
/// Source: the services' documentation, and gitleaks/gitleaks, `config/gitleaks.toml`.
const TOKENS: &[&str] = &[
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxr-",
    "sk_live_",
    "rk_live_",
    "npm_",
    "pypi-",
    "hvs.",
    "dop_v1_",
    "SG.",
];

/// Endings of names whose value may be a secret even if it is a number, normalized.
pub(super) const PASSWORDS: &[&str] = &["password", "passwd", "passphrase", "pwd", "secret"];

/// Whether a property, parameter or option of this name carries a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let last = name.rsplit(['.', '-', '_']).next().unwrap_or_default();
    ends_with(&normalize(name), ENDINGS) || last.eq_ignore_ascii_case("pass")
}

/// Whether a parameter of a URL carries a secret.
pub(super) fn is_secret_parameter(name: &str, value: &str) -> bool {
    let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let signature = is(SIGNATURES) || normalize(name).ends_with("amzsignature");
    (is_secret_name(name) || signature || (is(KEYS) && is_token(value))) && is_literal(name, value)
}

/// Whether `text` is rather a token than a name.
pub(super) fn is_token(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'='));
    text.len() >= 20 && plain && text.contains(|c: char| c.is_ascii_digit()) && text.contains(char::is_alphabetic)
}

/// Whether `text` is a token of a well-known service, whatever the name of the setting.
pub(super) fn is_known_token(text: &str) -> bool {
    let token = |start: &&str| text.strip_prefix(*start).is_some_and(|rest| rest.len() >= 16);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.bytes().all(plain) && text.contains(|c: char| c.is_ascii_digit()) && TOKENS.iter().any(token)
}

/// Whether `text` is or contains a private key as PEM, also in base64.
pub(super) fn has_private_key(text: &str) -> bool {
    let is_pem = |text: &str| {
        text.contains("-----BEGIN")
            && ["PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"].iter().any(|end| text.contains(end))
    };
    // `-----BEGIN ` in base64
    let encoded =
        || text.starts_with("LS0tLS1CRUdJTi").then(|| base64_simd::forgiving_decode_to_vec(text.as_bytes()).ok());
    is_pem(text) || encoded().flatten().is_some_and(|bytes| is_pem(&String::from_utf8_lossy(&bytes)))
}

/// Whether `text` is a secret and not a reference, a template, a redacted value, a switch or a path.
pub(super) fn is_literal(name: &str, text: &str) -> bool {
    let text = text.trim().trim_matches(['"', '\'']);
    let inside = |open: &str, close: &str| text.starts_with(open) && text.ends_with(close);
    let template = inside("${", "}") || inside("{{", "}}") || inside("<", ">") || is_variable(text);
    let redacted =
        text == "[hidden]" || text.chars().all(|c| c == '*') || text.contains("HIDDEN_DUE_TO_SECURITY_REASONS");
    let switch = ["true", "false", "null"].iter().any(|word| text.eq_ignore_ascii_case(word));
    let number = text.bytes().all(|byte| byte.is_ascii_digit()) && !ends_with(&normalize(name), PASSWORDS);
    let location = text.starts_with("arn:") || text.starts_with("alias/") || is_path(text);
    !(text.contains(REFERENCE) || template || redacted || switch || number || location)
}

/// Whether a normalized name ends with one of `endings`.
pub(super) fn ends_with(normalized: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| normalized.ends_with(ending))
}

/// Removes separators and trailing digits, and converts to lower case: `database.ssl-Password2` becomes
/// `databasesslpassword`.
pub(super) fn normalize(name: &str) -> String {
    let mut letters = String::with_capacity(name.len());
    letters.extend(name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()));
    letters.truncate(letters.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    letters
}

/// `$NAME`, a variable that was not substituted.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_names() {
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
            "azure.SharedAccessKey",
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
    fn literal_secrets() {
        for text in ["hunter2", "pa$s{w}o:rd", "${a", "$ecret", "/etc/x", "p@ss word", "12345678"] {
            assert!(is_literal("password", text), "{text}");
        }
        let marker = REFERENCE.to_string();
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
            &marker,
            "arn:aws:x",
            "/run/k.pem",
            "\"\"",
        ] {
            assert!(!is_literal("password", text), "{text}");
        }
        assert!(!is_literal("max.token", "5"));
    }

    #[test]
    fn a_token_is_long_and_plain_and_has_digits_and_letters() {
        for (text, want) in [
            ("AIzaSy0123456789abcd", true),
            ("AIzaSy0123456789abc", false),
            ("a0123456789-_=abcdefgh", true),
            ("01234567890123456789", false),
            ("orders-and-customers-topic", false),
            ("orders/2026/customers", false),
            ("${orders_2026_customers}", false),
        ] {
            assert_eq!(is_token(text), want, "{text}");
        }
        for (text, want) in [
            ("ghp_0123456789abcdef", true),
            ("ghp_0123456789abcde", false),
            ("ghp_abcdefghijklmnopqrst", false),
            ("ghp_0123456789/abcdefgh", false),
            ("acme_0123456789abcdefgh", false),
        ] {
            assert_eq!(is_known_token(text), want, "{text}");
        }
    }

    #[test]
    fn known_tokens_and_keys() {
        assert!(is_known_token("ghp_0123456789abcdefABCDEF") && is_known_token("glpat-0123456789abcdef0"));
        assert!(
            !is_known_token("ghp_short1") && !is_known_token("SG.orders.and.customers.topic") && !is_known_token("")
        );
        assert!(has_private_key("-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"));
        assert!(has_private_key("LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSQ=="));
        assert!(!has_private_key("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSQ=="));
        assert!(is_secret_parameter("sig", "a%2Fb") && is_secret_parameter("X-Amz-Signature", "0f"));
        assert!(is_secret_parameter("key", "AIzaSy0123456789abcdef") && !is_secret_parameter("key", "orders"));
    }
}
