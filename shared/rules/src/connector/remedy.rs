//! The property lines to write instead, with a reference to Secrets Manager where a secret stood.

use super::catalog::Connector;
use super::drivers::{Driver, Verdict};
use super::grade::{Grade, Origin, Place, Reason};
use super::jdbc::Jdbc;
use super::judge::{Weak, shown, weak};
use super::secrets::{Form, Secret};
use super::settings::Settings;
use super::url::{self, Url};

/// A URL with a plaintext scheme.
pub(super) fn url(weak: Weak, scheme: &'static str, address: &Url<'_>) -> Weak {
    let hosts = address.shown_hosts();
    let fix = format!("{}={}://{hosts}", weak.property, url::sealed(scheme));
    Weak { value: format!("{scheme}://{hosts}"), fix: vec![fix], ..weak }
}

/// A JDBC URL, or a setting beside it that reaches the driver.
pub(super) fn jdbc(name: &str, jdbc: &Jdbc<'_>, verdict: Verdict) -> Weak {
    let property = verdict.property.unwrap_or_else(|| name.to_owned());
    let fix = match jdbc.driver {
        Some(driver) if property == name => vec![format!("{name}={}", jdbc.fixed(driver))],
        Some(driver) => beside(&property, driver),
        None => Vec::new(),
    };
    let value = shown(&verdict.value, verdict.origin);
    let value = match verdict.origin {
        _ if property != name => value,
        Origin::Default => format!("{} without a mode, default {}", jdbc.shown, verdict.value),
        Origin::Setting => format!("{} with {}", jdbc.shown, verdict.value),
    };
    Weak { value, note: verdict.note, fix, origin: verdict.origin, ..weak(verdict.grade, &property) }
}

/// A setting that reaches the driver of a connector that makes the URL itself.
pub(super) fn driver(connector: &Connector, driver: &Driver, verdict: Verdict) -> Weak {
    let prefix = connector.kind.prefixes().first().copied().unwrap_or_default();
    let first = driver.better.first().map_or("", |(key, _)| key);
    // Oracle's address is made for plain TCP: nothing but a whole URL switches TLS on.
    let oracle = connector
        .urls
        .first()
        .map(|name| format!("{name}=jdbc:oracle:thin:@tcps://HOST:2484/SERVICE?ssl_server_dn_match=yes"));
    let made = connector.urls.first().map_or_else(|| format!("{prefix}{first}"), |name| (*name).to_owned());
    let property = verdict.property.unwrap_or(made);
    let fix = oracle.map_or_else(|| beside(&property, driver), |line| vec![line]);
    Weak {
        value: shown(&verdict.value, verdict.origin),
        note: verdict.note,
        fix,
        origin: verdict.origin,
        ..weak(verdict.grade, &property)
    }
}

/// The driver's parameters as settings with the prefix that `property` has.
fn beside(property: &str, driver: &Driver) -> Vec<String> {
    let prefix = ["connection.", "hibernate.connection.", "database.", "driver."]
        .into_iter()
        .find(|prefix| property.starts_with(prefix));
    let line = |(key, value): &(&str, &str)| format!("{}{key}={value}", prefix.unwrap_or_default());
    driver.better.iter().map(line).collect()
}

/// The alias under which Secrets Manager is known to the worker.
///
/// Taken from the names of settings, never from a value.
pub(super) fn provider(settings: &Settings, worker: Option<&Settings>) -> String {
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
pub(super) fn secret(secret: &Secret<'_>, provider: &str, place: Place) -> Reason {
    let property = secret.property;
    let reference = |key: &str| format!("${{{provider}:NAME:{key}}}");
    let lead = &secret.lead;
    let (what, value) = match secret.form {
        Form::Whole => ("a secret stands here in clear", reference(property)),
        Form::KeyMaterial => ("a private key stands here in clear", reference(property)),
        Form::UserInfo => (
            "the address holds a password in clear",
            format!("{lead}{}:{}@HOST/…", reference("user"), reference("password")),
        ),
        Form::Parameter => {
            ("a parameter in it holds a secret in clear", format!("{lead}…password={}…", reference("password")))
        }
        Form::Jaas => (
            "the login configuration holds a password in clear",
            format!("… username=\"{}\" password=\"{}\";", reference("username"), reference("password")),
        ),
        Form::Header => ("a header in it holds a secret in clear", format!("…:{}", reference(property))),
    };
    Reason {
        place,
        property: property.to_owned(),
        value: "[hidden]".to_owned(),
        why: format!("{what}, readable by everybody who may describe the connector"),
        fix: vec![format!("{property}={value}")],
        origin: Origin::Setting,
        // A truststore holds public certificates; its password only guards their integrity.
        minor: property.to_ascii_lowercase().replace(['.', '-', '_'], "").ends_with("truststorepassword"),
    }
}

/// An S3 sink that asks for no KMS key.
pub(super) fn no_key(property: &str, value: String, why: String, fix: Vec<String>, origin: Origin) -> Reason {
    Reason { place: Place::Connector, property: property.to_owned(), value, why, fix, origin, minor: false }
}

/// A Kafka client without TLS, or without a host name check.
pub(super) fn kafka(grade: Grade, property: String, value: String, better: &str, origin: Origin, side: bool) -> Weak {
    let fix = vec![format!("{property}={better}")];
    Weak { value, fix, origin, side, ..weak(grade, &property) }
}
