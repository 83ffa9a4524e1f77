//! The timeline of a KMS key, and of the aliases that point to it.

use std::ops::RangeInclusive;

use crate::cloudtrail::field::Field;
use crate::cloudtrail::kms_event;
use crate::configuration::call::Call;
use crate::configuration::key::{DEFAULT_ROTATION_DAYS, Key, KeyRef, Rotation};
use crate::configuration::kms_alias::KmsAlias;
use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle, KmsKeyPolicy};
use crate::configuration::unresolved::Unresolved;
use crate::timeline::entries::{ContextEvent, Effect, RemediatedBy, Timeline, on};
use crate::util::time::{self, Seconds};

pub(super) static EVENTS: [ContextEvent; 25] = [
    on("CreateKey", created),
    on("CreateKey", policy),
    on("ReplicateKey", replicated),
    on("ReplicateKey", policy),
    on("ImportKeyMaterial", |call| state(call, "Enabled")),
    on("ImportKeyMaterial", expiration),
    on("DeleteImportedKeyMaterial", |call| state(call, "PendingImport")),
    on("DeleteExpiredKeyMaterial", |call| state(call, "PendingImport")),
    on(kms_event::EXPIRED, |call| state(call, "PendingImport")),
    on("DisableKeyRotation", rotation),
    on("DisableKey", |call| state(call, "Disabled")),
    on("ScheduleKeyDeletion", |call| state(call, "PendingDeletion")),
    on("DeleteKey", deleted),
    on(kms_event::DELETED, deleted),
    on("CancelKeyDeletion", |call| state(call, "Disabled")),
    on("EnableKey", |call| state(call, "Enabled")),
    on("EnableKeyRotation", rotation),
    on("DeleteAlias", |call| Some((KmsAlias::read(call).0.arn?, Effect::Alias(None)))),
    on("CreateAlias", alias),
    on("CreateAlias", |call| Some((key_arn(call, "targetKeyId")?, Effect::CustomerManaged))),
    on("UpdateAlias", alias),
    on("UpdateAlias", |call| Some((key_arn(call, "targetKeyId")?, Effect::CustomerManaged))),
    on("PutKeyPolicy", policy),
    on("PutKeyPolicy", |call| Some((KmsKeyLifecycle::read(call).0.arn?, Effect::CustomerManaged))),
    // for the primary key of a new replica
    on("ReplicateKey", |call| Some((key_arn(call, "keyId")?, Effect::CustomerManaged))),
];

pub(super) static REMEDIATED_BY: [RemediatedBy; 8] = [
    RemediatedBy { name: "CreateKey", effect: rotates },
    RemediatedBy { name: "DisableKeyRotation", effect: rotates },
    RemediatedBy { name: "DeleteImportedKeyMaterial", effect: |effect| *effect == Effect::State("Enabled") },
    RemediatedBy { name: "DeleteExpiredKeyMaterial", effect: |effect| *effect == Effect::State("Enabled") },
    RemediatedBy { name: kms_event::EXPIRED, effect: |effect| *effect == Effect::State("Enabled") },
    RemediatedBy { name: "ImportKeyMaterial", effect: |effect| *effect == Effect::Expires(None) },
    RemediatedBy { name: "DisableKey", effect: |effect| *effect == Effect::State("Enabled") },
    RemediatedBy { name: "ScheduleKeyDeletion", effect: |effect| *effect == Effect::State("Disabled") },
];

fn rotates(effect: &Effect) -> bool {
    matches!(effect, Effect::Rotation(Rotation { enabled: true, .. }))
}

fn created(call: &Call<'_>) -> Option<(String, Effect)> {
    match KmsKeyLifecycle::read(call) {
        (resource, KmsKeyLifecycle { call: KeyCall::Create(Field::Present(key)), .. }) => {
            Some((resource.arn?, new_key(key)))
        }
        _ => None,
    }
}

fn replicated(call: &Call<'_>) -> Option<(String, Effect)> {
    let key = Key::read(call.response(&["replicaKeyMetadata"]))?;
    Some((key.arn.clone(), new_key(key)))
}

/// A new key is in the state `Creating` only for a moment, and no call ends it. The material of a key with imported
/// material is not copied to its replicas.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-import.html>
fn new_key(mut key: Key) -> Effect {
    if key.state.as_deref() == Some("Creating") {
        let waits = key.origin.as_deref() == Some("EXTERNAL");
        key.state = Some(if waits { "PendingImport" } else { "Enabled" }.to_owned());
    }
    Effect::Key(Box::new(key))
}

