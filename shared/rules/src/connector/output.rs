//! What a sink asks S3 to seal its objects with.

use super::catalog::{Connector, Sse, WithoutKey};
use super::grade::{Origin, Output};
use super::judge::shown;
use super::remedy;
use super::settings::Settings;

const BUCKET: &str = "the connector asks for no KMS key, so the bucket's default decides";

/// What the settings of an S3 sink say; `None` for anything else.
pub(super) fn judge(settings: &Settings, connector: &Connector) -> Option<Output> {
    let sse = connector.output?;
    let applies = |(name, value): &(&str, &str)| {
        settings.get(name).is_some_and(|found| match value.strip_suffix('*') {
            Some(start) => found.text().starts_with(start),
            None => found.text() == *value,
        })
    };
    if !sse.when.is_empty() && !sse.when.iter().any(applies) {
        // Iceberg writes wherever its catalog says, through whatever file system that names.
        let why = "the catalog decides where and how files are written";
        return Some(Output::Unknown { property: sse.algorithm.to_owned(), why });
    }
    Some(decide(settings, &sse))
}

fn decide(settings: &Settings, sse: &Sse) -> Output {
    let algorithm = settings.get(sse.algorithm);
    let text = algorithm.map_or("", |value| value.text());
    let key = settings.get(sse.key).filter(|value| !value.text().is_empty());
    if algorithm.is_some_and(|value| value.is_reference()) {
        return Output::Unknown { property: sse.algorithm.to_owned(), why: "a config provider supplies the algorithm" };
    }
    // Confluent's stream compares in any case, Iceberg and Aiven too.
    if !sse.kms.iter().any(|kms| kms.eq_ignore_ascii_case(text)) {
        return refused(settings, sse, text);
    }
    match (key, sse.without_key) {
        (Some(key), _) if key.is_reference() => {
            Output::Unknown { property: sse.key.to_owned(), why: "a config provider supplies the key" }
        }
        (Some(key), _) if is_key(key.text()) => {
            Output::Key { property: sse.key.to_owned(), key: key.text().to_owned() }
        }
        (Some(_), _) => Output::Unknown { property: sse.key.to_owned(), why: "its value does not look like a KMS key" },
        (None, WithoutKey::AwsManaged) => {
            Output::Key { property: sse.algorithm.to_owned(), key: "alias/aws/s3".to_owned() }
        }
        (None, WithoutKey::Unclear) => Output::Unknown {
            property: sse.algorithm.to_owned(),
            why: "SSE-KMS is asked for, but the connector can name no key, and its 3.x code sends the value in another header",
        },
        (None, WithoutKey::Nothing) => {
            let why = format!("{} without {} sends no encryption header at all: {BUCKET}", sse.better, sse.key);
            Output::NoKey(remedy::no_key(sse.key, "not set".to_owned(), why, lines(sse), Origin::Default))
        }
    }
}

/// No SSE-KMS: says what there is instead, and what was probably meant.
fn refused(settings: &Settings, sse: &Sse, text: &str) -> Output {
    const KNOWN: &[&str] = &["AES256", "aws:kms:dsse", "none", "s3", "custom"];
    let word = KNOWN.iter().copied().find(|word| word.eq_ignore_ascii_case(text)).unwrap_or_default();
    let origin = if text.is_empty() { Origin::Default } else { Origin::Setting };
    let why = match word {
        _ if sse.algorithm.is_empty() => {
            "the connector has no setting for encryption, so the bucket's default decides".to_owned()
        }
        "AES256" if settings.has("s3.sse.customer.key") => {
            "objects are sealed with a key of the settings (SSE-C), not with a KMS key".to_owned()
        }
        "custom" => "objects are sealed with a key of the settings (SSE-C), not with a KMS key".to_owned(),
        "AES256" | "s3" => "objects are sealed with a key of S3 itself (SSE-S3), not with a KMS key".to_owned(),
        "aws:kms:dsse" => format!("this connector accepts the value but sends no header for it: {BUCKET}"),
        _ if settings.has("s3.sse.enabled") => {
            format!("s3.sse.enabled is no setting of this connector and asks for nothing: {BUCKET}")
        }
        _ if settings.has(sse.key) => {
            format!("a key alone has no effect without {}={}: {BUCKET}", sse.algorithm, sse.better)
        }
        _ => BUCKET.to_owned(),
    };
    let property = if sse.algorithm.is_empty() { "connector.class" } else { sse.algorithm };
    Output::NoKey(remedy::no_key(
        property,
        if sse.algorithm.is_empty() { String::new() } else { shown(word, origin) },
        why,
        lines(sse),
        origin,
    ))
}

fn lines(sse: &Sse) -> Vec<String> {
    let line = |name: &str, value: &str| (!name.is_empty()).then(|| format!("{name}={value}"));
    line(sse.algorithm, sse.better).into_iter().chain(line(sse.key, "KEY_ARN")).collect()
}

/// A key id, a key ARN, an alias or an alias ARN, and nothing that could be a secret.
fn is_key(text: &str) -> bool {
    let uuid = text.len() == 36 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let plain =
        text.len() <= 2048 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '_' | '-'));
    plain && (uuid || ["arn:", "alias/", "mrk-"].iter().any(|start| text.starts_with(start)))
}
