//! Finds literal secrets in settings.

use std::borrow::Cow;

use super::catalog::Connector;
use super::jdbc::Jdbc;
use super::json;
use super::secret_names::{
    PASSWORDS, ends_with, has_private_key, is_known_token, is_literal, is_secret_name, is_secret_parameter, normalize,
};
use super::settings::{REFERENCE, Settings, Value};
use super::url::{self, Url};

/// A setting that contains a literal secret.
pub(super) struct SecretSetting<'a> {
    pub(super) property: &'a str,
    /// Where the value contains the first of its secrets.
    pub(super) form: SecretForm,
    /// Every secret in the value, only for redacting copies of them.
    pub(super) literals: Vec<String>,
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
    /// A member of a JSON value.
    Json,
    KeyMaterial,
}

/// The secrets in one value.
type Found<'a> = Vec<(SecretForm, Cow<'a, str>)>;

/// Endings of HTTP header names that carry a secret, normalized.
const HEADERS: &[&str] =
    &["authorization", "cookie", "apikey", "accesskey", "authkey", "subscriptionkey", "functionskey"];

/// Prefixes of settings that contain names of fields, topics and classes, whatever the setting's own name is.
///
/// Source: apache/kafka, connect/runtime `ConnectorConfig.java`, `SourceConnectorConfig.java`.
const PASSIVE: &[&str] = &["topic.creation.", "topics", "message.key.columns", "column.mask.", "connector.class"];

/// How deep JSON may stand as a text in JSON.
const JSON_DEPTH: usize = 8;

/// Finds every literal secret.
pub(super) fn find<'a>(settings: &'a Settings, connector: Option<&'static Connector>) -> Vec<SecretSetting<'a>> {
    let secret = |(property, value): (&'a str, &'a Value)| {
        let found = find_in(property, value, settings, connector);
        let (form, _) = found.first()?;
        let (form, address_start) = (*form, address_start(value.text(), property));
        let literals = found.iter().flat_map(|(_, literal)| spellings(literal)).collect();
        Some(SecretSetting { property, form, literals, address_start })
    };
    settings.iter().filter(|(property, _)| !is_passive(property)).filter_map(secret).collect()
}

/// A secret as its setting spells it and as another setting may repeat it: without quotes, Camel's `RAW(…)` and percent
/// encoding.
fn spellings(literal: &str) -> Vec<String> {
    let bare = literal.trim().trim_matches(['"', '\'']);
    let bare = bare.strip_prefix("RAW(").and_then(|text| text.strip_suffix(')')).unwrap_or(bare);
    let mut spellings = vec![bare.to_owned()];
    spellings.extend((bare != literal).then(|| literal.to_owned()));
    spellings.extend(bare.contains('%').then(|| url::percent_decoded(bare)));
    spellings
}

/// Whether an address contains a literal secret.
pub(crate) fn address_has_secret(text: &str) -> bool {
    !in_url(text.trim(), "").is_empty()
}

/// Whether this setting never contains a secret or an address.
pub(super) fn is_passive(property: &str) -> bool {
    PASSIVE.iter().any(|prefix| property.starts_with(prefix))
}

/// The literal secrets in one setting.
fn find_in<'a>(
    property: &'a str,
    value: &'a Value,
    settings: &Settings,
    connector: Option<&'static Connector>,
) -> Found<'a> {
    let text = value.text();
    let whole = |form, text: &'a str| vec![(form, Cow::Borrowed(text))];
    let mut found = in_json(text, JSON_DEPTH);
    if has_private_key(text) {
        found.extend(whole(SecretForm::KeyMaterial, text));
    }
    if !found.is_empty() {
        return found;
    }
    if text.contains("://") || text.starts_with("jdbc") {
        found = in_url(text, property);
    }
    if !found.is_empty() {
        return found;
    }
    let all = |form, found: Vec<&'a str>| found.into_iter().map(|literal| (form, Cow::Borrowed(literal))).collect();
    let normalized = normalize(property);
    if normalized.ends_with("jaasconfig") {
        return all(SecretForm::Jaas, jaas(text));
    }
    if normalized.ends_with("headers") || normalized.ends_with("headersadditional") {
        // Transforms list the names of headers; only a list of headers has values.
        let named = !property.starts_with("transforms.") || text.contains(':');
        return if named { all(SecretForm::Header, headers(text)) } else { Vec::new() };
    }
    if normalized.ends_with("connectionstring") || normalized.ends_with("connectionproperties") {
        return all(SecretForm::Parameter, parameters(text));
    }
    let defined = connector.is_some_and(|connector| {
        let when = |(name, other, value): &(&str, &str, &str)| *name == property && settings.is(other, value);
        let listed = |name: &&str| name.strip_prefix('*').map_or(*name == property, |end| property.ends_with(end));
        connector.secrets.iter().any(listed) || connector.secrets_when.iter().any(when)
    });
    if text.contains("://") && !ends_with(&normalized, PASSWORDS) {
        return Vec::new(); // an address without a secret: the search above would have found one
    }
    let header = is_secret_header(property, settings);
    let authorization = header || normalized.ends_with("authorization");
    let literal = match text.split_once(':') {
        Some((_, password)) if normalized.ends_with("userinfo") => password,
        _ if authorization => without_auth_scheme(text),
        _ => text,
    };
    let secret = authorization || defined || is_secret_name(property) || is_known_token(text);
    if secret && is_literal(property, literal) { whole(SecretForm::Whole, literal) } else { Vec::new() }
}