fn state(call: &Call<'_>, state: &'static str) -> Option<(String, Effect)> {
    Some((KmsKeyLifecycle::read(call).0.arn?, Effect::State(state)))
}

fn deleted(call: &Call<'_>) -> Option<(String, Effect)> {
    Some((KmsKeyLifecycle::read(call).0.arn?, Effect::Deleted))
}

/// When the material that a call imports expires; KMS then deletes it. New material that does not expire takes nothing back from
/// what the key had before.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html>
fn expiration(call: &Call<'_>) -> Option<(String, Effect)> {
    let end = match call.requested("expirationModel") {
        Some("KEY_MATERIAL_DOES_NOT_EXPIRE") if call.requested("importType") == Some("NEW_KEY_MATERIAL") => {
            return None;
        }
        Some("KEY_MATERIAL_DOES_NOT_EXPIRE") => None,
        _ => Some(time::body_time(call.requested("validTo")?)?),
    };
    Some((KmsKeyLifecycle::read(call).0.arn?, Effect::Expires(end)))
}

fn rotation(call: &Call<'_>) -> Option<(String, Effect)> {
    let period_days = call.request(&["rotationPeriodInDays"]).number().value();
    let rotation = Rotation { enabled: call.name == "EnableKeyRotation", period_days };
    Some((KmsKeyLifecycle::read(call).0.arn?, Effect::Rotation(rotation)))
}

fn policy(call: &Call<'_>) -> Option<(String, Effect)> {
    let (resource, subject) = KmsKeyPolicy::read(call);
    let policy = subject.policy_in_force(call.name, call.scope.partition);
    Some((resource.arn?, Effect::Policy(policy.map(String::into_boxed_str))))
}

fn alias(call: &Call<'_>) -> Option<(String, Effect)> {
    let (resource, alias) = KmsAlias::read(call);
    Some((resource.arn?, Effect::Alias(alias.target.value()?.arn)))
}

/// The ARN of the key or alias that a member of the request names.
fn key_arn(call: &Call<'_>, member: &str) -> Option<String> {
    KeyRef::read(call.requested(member)?, call.scope).arn
}

impl Timeline {
    /// The rotation of a key that was created at the first of these times, as of the last.
    pub(crate) fn new_rotation(
        &self,
        arn: &str,
        times: RangeInclusive<Seconds>,
    ) -> Option<Result<Rotation, Unresolved>> {
        let mut latest = self.during(arn, times.clone()).rev();
        let state = latest.find_map(|effect| match effect {
            Effect::State(state) => Some(*state),
            Effect::Key(_) | Effect::Rotation(_) => Some("Enabled"),
            _ => None,
        });
        if state == Some("PendingDeletion") {
            return Some(Err(Unresolved::Deleted));
        }
        self.during(arn, times.clone()).rev().find_map(|effect| match effect {
            Effect::Rotation(rotation) => Some(Ok(Rotation {
                period_days: rotation.period_days.or_else(|| self.rotation_period(arn, *times.end())),
                ..*rotation
            })),
            _ => None,
        })
    }

    /// The rotation period of a key at a time: the latest that a call named, or else KMS's default for a key that was
    /// created on this timeline.
    pub(crate) fn rotation_period(&self, arn: &str, at: Seconds) -> Option<i64> {
        let named = self.until(arn, at).find_map(|effect| match effect {
            Effect::Rotation(rotation) => rotation.period_days,
            _ => None,
        });
        let created_here = || self.until(arn, at).any(|effect| matches!(effect, Effect::Key(_)));
        named.or_else(|| created_here().then_some(DEFAULT_ROTATION_DAYS))
    }

    /// A key as it was at a time. `known` is what is known about it at some other time.
    pub(crate) fn key(&self, arn: &str, at: Seconds, known: Option<&Key>) -> Option<Key> {
        let recorded = self.recorded_key(arn, at, known);
        let key = recorded.as_ref().or(known)?;
        let is_enabled = key.state.as_deref() == Some("Enabled");
        match key.key_store.as_deref().is_some_and(|store| is_enabled && self.is_key_store_disconnected(store, at)) {
            true => Some(Key { state: Some("Unavailable".to_owned()), ..key.clone() }),
            false => recorded,
        }
    }

