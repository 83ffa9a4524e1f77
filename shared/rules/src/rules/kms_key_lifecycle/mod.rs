//! The life of KMS keys: rotation, state, deletion.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CancelKeyDeletion` | the key is not deleted; it stays disabled | nothing | with a ledger, immediately |
//! | `CreateKey` | type, usage and origin of the key | `kms:GetKeyRotationStatus` and `kms:DescribeKey`, for a key that can rotate | rotation settled, the rest immediately |
//! | `DeleteExpiredKeyMaterial` | everything, in a service event that KMS writes itself | nothing | immediately |
//! | `DeleteImportedKeyMaterial` | everything | nothing | immediately |
//! | `DeleteKey` | everything, in a service event | nothing | immediately |
//! | `DisableKey` | everything | nothing | immediately |
//! | `DisableKeyRotation` | rotation is disabled | nothing | immediately |
//! | `EnableKey` | the key is enabled | nothing | with a ledger, immediately |
//! | `EnableKeyRotation` | the period, if the call sets one | `kms:GetKeyRotationStatus` if it sets none: KMS keeps the earlier period | immediately |
//! | `ImportKeyMaterial` | whether the material expires, and when | nothing | immediately |
//! | `KMS CMK Deletion` | the same as `DeleteKey`, in an event that KMS sends to EventBridge itself | nothing | immediately |
//! | `KMS CMK Rotation` | the same as `RotateKey`, in such an event | nothing | immediately |
//! | `KMS Imported Key Material Expiration` | the same as `DeleteExpiredKeyMaterial`, in such an event | nothing | immediately |
//! | `RotateKey` | that KMS rotated the key, in a service event | nothing | immediately |
//! | `ScheduleKeyDeletion` | the deletion date | nothing | immediately |
//!
//! What KMS does by itself it tells twice: a service event in CloudTrail, which reaches EventBridge only in an account with a
//! trail, and an event of its own to EventBridge. AWS delivers both on a best-effort basis, so the function evaluates both. In
//! an account with a trail a fact can therefore be reported twice; the two findings have the same fingerprint.

mod kms_key_deleted;
mod kms_key_deletion_scheduled;
mod kms_key_disabled;
mod kms_key_material_deleted;
mod kms_key_material_expires;
mod kms_key_rotation_disabled;
mod kms_key_rotation_too_rare;
mod remediation;

use crate::cloudtrail::kms_event;
use crate::configuration::key::{Key, Rotation};
use crate::configuration::kms_key::{KeyCall, KmsKeyLifecycle};
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::detector::{
    Detector, Permission, allow, call, deleting, eventbridge_event, service_event, settling,
};
use crate::engine::existing::Existing;
use crate::engine::facts::Facts;
use crate::engine::lookup::{GET_KEY_ROTATION_STATUS, Lookup};
use crate::engine::outcome::Outcome;
use crate::language::{Text, text};
use crate::rules::keys::{DESCRIBE_KEY, LIST_KEYS, existing_key, listed_key};

/// The look-up of the rotation of a key.
const READ_ROTATION: Permission =
    allow(GET_KEY_ROTATION_STATUS, "arn:{partition}:kms:{region}:{account}:key/*").by("KeyId");

/// Calls on the life of a key.
pub static DETECTOR: Detector = Detector {
    name: "kms-key-lifecycle",
    event_source: "kms.amazonaws.com",
    calls: &[
        settling("CreateKey"),
        service_event("DeleteExpiredKeyMaterial"),
        call("DeleteImportedKeyMaterial"),
        deleting(service_event("DeleteKey")),
        call("DisableKey"),
        call("DisableKeyRotation"),
        call("EnableKeyRotation"),
        call("ImportKeyMaterial"),
        deleting(eventbridge_event(kms_event::DELETED)),
        eventbridge_event(kms_event::ROTATED),
        eventbridge_event(kms_event::EXPIRED),
        service_event("RotateKey"),
        call("ScheduleKeyDeletion"),
    ],
    closing: &[call("CancelKeyDeletion"), call("EnableKey")],
    permissions: &[DESCRIBE_KEY, READ_ROTATION],
    read: |call| {
        let (resource, key) = KmsKeyLifecycle::read(call);
        (resource, Box::new(key))
    },
    cli_outputs: &[],
    rules: &[
        &kms_key_deleted::RULE,
        &kms_key_deletion_scheduled::RULE,
        &kms_key_disabled::RULE,
        &kms_key_material_deleted::RULE,
        &kms_key_material_expires::RULE,
        &kms_key_rotation_disabled::RULE,
        &kms_key_rotation_too_rare::RULE,
    ],
};

/// Keys that exist. What `DescribeKey` says decides whether a key can rotate, and so whether its rotation is looked up.
pub(super) static KEYS: Existing = Existing {
    detector: &DETECTOR,
    listing: &LIST_KEYS,
    described_by: None,
    permissions: &[DESCRIBE_KEY, READ_ROTATION],
    is_policy: false,
    read: |entry| {
        let arn = listed_key(entry)?.to_owned();
        Some((Resource::new("AWS::KMS::Key", Some(arn), None), Box::new(KmsKeyLifecycle::existing())))
    },
};