/// Whether `property` is the value of a header that carries a secret.
///
/// Source: apache/kafka, connect/transforms `InsertHeader.java`: `header` is its name and `value.literal` its value.
fn is_secret_header(property: &str, settings: &Settings) -> bool {
    let name = property.strip_suffix("value.literal").and_then(|prefix| settings.get(&format!("{prefix}header")));
    name.is_some_and(|name| ends_with(&normalize(name.text()), HEADERS) || is_secret_name(name.text()))
}

/// The secrets in JSON: members that carry one, addresses, keys, and all of these in a text that is JSON itself.
fn in_json(text: &str, depth: usize) -> Found<'static> {
    let texts = json::texts(text);
    let is = |member: &str, values: &[&str]| {
        texts.iter().any(|(name, text)| name == member && values.iter().any(|value| value == text))
    };
    // Tink's keysets and JSON Web Keys have members whose names do not show that they are secrets.
    // Sources: tink-crypto/tink, proto/tink.proto (KeyMaterialType); RFC 7518, section 6
    let keyset = is("keyMaterialType", &["SYMMETRIC", "ASYMMETRIC_PRIVATE"]);
    let web_key = is("kty", &["oct", "RSA", "EC", "OKP"]);
    let mut found = Vec::new();
    for (name, text) in texts {
        let material = (keyset && name == "value") || (web_key && ["k", "d", "p", "q"].contains(&name.as_str()));
        let inner = if depth > 0 { in_json(&text, depth.saturating_sub(1)) } else { Vec::new() };
        if !inner.is_empty() {
            found.extend(inner);
        } else if has_private_key(&text) {
            found.push((SecretForm::KeyMaterial, Cow::Owned(text)));
        } else if text.contains("://") {
            found.extend(
                in_url(&text, &name).into_iter().map(|(_, literal)| (SecretForm::Json, literal.into_owned().into())),
            );
        } else {
            let header = ends_with(&normalize(&name), HEADERS);
            let literal = if header { without_auth_scheme(&text) } else { &text };
            let secret = material || header || is_secret_name(&name) || is_known_token(literal);
            if secret && is_literal(&name, literal) {
                found.push((SecretForm::Json, Cow::Owned(literal.to_owned())));
            }
        }
    }
    found
}

/// Passwords before the `@` of a URL, and secret parameters.
fn in_url<'a>(text: &'a str, property: &'a str) -> Found<'a> {
    let user_info = |found: Option<&'a str>| {
        let password = found.filter(|password| is_literal("password", password));
        password.map(|literal| (SecretForm::UserInfo, Cow::Borrowed(literal)))
    };
    let is_secret = is_secret_parameter;
    let parameter = |literal: &'a str| (SecretForm::Parameter, Cow::Borrowed(literal));
    if let Some(jdbc) = Jdbc::parse(text, property, &[]) {
        let params = jdbc.params.iter().filter(|param| is_secret(param.key, param.value));
        return user_info(jdbc.password).into_iter().chain(params.map(|param| parameter(param.value))).collect();
    }
    let urls: Vec<Url<'a>> = url::list(text).into_iter().filter_map(Url::parse).collect();
    let params = urls.iter().flat_map(Url::query).filter(|(name, value)| is_secret(name, value));
    let paths = urls.iter().filter_map(Url::secret_path).filter(|path| !path.contains(REFERENCE));
    let parameters = params.map(|(_, value)| value).chain(paths).map(parameter);
    urls.iter().filter_map(|url| user_info(url.password())).chain(parameters).collect()
}