    /// The same without regard to the connection of its key store.
    fn recorded_key(&self, arn: &str, at: Seconds, known: Option<&Key>) -> Option<Key> {
        let created = self.until(arn, at).find_map(|effect| match effect {
            Effect::Key(key) => Some(&**key),
            _ => None,
        });
        if !self.mentions(arn) || (known.is_none() && self.until(arn, at).next().is_none()) {
            return None;
        }
        // Each of these calls succeeds only for a customer managed key.
        let mut key = created.or(known).cloned().unwrap_or_else(|| Key::customer_managed(arn));
        if self.until(arn, at).any(|effect| matches!(effect, Effect::Rotation(_))) {
            let text = |text: &str| Some(text.to_owned());
            (key.spec, key.usage, key.origin) = (text("SYMMETRIC_DEFAULT"), text("ENCRYPT_DECRYPT"), text("AWS_KMS"));
        }
        let state = self.until(arn, at).find_map(|effect| match effect {
            Effect::State(state) => Some(Some((*state).to_owned())),
            // comes before the state that the same import led to
            Effect::Expires(Some(end)) if *end <= at => Some(Some("PendingImport".to_owned())),
            Effect::Rotation(_) => Some(Some("Enabled".to_owned())),
            Effect::Key(key) => Some(key.state.clone()),
            _ => None,
        });
        let changes_later = || self.during(arn, at..=Seconds::MAX).any(|effect| matches!(effect, Effect::State(_)));
        match state {
            Some(state) => key.state = state,
            None if changes_later() => key.state = None, // the known state may be a later one
            None => {}
        }
        Some(key)
    }

    /// The first time after `after` at which an alias pointed to another key than `target`; `None` if it was deleted first.
    pub(crate) fn alias_left(&self, arn: &str, target: &str, after: Seconds) -> Option<Seconds> {
        let mut later = self.all(arn).filter(|(time, _)| *time > after);
        later.find_map(|(time, effect)| match effect {
            Effect::Alias(now) if now.as_deref() != Some(target) => Some(now.as_ref().map(|_| time)),
            _ => None,
        })?
    }

