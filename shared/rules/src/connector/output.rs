//! The encryption that a sink requests from S3.

use super::catalog::{Connector, Sse, WithoutKey};
use super::remedy;
use super::report::{Origin, Output, Reason, display_value};
use super::settings::Settings;
use crate::language::{Text, text};

const BUCKET: Text = Text::literal("the connector requests no KMS key, so the bucket's default encryption applies");

/// The encryption that the settings request; `None` if the connector does not write to S3.
pub(super) fn requested(settings: &Settings, connector: &Connector) -> Option<Output> {
    let sse = connector.output?;
    let applies = |(name, value): &(&str, &str)| {
        settings.get(name).is_some_and(|found| match value.strip_suffix('*') {
            Some(start) => found.text().starts_with(start),
            None => found.text() == *value,
        })
    };
    if !sse.when.is_empty() && !sse.when.iter().any(applies) {
        // Iceberg writes where its catalog says, with the file system that the catalog names.
        let why = Text::literal("the catalog decides where and how the connector writes files");
        return Some(Output::Unknown { property: sse.algorithm.to_owned(), why });
    }
    Some(decide(settings, &sse))
}

fn decide(settings: &Settings, sse: &Sse) -> Output {
    let algorithm = settings.get(sse.algorithm);
    let text = algorithm.map_or("", |value| value.text());
    let key = settings.get(sse.key).filter(|value| !value.text().is_empty());
    if algorithm.is_some_and(|value| value.is_reference()) {
        let why = Text::literal("a config provider supplies the algorithm");
        return Output::Unknown { property: sse.algorithm.to_owned(), why };
    }
    // Confluent's S3 stream ignores case, as do Iceberg and Aiven.
    if !sse.kms.iter().any(|kms| kms.eq_ignore_ascii_case(text)) {
        return Output::NoKey(without_kms(settings, sse, text));
    }
    match (key, sse.without_key) {
        (Some(key), _) if key.is_reference() => {
            let why = Text::literal("a config provider supplies the key");
            Output::Unknown { property: sse.key.to_owned(), why }
        }
        (Some(key), _) if is_key(key.text()) => {
            Output::Key { property: sse.key.to_owned(), key: key.text().to_owned() }
        }
        (Some(_), _) => {
            let why = Text::literal("its value does not look like a KMS key");
            Output::Unknown { property: sse.key.to_owned(), why }
        }
        (None, WithoutKey::AwsManaged) => {
            Output::Key { property: sse.algorithm.to_owned(), key: "alias/aws/s3".to_owned() }
        }
        (None, WithoutKey::Unclear) => Output::Unknown {
            property: sse.algorithm.to_owned(),
            why: Text::literal(
                "the settings request SSE-KMS, but the connector has no setting for the key, and its 3.x code sends the value in another header",
            ),
        },
        (None, WithoutKey::NoHeader) => {
            let why = text!(
                "{algorithm} without {key} sends no encryption header: {consequence}",
                algorithm = sse.recommended,
                key = sse.key,
                consequence = BUCKET,
            );
            Output::NoKey(remedy::no_key(sse.key, Text::literal("not set"), why, fix(sse)))
        }
    }
}

/// The reason for an algorithm other than SSE-KMS: what applies instead, and which setting has no effect.
fn without_kms(settings: &Settings, sse: &Sse, text: &str) -> Reason {
    const KNOWN: &[&str] = &["AES256", "aws:kms:dsse", "none", "s3", "custom"];
    if sse.algorithm.is_empty() {
        let why = Text::literal("the connector has no encryption setting, so the bucket's default encryption applies");
        return remedy::no_key("connector.class", Text::default(), why, fix(sse));
    }
    let word = KNOWN.iter().copied().find(|word| word.eq_ignore_ascii_case(text)).unwrap_or_default();
    let sse_c = word == "custom" || (word == "AES256" && settings.has("s3.sse.customer.key"));
    let why = match word {
        _ if sse_c => Text::literal("objects are encrypted with a key from the settings (SSE-C), not with a KMS key"),
        "AES256" | "s3" => Text::literal("objects are encrypted with a key of S3 (SSE-S3), not with a KMS key"),
        "aws:kms:dsse" => text!(
            "the connector accepts the value but sends no encryption header for it: {consequence}",
            consequence = BUCKET
        ),
        _ if settings.has("s3.sse.enabled") => text!(
            "s3.sse.enabled is not a setting of this connector and has no effect: {consequence}",
            consequence = BUCKET
        ),
        _ if settings.has(sse.key) => text!(
            "a key alone has no effect without {algorithm}={value}: {consequence}",
            algorithm = sse.algorithm,
            value = sse.recommended,
            consequence = BUCKET,
        ),
        _ => BUCKET,
    };
    let origin = if text.is_empty() { Origin::Default } else { Origin::Setting };
    remedy::no_key(sse.algorithm, display_value(word, origin), why, fix(sse))
}

fn fix(sse: &Sse) -> Vec<String> {
    let line = |name: &str, value: &str| (!name.is_empty()).then(|| format!("{name}={value}"));
    line(sse.algorithm, sse.recommended).into_iter().chain(line(sse.key, "KEY_ARN")).collect()
}

/// Whether `text` is a key id, a key ARN, an alias or an alias ARN, so that it cannot be a secret.
fn is_key(text: &str) -> bool {
    let uuid = text.len() == 36 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let plain =
        text.len() <= 2048 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '_' | '-'));
    plain && (uuid || ["arn:", "alias/", "mrk-"].iter().any(|start| text.starts_with(start)))
}