/// How an address starts, up to its credentials. It contains only words from the tables.
fn address_start(text: &str, property: &str) -> String {
    if let Some(driver) = Jdbc::parse(text, property, &[]).and_then(|jdbc| jdbc.driver) {
        return format!("jdbc:{}://", driver.names.first().copied().unwrap_or_default());
    }
    let scheme = url::list(text).into_iter().find_map(Url::parse).and_then(|url| url::known_scheme(url.scheme));
    scheme.map_or_else(|| "…".to_owned(), |scheme| format!("{scheme}://"))
}

/// The secrets in `key=value;key=value`.
fn parameters(text: &str) -> Vec<&str> {
    let pairs = text.split(['?', '&', ';', ',']).filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, value)| is_secret_name(name) && is_literal(name, value)).map(|(_, value)| value).collect()
}

/// The secrets in a JAAS configuration: `Module required username="u" password="p";`.
fn jaas(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        let name = before
            .rsplit(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '-'))
            .next()
            .unwrap_or_default();
        let after = after.trim_start();
        let quoted = ['"', '\''].into_iter().find_map(|quote| after.strip_prefix(quote)?.split_once(quote));
        let (value, tail) = quoted.unwrap_or_else(|| url::split_before(after, &[' ', ';', '\n', '\t']));
        found.extend((is_secret_name(name) && is_literal(name, value)).then_some(value));
        rest = tail;
    }
    found
}

/// The secrets in a list of HTTP headers: `Name:value|Name:value` or `"Name","value"`.
fn headers(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut name = "";
    for piece in text.split(['|', ',', '\n']) {
        let piece = piece.trim().trim_matches('"');
        let (header, value) = piece.split_once(':').unwrap_or((name, piece));
        let secret = ends_with(&normalize(header), HEADERS) || is_secret_name(header);
        let value = without_auth_scheme(value);
        found.extend((secret && is_literal(header, value)).then_some(value));
        name = if piece.contains(':') || !name.is_empty() { "" } else { piece };
    }
    found
}

/// The credentials of an `Authorization` header without `Bearer` or `Basic`.
fn without_auth_scheme(text: &str) -> &str {
    let is_scheme = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    text.trim().split_once(' ').filter(|(scheme, _)| is_scheme(scheme)).map_or(text, |(_, credentials)| credentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_value_is_the_secret_but_for_the_name_before_it() {
        for (setting, want) in [
            ("connection.password=hunter:2", "hunter:2"),
            ("connection.password=u:${env:P}", ""),
            ("basic.auth.user.info=reader:hunter2", "hunter2"),
            ("basic.auth.user.info=reader:${env:P}", ""),
            ("basic.auth.user.info=hunter2", "hunter2"),
            ("http.authorization=Basic dTpw", "dTpw"),
            ("http.authorization=Bearer ${env:TOKEN}", ""),
            ("connection.user=reader:one", ""),
        ] {
            let settings = Settings::from_properties(setting);
            let found = find(&settings, None).pop().map(|found| found.literals.join(" "));
            assert_eq!(found.unwrap_or_default(), want, "{setting}");
        }
    }

    #[test]
    fn secrets_in_jaas_options() {
        let has = |found: Vec<&str>| !found.is_empty();
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
            assert!(!headers(text).is_empty(), "{text}");
        }
        for text in [
            "Accept:a/b|X-Trace:1",
            "Authorization: Bearer ${TOKEN}",
            "\"Content-Type\",\"token\"",
            "\"X-User\",\"{{header.user}}\"",
        ] {
            assert!(headers(text).is_empty(), "{text}");
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
            assert_eq!(in_url(text, "x").first().map(|(form, _)| *form), Some(SecretForm::UserInfo), "{text}");
        }
        for text in parameter {
            assert_eq!(in_url(text, "x").first().map(|(form, _)| *form), Some(SecretForm::Parameter), "{text}");
        }
        for text in [
            "https://u@h",
            "https://u:@h",
            "jdbc:oracle:thin:@//h:1/s",
            "jdbc:oracle:thin:/@h:1/s",
            "jdbc:mysql://h/d",
            "http://h/x?a=b@c",
        ] {
            assert_eq!(in_url(text, "x"), [], "{text}");
        }
    }
}
