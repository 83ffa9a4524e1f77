//! The life of KMS keys: rotation, state, deletion.
//!
//! | Call | In the record | Looked up | Evaluated |
//! | --- | --- | --- | --- |
//! | `CreateKey` | type, usage and origin of the key | `kms:GetKeyRotationStatus` and `kms:DescribeKey`, for a key that can rotate | rotation settled, the rest immediately |
//! | `DeleteExpiredKeyMaterial` | everything, in a service event that KMS writes itself | nothing | immediately |
//! | `DeleteImportedKeyMaterial` | everything | nothing | immediately |
//! | `DeleteKey` | everything, in a service event | nothing | immediately |
//! | `DisableKey` | everything | nothing | immediately |
//! | `DisableKeyRotation` | rotation is disabled | nothing | immediately |
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
use crate::configuration::key::Rotation;
use crate::configuration::kms_key::KmsKeyLifecycle;
use crate::configuration::unresolved::Unresolved;
use crate::engine::configuration::Configuration;
use crate::engine::context::RuleContext;
use crate::engine::detector::{Detector, allow, call, eventbridge_event, service_event, settling};
use crate::engine::facts::Facts;
use crate::engine::lookup::{GET_KEY_ROTATION_STATUS, Lookup};
use crate::rules::keys::DESCRIBE_KEY;

/// Calls on the life of a key.
pub static DETECTOR: Detector = Detector {
    name: "kms-key-lifecycle",
    event_source: "kms.amazonaws.com",
    calls: &[
        settling("CreateKey"),
        service_event("DeleteExpiredKeyMaterial"),
        call("DeleteImportedKeyMaterial"),
        service_event("DeleteKey"),
        call("DisableKey"),
        call("DisableKeyRotation"),
        call("EnableKeyRotation"),
        call("ImportKeyMaterial"),
        eventbridge_event(kms_event::DELETED),
        eventbridge_event(kms_event::ROTATED),
        eventbridge_event(kms_event::EXPIRED),
        service_event("RotateKey"),
        call("ScheduleKeyDeletion"),
    ],
    permissions: &[DESCRIBE_KEY, allow(GET_KEY_ROTATION_STATUS, "arn:{partition}:kms:{region}:{account}:key/*")],
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

impl Configuration for KmsKeyLifecycle {
    fn settles(&self) -> bool {
        self.is_new_and_can_rotate()
    }

    fn resolve(&self, context: &RuleContext<'_>) -> Option<Box<dyn Configuration>> {
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