impl Configuration for KmsKeyLifecycle {
    fn settles(&self) -> bool {
        self.is_new_and_can_rotate()
    }

    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
        if let KeyCall::Existing(_) = self.call {
            return Some(Box::new(KmsKeyLifecycle::described(context)));
        }
        if !self.is_incomplete() {
            return None;
        }
        let (facts, mut key) = (context.facts, self.clone());
        let arn = context.resource.arn.as_deref();
        let timeline = arn.zip(context.times.as_ref());
        let known = || arn.and_then(|arn| facts.rotation(arn));
        if !self.is_new_and_can_rotate() {
            let period = timeline.and_then(|(arn, times)| facts.timeline.rotation_period(arn, *times.end()));
            let later = period.map(|days| Ok(Rotation { enabled: true, period_days: Some(days) }));
            key.rotation = later.or_else(known);
            return Some(Box::new(key));
        }
        match timeline.and_then(|(arn, times)| facts.timeline.new_rotation(arn, times.clone())) {
            Some(Ok(rotation)) => key.rotation = Some(Ok(rotation)),
            Some(Err(unresolved)) => key.unresolved = Some(unresolved),
            None => key.rotation = known(),
        }
        if arn.and_then(|arn| facts.described_key(arn)).is_some_and(|key| key.is_pending_deletion()) {
            key.unresolved = Some(Unresolved::Deleted);
        }
        Some(Box::new(key))
    }

    fn lookups(&self, arn: &str, _facts: &Facts) -> Vec<Lookup> {
        if let KeyCall::Existing(key) = &self.call {
            let key = key.as_ref().filter(|_| self.unresolved.is_none());
            let rotates = key.is_some_and(|key| key.cannot_rotate().is_none() && !key.is_pending_deletion());
            let rotation = rotates.then(|| Lookup::new(GET_KEY_ROTATION_STATUS, arn));
            return [Lookup::new(DESCRIBE_KEY.action, arn)].into_iter().chain(rotation).collect();
        }
        if self.rotation.is_some() || self.unresolved.is_some() || !self.is_incomplete() {
            return Vec::new();
        }
        let rotation = Lookup::new(GET_KEY_ROTATION_STATUS, arn);
        match self.is_new_and_can_rotate() {
            true => vec![Lookup::new(DESCRIBE_KEY.action, arn), rotation],
            false => vec![rotation],
        }
    }

    fn unresolved(&self) -> Option<&Unresolved> {
        self.unresolved.as_ref()
    }
}

impl KmsKeyLifecycle {
    /// A key that exists, as look-ups describe it.
    fn described(context: &RuleContext<'_>) -> KmsKeyLifecycle {
        let mut existing = KmsKeyLifecycle::existing();
        match existing_key(context) {
            Ok(key) => {
                existing.rotation = context.facts.rotation(&key.arn);
                // a replica is being created, or becomes the primary key
                let is_changing = |state: &&str| matches!(*state, "Creating" | "Updating");
                let state = key.state.as_deref().filter(is_changing).map(str::to_owned);
                existing.unresolved = state.map(Unresolved::InProgress);
                existing.call = KeyCall::Existing(Some(key.into_owned()));
            }
            Err(unresolved) => existing.unresolved = Some(unresolved),
        }
        existing
    }

    /// The outcome of a rule for a key that exists. `evaluate` gets a key that the account manages.
    fn evaluate_existing(&self, evaluate: impl FnOnce(&Key) -> Outcome) -> Outcome {
        match (&self.call, &self.unresolved) {
            (KeyCall::Existing(Some(key)), _) if key.aws_managed => Outcome::not_applicable("AWS manages the key"),
            (_, Some(Unresolved::InProgress(state))) => {
                Outcome::unverified(text!("the key is still in the state {state}, which ends by itself", state))
            }
            (_, Some(unresolved)) => Outcome::unresolved(unresolved),
            (KeyCall::Existing(Some(key)), None) => evaluate(key),
            _ => Outcome::unverified(Text::literal("the key was not looked up")),
        }
    }
}

/// The rotation of a key that exists.
///
/// # Errors
/// The outcome of a rule about rotation, if the key cannot rotate or its rotation is not known.
fn of_existing(key: &Key, rotation: Option<&Result<Rotation, Text>>) -> Result<Rotation, Outcome> {
    if let Some(why) = key.cannot_rotate() {
        return Err(Outcome::NotApplicable(why));
    }
    if key.is_pending_deletion() {
        return Err(Outcome::NotApplicable(PENDING_DELETION)); // KMS answers that it does not rotate
    }
    match rotation {
        Some(Ok(rotation)) => Ok(*rotation),
        Some(Err(why)) => Err(Outcome::Unverified(why.clone())),
        None => Err(Outcome::unverified(Text::literal("the rotation of the key was not looked up"))),
    }
}

/// Why a rule about imported material is not applicable to a key.
const NOT_IMPORTED: Text = Text::literal("the key has no imported key material");

/// Why a rule about keys in use is not applicable to a key that cannot be used.
const PENDING_DELETION: Text = Text::literal("the key is scheduled for deletion");

#[cfg(test)]
mod tests;
