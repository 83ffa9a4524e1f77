//! Looking up in KMS what a record does not tell.

use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::types::KeyMetadata;
use sealwatch_rules::facts::{Fact, Facts, Rotation};
use sealwatch_rules::judge::Need;
use sealwatch_rules::key::Key;
use sealwatch_rules::text::plain;
use tokio::task::JoinSet;

use crate::clients::Lazy;

/// An answer about one need.
enum Answer {
    Key(Fact<Key>),
    Rotation(Fact<Rotation>),
}

/// Looks up everything at the same time and adds it to what is known already.
///
/// # Errors
/// Fails where AWS did not answer (throttling, time-outs, its own failures), so that the event is
/// tried again. Where it answered that access is denied or that there is no such key, that is a
/// fact: nothing can be known.
pub(crate) async fn look_up(
    needs: Vec<Need>,
    kms: &Lazy<aws_sdk_kms::Client>,
    mut facts: Facts,
) -> Result<Facts, String> {
    let mut asked = JoinSet::new();
    for need in needs {
        let kms = aws_sdk_kms::Client::clone(kms);
        asked.spawn(async move {
            let answer = match &need {
                Need::Key(arn) => describe_key(&kms, arn).await.map(Answer::Key),
                Need::Rotation(arn) => rotation(&kms, arn).await.map(Answer::Rotation),
                Need::Stream(_) | Need::FirehoseStream(_) => Err(format!("{need:?} is not looked up here")),
            };
            (need, answer)
        });
    }
    while let Some(joined) = asked.join_next().await {
        let (need, answer) = joined.map_err(|error| format!("a look-up broke off: {error}"))?;
        match (need, answer?) {
            (Need::Key(arn), Answer::Key(key)) => facts.put_key(arn, key),
            (Need::Rotation(arn), Answer::Rotation(rotation)) => facts.put_rotation(arn, rotation),
            (need, _) => return Err(format!("{need:?} was answered by something else")),
        }
    }
    Ok(facts)
}

async fn describe_key(kms: &aws_sdk_kms::Client, arn: &str) -> Result<Fact<Key>, String> {
    let answer = kms.describe_key().key_id(arn).send().await;
    let answer = answered("kms:DescribeKey", arn, answer)?;
    Ok(answer.and_then(|answer| {
        answer
            .key_metadata
            .map(|metadata| key(&metadata))
            .ok_or_else(|| format!("kms:DescribeKey told nothing about `{arn}`"))
    }))
}

async fn rotation(kms: &aws_sdk_kms::Client, arn: &str) -> Result<Fact<Rotation>, String> {
    let answer = kms.get_key_rotation_status().key_id(arn).send().await;
    let answer = answered("kms:GetKeyRotationStatus", arn, answer)?;
    Ok(answer.map(|answer| Rotation {
        enabled: answer.key_rotation_enabled,
        period_days: answer.rotation_period_in_days.map(i64::from),
    }))
}

/// Tells what AWS answered from that it did not answer.
fn answered<T, E, R>(call: &str, arn: &str, answer: Result<T, SdkError<E, R>>) -> Result<Fact<T>, String>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    let error = match answer {
        Ok(answer) => return Ok(Ok(answer)),
        Err(error) => error,
    };
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default();
    let why = match code {
        "AccessDeniedException" | "AccessDenied" => {
            format!("`{call}` on `{arn}` was denied: allow it in the function's role and in the key's policy")
        }
        "NotFoundException" => format!("KMS knows no key `{arn}`"),
        "InvalidArnException" | "ValidationException" => format!("KMS does not take `{arn}` for a key"),
        "UnsupportedOperationException" => format!("`{call}` is not offered for `{arn}`"),
        _ => return Err(format!("`{call}` on `{arn}` was not answered: {}", explained(&error))),
    };
    Ok(Err(why))
}

/// An error of the SDK in one line: what the service answered, or why there was no answer.
pub(crate) fn explained<E: ProvideErrorMetadata + std::error::Error>(error: &E) -> String {
    if let Some(code) = error.code() {
        return plain(&format!("{code}: {}", error.message().unwrap_or("no message")));
    }
    let mut causes = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    plain(&causes.join(": "))
}

fn key(metadata: &KeyMetadata) -> Key {
    let replica = metadata.multi_region_configuration.as_ref().and_then(|region| region.multi_region_key_type.as_ref());
    Key {
        arn: metadata.arn.clone().unwrap_or_default(),
        aws_managed: metadata.key_manager.as_ref().is_some_and(|manager| manager.as_str() == "AWS"),
        state: Some(metadata.key_state.as_ref().map_or("Enabled", |state| state.as_str()).to_owned()),
        spec: Some(metadata.key_spec.as_ref().map_or("SYMMETRIC_DEFAULT", |spec| spec.as_str()).to_owned()),
        usage: Some(metadata.key_usage.as_ref().map_or("ENCRYPT_DECRYPT", |usage| usage.as_str()).to_owned()),
        origin: Some(metadata.origin.as_ref().map_or("AWS_KMS", |origin| origin.as_str()).to_owned()),
        replica: replica.is_some_and(|kind| kind.as_str() == "REPLICA"),
    }
}
