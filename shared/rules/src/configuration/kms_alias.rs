//! Aliases of KMS keys: `UpdateAlias`, `DeleteAlias`, and those that exist.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html>

use crate::aws::arn::Arn;
use crate::cloudtrail::field::Field;
use crate::configuration::call::Call;
use crate::configuration::key::KeyRef;
use crate::configuration::resource::Resource;
use crate::configuration::unresolved::Unresolved;

/// What a call does to an alias.
#[derive(Debug, Clone)]
pub(crate) struct KmsAlias {
    /// The key that the alias points to from then on; absent after `DeleteAlias`, until a look-up or the timeline shows
    /// that the alias was created again.
    pub target: Field<KeyRef>,
    /// The key that the alias pointed to before. Only the record of `DeleteAlias` shows it.
    pub previous: Option<KeyRef>,
    /// True for `DeleteAlias`: `CreateAlias` can give the name to another key.
    pub deleted: bool,
    /// Why it is not known where a deleted alias points.
    pub unresolved: Option<Unresolved>,
}

impl KmsAlias {
    /// Reads a call on an alias.
    ///
    /// `resources` lists the alias and one key: the new target of `UpdateAlias`, the last target of `DeleteAlias`. Since
    /// December 2022, `responseElements.keyId` is the ARN of that key too.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/ct-updatealias.html>,
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/ct-deletealias.html>
    pub(crate) fn read(call: &Call<'_>) -> (Resource, KmsAlias) {
        let is = |arn: &Arn<'_>, kind: &str| arn.service == "kms" && arn.resource.starts_with(kind);
        let named = call.requested("aliasName").and_then(|name| KeyRef::read(name, call.scope).arn);
        let arn = named.or_else(|| call.payload.resource_arn(|arn| is(arn, "alias/")));
        let name = arn.as_deref().and_then(Arn::parse).map(|arn| arn.resource).or(call.requested("aliasName"));
        let answered = call.response(&["keyId"]).text().value().map(str::to_owned);
        let listed = answered.or_else(|| call.payload.resource_arn(|arn| is(arn, "key/")));
        let listed = listed.map(|given| KeyRef::read(&given, call.scope));
        let deleted = call.name == "DeleteAlias";
        let (target, previous) = match deleted {
            true => (Field::Absent, listed),
            false => (
                call.key(call.request(&["targetKeyId"])).or_fill(|| listed.map_or(Field::Absent, Field::Present)),
                None,
            ),
        };
        let resource = Resource::new("AWS::KMS::Alias", arn.clone(), name);
        (resource, KmsAlias { target, previous, deleted, unresolved: None })
    }

    /// An alias that exists and points to this key.
    pub(crate) fn existing(target: KeyRef) -> KmsAlias {
        KmsAlias { target: Field::Present(target), previous: None, deleted: false, unresolved: None }
    }
}