    /// The key that an alias pointed to at a time, `Some(None)` if the alias did not exist then; `None` if no record
    /// mentions the alias.
    pub(crate) fn alias(&self, arn: &str, at: Seconds) -> Option<Option<&str>> {
        if !arn.contains(":alias/") || !self.mentions(arn) {
            return None;
        }
        let target = self.until(arn, at).find_map(|effect| match effect {
            Effect::Alias(target) => Some(target.as_deref()),
            _ => None,
        });
        Some(target.flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::change::Event;
    use serde_json::{Value, json};

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1f2e3d4c-0000-4000-8000-000000000005";

    /// The timeline of calls with these names, times and requests.
    fn timeline(calls: &[(&str, &str, Value)]) -> Timeline {
        let observe = |(name, time, request): &(&str, &str, Value)| {
            let response = json!({"keyMetadata": {"arn": KEY, "keyState": "PendingImport", "origin": "EXTERNAL"},
                "replicaKeyMetadata": {"arn": KEY, "keyState": "Creating", "origin": "EXTERNAL"}});
            let record = json!({"eventName": name, "eventSource": "kms.amazonaws.com", "awsRegion": "eu-west-1",
                "eventTime": format!("2026-11-20T{time}Z"), "recipientAccountId": "111122223333",
                "requestParameters": request, "responseElements": response, "serviceEventDetails": {"keyId": KEY}})
            .to_string();
            Event::parse(&record).unwrap().observe()
        };
        Timeline::of(calls.iter().flat_map(observe).collect())
    }

    /// The state of the key at a time of this day, after these calls.
    fn state_at(time: &str, calls: &[(&str, &str, Value)]) -> Option<String> {
        timeline(calls).key(KEY, time::time(&format!("2026-11-20T{time}Z")).unwrap(), None)?.state
    }

    #[test]
    fn imported_material_ends_when_it_is_deleted_or_expires() {
        let create = ("CreateKey", "08:00:00", json!({"origin": "EXTERNAL"}));
        let import = |time, valid_to: Value, model: &str| {
            ("ImportKeyMaterial", time, json!({"keyId": KEY, "validTo": valid_to, "expirationModel": model}))
        };
        let expiring = import("08:01:00", json!("Nov 20, 2026, 11:30:00 AM"), "KEY_MATERIAL_EXPIRES");
        let lasting = import("12:00:00", Value::Null, "KEY_MATERIAL_DOES_NOT_EXPIRE");
        let never = import("08:01:00", json!("Nov 20, 2026, 11:30:00 AM"), "KEY_MATERIAL_DOES_NOT_EXPIRE");
        let expired = ("DeleteExpiredKeyMaterial", "11:32:00", Value::Null);
        let deleted = ("DeleteImportedKeyMaterial", "10:00:00", json!({"keyId": KEY}));
        for (time, calls, want) in [
            ("08:00:30", vec![create.clone(), expiring.clone()], "PendingImport"),
            ("11:29:59", vec![create.clone(), expiring.clone()], "Enabled"),
            ("11:30:00", vec![create.clone(), expiring.clone()], "PendingImport"),
            ("11:29:59", vec![create.clone(), expiring.clone(), deleted], "PendingImport"),
            ("11:33:00", vec![create.clone(), never.clone()], "Enabled"),
            ("11:33:00", vec![create.clone(), never, expired.clone()], "PendingImport"),
            ("12:00:00", vec![create.clone(), expiring.clone(), expired.clone(), lasting.clone()], "Enabled"),
            ("12:00:00", vec![create, expiring.clone(), lasting], "Enabled"),
            ("11:33:00", vec![expired], "PendingImport"),
            ("11:33:00", vec![expiring], "PendingImport"),
        ] {
            assert_eq!(state_at(time, &calls).as_deref(), Some(want), "{time} {calls:?}");
        }
    }

    /// A key can have several materials. It cannot be used without any of them.
    #[test]
    fn only_the_same_material_without_an_expiration_date_remediates_one_that_expires() {
        let import = |time, kind: Value, model: &str| {
            (
                "ImportKeyMaterial",
                time,
                json!({"keyId": KEY, "validTo": "Nov 30, 2026, 8:00:00 AM", "expirationModel": model, "importType": kind}),
            )
        };
        let expiring = import("08:00:00", Value::Null, "KEY_MATERIAL_EXPIRES");
        for (kind, remediates) in
            [(json!("EXISTING_KEY_MATERIAL"), true), (Value::Null, true), (json!("NEW_KEY_MATERIAL"), false)]
        {
            let later = import("09:00:00", kind, "KEY_MATERIAL_DOES_NOT_EXPIRE");
            let at = |text| time::time(text).unwrap();
            let remediated = timeline(&[expiring.clone(), later]).remediated_at(
                "ImportKeyMaterial",
                KEY,
                at("2026-11-20T08:00:00Z"),
            );
            assert_eq!(remediated, remediates.then(|| at("2026-11-20T09:00:00Z")));
        }
    }

    #[test]
    fn only_a_customer_managed_key_can_be_the_target_of_an_alias_or_be_replicated() {
        let at = time::time("2026-11-20T09:00:00Z").unwrap();
        for (call, request) in [
            ("CreateAlias", json!({"aliasName": "alias/orders", "targetKeyId": KEY})),
            ("UpdateAlias", json!({"aliasName": "alias/orders", "targetKeyId": KEY})),
            ("ReplicateKey", json!({"keyId": KEY, "replicaRegion": "eu-west-2"})),
        ] {
            let timeline = timeline(&[(call, "08:00:00", request)]);
            let key = timeline.key(KEY, at, None);
            assert!(key.is_some_and(|key| !key.aws_managed), "{call}");
            assert_eq!(timeline.key("arn:aws:kms:eu-west-1:111122223333:key/other", at, None), None, "{call}");
        }
    }

    /// What is known of a key was looked up at another time.
    #[test]
    fn the_known_state_counts_unless_a_later_call_changed_it() {
        let known = Key { state: Some("Disabled".to_owned()), ..Key::customer_managed(KEY) };
        let at = time::time("2026-11-20T09:00:00Z").unwrap();
        let alias = ("CreateAlias", "08:00:00", json!({"aliasName": "alias/orders", "targetKeyId": KEY}));
        let call = |name, time| (name, time, json!({"keyId": KEY}));
        for (calls, want) in [
            (vec![alias.clone()], Some("Disabled")),
            (vec![alias.clone(), call("DisableKey", "10:00:00")], None),
            (vec![alias.clone(), call("EnableKey", "08:30:00")], Some("Enabled")),
            (vec![alias, call("EnableKey", "08:30:00"), call("DisableKey", "10:00:00")], Some("Enabled")),
        ] {
            let key = timeline(&calls).key(KEY, at, Some(&known)).unwrap();
            assert_eq!(key.state.as_deref(), want, "{calls:?}");
        }
    }

    #[test]
    fn a_replica_of_a_key_with_imported_material_waits_for_its_own() {
        let replicate = ("ReplicateKey", "08:00:00", json!({"keyId": KEY, "replicaRegion": "eu-west-1"}));
        assert_eq!(state_at("08:00:00", &[replicate]).as_deref(), Some("PendingImport"));
    }
}
