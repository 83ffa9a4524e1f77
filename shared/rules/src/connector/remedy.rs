//! Issues and reasons with the property lines that fix them.

use super::catalog::Connector;
use super::drivers::{Classification, Driver};
use super::jdbc::Jdbc;
use super::report::{ConfigSource, HIDDEN, Issue, Origin, Reason, Secret, TlsLevel, display_value, table_word};
use super::secrets::{SecretForm, SecretSetting};
use super::settings::Settings;
use super::url::{self, Url};
use crate::language::{Text, text};

/// A URL with a weak scheme.
pub(super) fn url(level: TlsLevel, name: &str, scheme: &'static str, url: &Url<'_>, secrets: &[Secret]) -> Issue {
    let hosts = url.display_hosts(secrets);
    let fix = format!("{name}={}://{hosts}", url::secure_scheme(scheme));
    Issue { value: format!("{scheme}://{hosts}").into(), fix: vec![fix], ..Issue::new(level, name) }
}

/// A MongoDB connection string.
pub(super) fn mongo(level: TlsLevel, name: &str, word: &'static str) -> Issue {
    let fix = vec![format!("{name}=mongodb://HOST/?tls=true")];
    Issue { value: table_word(word), fix, ..Issue::new(level, name) }
}

/// A JDBC URL, or a separate setting that the connector passes to the driver.
pub(super) fn jdbc(name: &str, jdbc: &Jdbc<'_>, found: Classification) -> Issue {
    let property = found.property.unwrap_or_else(|| name.to_owned());
    if !found.level.is_weak() {
        return Issue::new(found.level, &property);
    }
    let fix = match jdbc.driver {
        Some(driver) if property == name => vec![format!("{name}={}", jdbc.recommended(driver))],
        Some(driver) => driver_settings(&property, driver),
        None => Vec::new(),
    };
    let value = match found.origin {
        origin if property != name => display_value(&found.value, origin),
        Origin::Default => {
            text!("{url} without a mode, default {mode}", url = jdbc.display.as_str(), mode = found.value)
        }
        Origin::Setting => text!("{url} with {parameter}", url = jdbc.display.as_str(), parameter = found.value),
    };
    Issue { value, fix, ..Issue::new(found.level, &property) }.noting(found.note)
}

/// A setting that the connector passes to the driver, if the connector builds the URL itself.
pub(super) fn driver(connector: &Connector, driver: &Driver, found: Classification) -> Issue {
    // Only Oracle's connector has a setting for the URL, and builds an address for plain TCP without it: nothing but
    // a complete URL enables TLS.
    let url = connector.urls.first();
    let default_property = || match url {
        Some(name) => (*name).to_owned(),
        None => {
            let prefix = connector.kind.prefixes().first().copied().unwrap_or_default();
            let key = driver.recommended.first().map_or("", |(key, _)| key);
            format!("{prefix}{key}")
        }
    };
    let property = found.property.unwrap_or_else(default_property);
    if !found.level.is_weak() {
        return Issue::new(found.level, &property);
    }
    let fix = match url {
        Some(name) => vec![format!("{name}=jdbc:oracle:thin:@tcps://HOST:2484/SERVICE?ssl_server_dn_match=yes")],
        None => driver_settings(&property, driver),
    };
    let value = display_value(&found.value, found.origin);
    Issue { value, fix, ..Issue::new(found.level, &property) }.noting(found.note)
}

/// The driver's recommended parameters as settings, with the prefix of `property`.
fn driver_settings(property: &str, driver: &Driver) -> Vec<String> {
    let prefix = ["connection.", "hibernate.connection.", "database.", "driver."]
        .into_iter()
        .find(|prefix| property.starts_with(prefix))
        .unwrap_or_default();
    driver.recommended.iter().map(|(key, value)| format!("{prefix}{key}={value}")).collect()
}

/// The alias of the worker's config provider for Secrets Manager.
///
/// It comes from the names of settings, never from a value.
pub(super) fn secrets_provider(settings: &Settings, worker: Option<&Settings>) -> String {
    let alias = |settings: &Settings| {
        let mut providers = settings
            .below("config.providers.")
            .filter_map(|(_, rest, value)| Some((rest.strip_suffix(".class")?, value)));
        let (alias, _) = providers.find(|(_, class)| class.text().contains("SecretsManager"))?;
        alias.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-').then(|| alias.to_owned())
    };
    worker.and_then(alias).or_else(|| alias(settings)).unwrap_or_else(|| "secretManager".to_owned())
}

/// A literal secret.
pub(super) fn secret(secret: &SecretSetting<'_>, provider: &str, source: ConfigSource) -> Reason {
    let property = secret.property;
    let reference = |key: &str| format!("${{{provider}:NAME:{key}}}");
    let start = &secret.address_start;
    let (what, value) = match secret.form {
        SecretForm::Whole => (Text::literal("the value is a secret in clear text"), reference(property)),
        SecretForm::KeyMaterial => {
            (Text::literal("the value contains a private key in clear text"), reference(property))
        }
        SecretForm::UserInfo => (
            Text::literal("the address contains a password in clear text"),
            format!("{start}{}:{}@HOST/…", reference("user"), reference("password")),
        ),
        SecretForm::Parameter => (
            Text::literal("a parameter contains a secret in clear text"),
            format!("{start}…password={}…", reference("password")),
        ),
        SecretForm::Jaas => (
            Text::literal("the login configuration contains a password in clear text"),
            format!("… username=\"{}\" password=\"{}\";", reference("username"), reference("password")),
        ),
        SecretForm::Json => (
            Text::literal("a member of the JSON contains a secret in clear text"),
            format!("{{…\"{}\"…}}", reference("MEMBER")),
        ),
        SecretForm::Header => {
            (Text::literal("a header contains a secret in clear text"), format!("…:{}", reference(property)))
        }
    };
    Reason {
        source,
        property: property.to_owned(),
        value: table_word(HIDDEN),
        why: match source {
            ConfigSource::Connector => text!("{what}, readable by everyone who can describe the connector", what),
            ConfigSource::Worker => {
                text!("{what}, readable by everyone who can describe the worker configuration", what)
            }
        },
        fix: vec![match is_provider_parameter(property) {
            true => format!(
                "# remove {property}: Kafka Connect replaces no references in the parameters of a config provider, so let it authenticate with the IAM role of the connector"
            ),
            false => format!("{property}={value}"),
        }],
        // A truststore contains public certificates; its password only protects their integrity.
        reduced_severity: property.to_ascii_lowercase().replace(['.', '-', '_'], "").ends_with("truststorepassword"),
    }
}

/// True for a parameter of a config provider. Kafka creates the providers before it replaces references, with their parameters
/// as they are written.
///
/// <https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/config/AbstractConfig.java>
fn is_provider_parameter(property: &str) -> bool {
    let provider = property.strip_prefix("config.providers.").and_then(|rest| rest.split_once(".param."));
    provider.is_some_and(|(alias, _)| !alias.contains('.'))
}

/// An S3 sink that requests no KMS key.
pub(super) fn no_key(property: &str, value: Text, why: Text, fix: Vec<String>) -> Reason {
    let source = ConfigSource::Connector;
    Reason { source, property: property.to_owned(), value, why, fix, reduced_severity: false }
}

/// A Kafka client without TLS or without hostname verification.
pub(super) fn kafka(level: TlsLevel, property: &str, value: Text, recommended: &str, side_channel: bool) -> Issue {
    Issue { value, fix: vec![format!("{property}={recommended}")], side_channel, ..Issue::new(level, property) }
}
