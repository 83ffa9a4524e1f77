//! What is known about keys and resources beyond the record: looked up, or read from files.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::cloudtrail::field::{Field, Node};
use crate::configuration::key::{Key, KeyRef, Rotation};
use crate::configuration::unresolved::Unresolved;
use crate::engine::lookup::{
    DESCRIBE_KEY, GET_KEY_ROTATION_STATUS, LIST_ACCOUNTS, Lookup, LookupResult, OrganizationAccounts, run_and_pass,
};
use crate::language::{Text, text};
use crate::timeline::Timeline;
use crate::util::time::Seconds;

/// A fact: known, or the reason why it is not.
pub type Fact<T> = Result<T, Text>;

/// The answer of a `Describe` call about a resource.
#[derive(Clone, PartialEq)]
pub enum Description {
    /// The description, with the member names of the API: `EncryptionType`, `StreamStatus`, …
    Found(Value),
    /// The resource no longer exists.
    Deleted,
    /// Why it is not known: access was denied, …
    Unknown(Text),
}

impl fmt::Debug for Description {
    /// Descriptions may hold secrets, so they are never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Description::Found(_) => f.write_str("Found(…)"),
            Description::Deleted => f.write_str("Deleted"),
            Description::Unknown(why) => f.debug_tuple("Unknown").field(why).finish(),
        }
    }
}

/// How to recognize what an AWS CLI command printed about a resource: the member that holds a description (or a list of
/// them), and the member of the description that holds the ARN. If the command prints no ARN, the user adds it. The output
/// stands for the answer of a look-up.
#[derive(Debug, Clone, Copy)]
pub struct CliOutput {
    /// The look-up that it answers.
    pub call: &'static str,
    /// The member that holds the description; `None` if the output is the description.
    pub member: Option<&'static str>,
    /// A member that no other command prints; `None` if the members above and below are enough to tell the output from
    /// others.
    pub mark: Option<&'static str>,
    /// The member that holds the resource's ARN.
    pub arn: &'static str,
    /// Says what is wrong with a description that nothing can be read from.
    pub check: fn(Node<'_>) -> Result<(), String>,
}

/// The members of what `aws kms describe-key`, `get-key-rotation-status`, `list-aliases` and `aws organizations list-accounts`
/// print.
const COMMON_OUTPUTS: [&str; 4] = ["KeyMetadata", "KeyRotationEnabled", "Aliases", "Accounts"];

/// True if a JSON object looks like something that an AWS CLI command printed about a key, or about a resource of which
/// `known` says how to recognize it.
pub fn is_cli_output<'k>(text: &RawValue, known: impl IntoIterator<Item = &'k CliOutput>) -> bool {
    let Ok(members) = serde_json::from_str::<HashMap<Cow<'_, str>, IgnoredAny>>(text.get()) else { return false };
    let has = |name: &str| members.contains_key(name);
    COMMON_OUTPUTS.into_iter().any(has) || known.into_iter().any(|output| has(output.name()))
}

/// Everything known beyond the record, by ARN.
#[derive(Debug, Default)]
pub struct Facts {
    keys: HashMap<String, Fact<Key>>,
    /// The keys and aliases that do not exist, according to `DescribeKey` or `GetKeyRotationStatus`.
    missing_keys: HashSet<String>,
    aliases: HashMap<String, String>,
    /// The keys that AWS manages, by the aliases that it gives them.
    aws_managed_keys: HashSet<String>,
    rotations: HashMap<String, Fact<Rotation>>,
    organization: Option<Fact<OrganizationAccounts>>,
    /// By look-up, and then by ARN: two look-ups can be about one resource.
    resources: HashMap<&'static str, HashMap<String, Description>>,
    /// The effects of other records of the same input. Empty in a Lambda function, which uses look-ups instead.
    pub timeline: Timeline,
}

impl Facts {
    /// Stores the result of a look-up.
    pub fn insert(&mut self, lookup: Lookup, result: LookupResult) {
        let Lookup { call, arn } = lookup;
        match call {
            DESCRIBE_KEY => {
                let key = match result {
                    LookupResult::Key(key) => Ok(key),
                    LookupResult::Deleted => {
                        self.missing_keys.insert(arn.clone());
                        Err(does_not_exist(&arn))
                    }
                    other => Err(why_unknown(other, &arn)),
                };
                self.insert_key(arn, key);
            }
            GET_KEY_ROTATION_STATUS => {
                let rotation = match result {
                    LookupResult::Rotation(rotation) => Ok(rotation),
                    LookupResult::Deleted => {
                        self.missing_keys.insert(arn.clone());
                        Err(does_not_exist(&arn))
                    }
                    other => Err(why_unknown(other, &arn)),
                };
                self.insert_rotation(arn, rotation);
            }
            LIST_ACCOUNTS => {
                self.organization = Some(match result {
                    LookupResult::Accounts(accounts) => Ok(accounts),
                    other => Err(why_unknown(other, &arn)),
                });
            }
            _ => {
                let description = match result {
                    LookupResult::Resource(description) => Description::Found(description),
                    LookupResult::Deleted => Description::Deleted,
                    other => Description::Unknown(why_unknown(other, &arn)),
                };
                self.insert_resource(call, arn, description);
            }
        }
    }

    /// True if the result of this look-up is already known.
    pub(crate) fn contains(&self, lookup: &Lookup) -> bool {
        match lookup.call {
            DESCRIBE_KEY => self.has_key(&lookup.arn),
            GET_KEY_ROTATION_STATUS => self.rotation(&lookup.arn).is_some(),
            LIST_ACCOUNTS => self.organization.as_ref().is_some_and(|known| !known.as_ref().is_ok_and(|it| it.stale)),
            call => self.resource(call, &lookup.arn).is_some(),
        }
    }

    /// Stores the output of an AWS CLI command about a key, or about a resource that `known` recognizes.
    ///
    /// # Errors
    /// Says what is missing if the output cannot be attributed to a key or resource.
    pub(crate) fn insert_output<'k>(
        &mut self,
        output: &Value,
        known: impl IntoIterator<Item = &'k CliOutput>,
    ) -> Result<(), String> {
        let node = Field::Present(output);
        if let Some(metadata) = node.get("KeyMetadata").value() {
            let key = Key::read(Field::Present(metadata)).ok_or("`KeyMetadata` has no `Arn`")?;
            self.insert_key(key.arn.clone(), Ok(key));
        } else if let Some(rotation) = Rotation::read(node) {
            let key = node
                .get("KeyId")
                .text()
                .value()
                .ok_or("`KeyRotationEnabled` comes without `KeyId`: add the key's ARN as `KeyId` to the file")?;
            self.insert_rotation(key.to_owned(), Ok(rotation));
        } else if let Some(aliases) = node.get("Aliases").value() {
            for alias in aliases.as_array().into_iter().flatten() {
                self.insert_alias(Field::Present(alias));
            }
        } else if let Some(accounts) = node.get("Accounts").value() {
            self.insert_accounts(accounts, node.get("NextToken").is_present())?;
        } else {
            let known = known.into_iter().find(|output| output.is_in(node)).ok_or("unrecognized AWS CLI output")?;
            for (arn, description) in known.descriptions(node)? {
                self.insert_resource(known.call, arn.to_owned(), Description::Found(description.clone()));
            }
        }
        Ok(())
    }

    /// Stores an entry of `list-aliases`. An AWS managed alias without a key has no target.
    fn insert_alias(&mut self, alias: Node<'_>) {
        let arn = alias.get("AliasArn").text().value();
        if let (Some(arn), Some(target)) = (arn, alias.get("TargetKeyId").text().value())
            && let Some((account, _)) = arn.split_once(":alias/")
        {
            let key = format!("{account}:key/{target}");
            if arn.contains(":alias/aws/") {
                self.aws_managed_keys.insert(key.clone());
            }
            self.aliases.insert(arn.to_owned(), key);
        }
    }

    /// Stores a page of `ListAliases`.
    pub fn insert_aliases(&mut self, entries: &[Value]) {
        entries.iter().for_each(|alias| self.insert_alias(Field::Present(alias)));
    }

    /// True if one of the stored aliases shows that AWS manages the key with this ARN.
    pub fn is_aws_managed_key(&self, arn: &str) -> bool {
        self.aws_managed_keys.contains(arn)
    }

    /// Drops what look-ups answered about one resource, when nothing else will be evaluated about it. What is known of a
    /// key stays: other resources name it.
    pub fn forget(&mut self, arn: &str) {
        self.rotations.remove(arn);
        self.resources.values_mut().for_each(|descriptions| {
            descriptions.remove(arn);
        });
    }

    /// Adds accounts to those of the organization: the output of the AWS CLI may be in several files.
    fn insert_accounts(&mut self, accounts: &Value, is_cut: bool) -> Result<(), String> {
        if is_cut {
            return Err(
                "`Accounts` is not the whole list: run `aws organizations list-accounts` without `--max-items`"
                    .to_owned(),
            );
        }
        let list = accounts.as_array().ok_or("`Accounts` is not a list")?;
        let id = |account| Field::Present(account).get("Id").text().value().map(str::to_owned);
        let added = list.iter().map(id).collect::<Option<Vec<_>>>().ok_or("an entry of `Accounts` has no `Id`")?;
        let mut ids = match self.organization.take() {
            Some(Ok(known)) => Arc::unwrap_or_clone(known.ids),
            _ => BTreeSet::new(),
        };
        ids.extend(added);
        self.organization = Some(Ok(OrganizationAccounts { ids: Arc::new(ids), stale: false }));
        Ok(())
    }

    /// The accounts of the organization, or why they are not known; `None` if they were not looked up.
    pub(crate) fn organization(&self) -> Option<&Fact<OrganizationAccounts>> {
        self.organization.as_ref()
    }

    /// Stores a fact about the key or alias with this ARN.
    pub fn insert_key(&mut self, arn: String, key: Fact<Key>) {
        self.keys.insert(arn, key);
    }

    /// Stores a fact about a key's rotation.
    pub fn insert_rotation(&mut self, key_arn: String, rotation: Fact<Rotation>) {
        self.rotations.insert(key_arn, rotation);
    }

    /// Stores what a look-up answered about the resource with this ARN.
    pub fn insert_resource(&mut self, call: &'static str, arn: String, description: Description) {
        self.resources.entry(call).or_default().insert(arn, description);
    }

    /// What is known about a key, by any kind of reference: as of the time `at` if the timeline has that.
    ///
    /// # Errors
    /// The reason why nothing is known.
    pub fn key(&self, reference: &KeyRef, at: Option<Seconds>) -> Fact<Cow<'_, Key>> {
        let given = &reference.given;
        let named = reference.arn.as_deref().ok_or_else(|| text!("`{given}` is not a key reference of KMS", given))?;
        let at_the_time = at.and_then(|at| self.timeline.alias(named, at));
        let arn = match at_the_time {
            Some(Some(target)) => target,
            Some(None) => return Err(text!("the alias `{given}` pointed to no key when the call named it", given)),
            None => self.aliases.get(named).map_or(named, String::as_str),
        };
        let known = self.keys.get(named).filter(|_| at_the_time.is_none()).or_else(|| self.keys.get(arn));
        let then = at.and_then(|at| {
            let known = known.and_then(|known| known.as_ref().ok());
            self.timeline.key(known.map_or(arn, |key| &key.arn), at, known)
        });
        match (then, known) {
            (Some(key), _) => Ok(Cow::Owned(key)),
            (None, Some(Ok(key))) => Ok(Cow::Borrowed(key)),
            (None, Some(Err(why))) => Err(why.clone()),
            (None, None) => Err(text!(
                "no data about key `{given}`: {command}",
                given,
                command = run_and_pass("kms describe-key", "--key-id", given)
            )),
        }
    }

    /// What `DescribeKey` answered about the key with this ARN.
    pub(crate) fn described_key(&self, arn: &str) -> Option<&Key> {
        self.keys.get(arn)?.as_ref().ok()
    }

    /// True if a look-up said that there is no key or alias with this ARN.
    pub(crate) fn is_missing_key(&self, arn: &str) -> bool {
        self.missing_keys.contains(arn)
    }

    fn has_key(&self, arn: &str) -> bool {
        self.keys.contains_key(arn) || self.aliases.get(arn).is_some_and(|target| self.keys.contains_key(target))
    }

    /// The rotation of the key with this ARN, or why it is not known; `None` if it was not looked up.
    pub(crate) fn rotation(&self, key_arn: &str) -> Option<Fact<Rotation>> {
        let id = key_arn.rsplit('/').next().unwrap_or(key_arn);
        self.rotations.get(key_arn).or_else(|| self.rotations.get(id)).cloned()
    }

    /// What a look-up answered about the resource with this ARN, or why it did not; `None` if it was not made.
    pub(crate) fn resource(&self, call: &str, arn: &str) -> Option<Result<Node<'_>, Unresolved>> {
        Some(match self.resources.get(call)?.get(arn)? {
            Description::Found(description) => Ok(Field::Present(description)),
            Description::Deleted => Err(Unresolved::Deleted),
            Description::Unknown(why) => Err(Unresolved::Unknown(why.clone())),
        })
    }
}

impl CliOutput {
    /// A member of the output holds the description, or a list of them.
    pub(crate) const fn member(call: &'static str, member: &'static str, arn: &'static str) -> CliOutput {
        CliOutput { call, member: Some(member), mark: None, arn, check: |_| Ok(()) }
    }

    /// The output is the description.
    pub(crate) const fn whole(call: &'static str, arn: &'static str) -> CliOutput {
        CliOutput { call, member: None, mark: None, arn, check: |_| Ok(()) }
    }

    /// The output is the description. Other commands print the ARN too, but not the member `mark`.
    pub(crate) const fn marked(call: &'static str, mark: &'static str, arn: &'static str) -> CliOutput {
        CliOutput { mark: Some(mark), ..CliOutput::whole(call, arn) }
    }

    /// The member that the output is recognized by.
    fn name(&self) -> &'static str {
        self.member.or(self.mark).unwrap_or(self.arn)
    }

    fn is_in(&self, output: Node<'_>) -> bool {
        match self.member {
            Some(member) => output.get(member).value().is_some_and(|held| held.is_object() || held.is_array()),
            None => output.value().is_some_and(Value::is_object) && output.get(self.name()).is_present(),
        }
    }

    /// The descriptions in the output of a command, each with the ARN it is about.
    fn descriptions<'a>(&self, output: Node<'a>) -> Result<Vec<(&'a str, &'a Value)>, String> {
        let held = self.member.map_or(output, |member| output.get(member)).value();
        let list = match held {
            Some(Value::Array(list)) => list.as_slice(),
            held => held.map_or(&[][..], std::slice::from_ref),
        };
        let described = |(index, description)| {
            let node = Field::Present(description);
            (self.check)(node)?;
            let arn = node.get(self.arn).text().value();
            arn.map(|arn| (arn, description)).ok_or_else(|| match (self.member, self.mark) {
                (Some(member), _) => format!("entry {index} of `{member}` has no `{}`", self.arn),
                (None, Some(mark)) => {
                    format!("`{mark}` comes without `{0}`: add the ARN of the resource as `{0}` to the file", self.arn)
                }
                (None, None) => format!("`{}` is not text", self.arn),
            })
        };
        list.iter().enumerate().map(described).collect()
    }
}

fn does_not_exist(key: &str) -> Text {
    text!("the key `{key}` does not exist", key)
}

fn why_unknown(result: LookupResult, arn: &str) -> Text {
    match result {
        LookupResult::Unknown(why) => why,
        _ => text!("unexpected response for `{arn}`", arn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::key::Scope;
    use serde_json::json;

    const HERE: Scope<'static> = Scope { partition: "aws", region: "eu-west-1", account: "111122223333" };

    #[test]
    fn a_key_is_found_by_arn_id_and_alias() {
        let mut facts = Facts::default();
        for output in [
            json!({"KeyMetadata": {"Arn": "arn:aws:kms:eu-west-1:111122223333:key/k-1", "KeyManager": "CUSTOMER"}}),
            json!({"Aliases": [
                {"AliasName": "alias/orders", "AliasArn": "arn:aws:kms:eu-west-1:111122223333:alias/orders", "TargetKeyId": "k-1"},
                {"AliasName": "alias/aws/s3", "AliasArn": "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"}]}),
        ] {
            facts.insert_output(&output, []).unwrap();
        }
        for given in ["k-1", "alias/orders", "arn:aws:kms:eu-west-1:111122223333:key/k-1"] {
            assert!(facts.key(&KeyRef::read(given, HERE), None).is_ok(), "{given}");
        }
        for given in ["k-2", "alias/other", "arn:aws:kms:eu-west-1:444455556666:key/k-1", "??"] {
            assert!(facts.key(&KeyRef::read(given, HERE), None).is_err(), "{given}");
        }
    }

    #[test]
    fn what_is_forgotten_is_about_that_resource_alone() {
        const KNOWN: [CliOutput; 1] = [CliOutput::member("a:DescribeThing", "thingList", "ThingArn")];
        let mut facts = Facts::default();
        facts.insert_output(&json!({"thingList": [{"ThingArn": "a"}, {"ThingArn": "b"}]}), &KNOWN).unwrap();
        for arn in ["a", "b"] {
            facts.insert_rotation(arn.to_owned(), Err(Text::literal("unknown")));
            facts.insert_key(arn.to_owned(), Err(Text::literal("unknown")));
        }
        facts.forget("a");
        let known = |arn| {
            let resource = facts.resource("a:DescribeThing", arn).is_some();
            (resource, facts.rotation(arn).is_some(), facts.has_key(arn))
        };
        assert_eq!((known("a"), known("b")), ((false, false, true), (true, true, true)));
    }

    #[test]
    fn descriptions_are_recognized_by_the_member_that_holds_them() {
        const KNOWN: [CliOutput; 4] = [
            CliOutput::member("a:DescribeThing", "Thing", "ThingArn"),
            CliOutput::member("a:DescribeThing", "thingList", "ThingArn"),
            CliOutput::marked("a:GetOtherStatus", "isOn", "otherArn"),
            CliOutput::whole("a:DescribeOther", "otherArn"),
        ];
        for (output, arns) in [
            (json!({"Thing": {"ThingArn": "a"}}), vec!["a"]),
            (json!({"thingList": [{"ThingArn": "a"}, {"ThingArn": "b"}]}), vec!["a", "b"]),
            (json!({"thingList": []}), vec![]),
            (json!({"otherArn": "a"}), vec!["a"]),
            (json!({"otherArn": "a", "isOn": false}), vec!["a"]),
        ] {
            let mut facts = Facts::default();
            facts.insert_output(&output, &KNOWN).unwrap();
            let call = match (output.get("isOn"), output.get("otherArn")) {
                (Some(_), _) => "a:GetOtherStatus",
                (None, Some(_)) => "a:DescribeOther",
                (None, None) => "a:DescribeThing",
            };
            assert_eq!(facts.resources.values().map(HashMap::len).sum::<usize>(), arns.len(), "{output}");
            assert!(arns.iter().all(|arn| facts.resource(call, arn).is_some()), "{output}");
        }
        for (output, problem) in [
            (json!({"Thing": {}}), "entry 0 of `Thing` has no `ThingArn`"),
            (json!({"thingList": [{"ThingArn": "a"}, {"ThingArn": 1}]}), "entry 1 of `thingList` has no `ThingArn`"),
            (json!({"otherArn": 7}), "`otherArn` is not text"),
            (
                json!({"isOn": true}),
                "`isOn` comes without `otherArn`: add the ARN of the resource as `otherArn` to the file",
            ),
            (json!({"Thing": "x"}), "unrecognized AWS CLI output"),
            (json!({"something": "else"}), "unrecognized AWS CLI output"),
            (json!([]), "unrecognized AWS CLI output"),
            (json!(7), "unrecognized AWS CLI output"),
        ] {
            assert_eq!(Facts::default().insert_output(&output, &KNOWN), Err(problem.to_owned()), "{output}");
        }
    }

    #[test]
    fn the_accounts_of_an_organization_may_be_in_several_files() {
        let mut facts = Facts::default();
        assert!(facts.organization().is_none());
        let accounts = |ids: &[&str]| json!({"Accounts": ids.iter().map(|id| json!({"Id": id})).collect::<Vec<_>>()});
        for output in [accounts(&["111122223333", "444455556666"]), accounts(&["444455556666", "777788889999"])] {
            facts.insert_output(&output, []).unwrap();
        }
        let known = facts.organization().unwrap().as_ref().unwrap();
        let ids: Vec<&str> = known.ids.iter().map(String::as_str).collect();
        assert_eq!((ids, known.stale), (vec!["111122223333", "444455556666", "777788889999"], false));
        for (output, problem) in [
            (json!({"Accounts": [], "NextToken": "t"}), "is not the whole list"),
            (json!({"Accounts": {}}), "is not a list"),
            (json!({"Accounts": [{"Id": 7}]}), "has no `Id`"),
        ] {
            let refused = Facts::default().insert_output(&output, []).unwrap_err();
            assert!(refused.contains(problem), "{output}: {refused}");
        }
    }

    #[test]
    fn a_rotation_status_without_a_key_is_refused() {
        let output = json!({"KeyRotationEnabled": true});
        assert!(Facts::default().insert_output(&output, []).unwrap_err().contains("KeyId"));
    }

    #[test]
    fn a_result_of_another_kind_is_unknown() {
        let key = Lookup::new(DESCRIBE_KEY, "arn:aws:kms:eu-west-1:111122223333:key/k");
        let mut facts = Facts::default();
        facts.insert(key.clone(), LookupResult::Resource(json!({})));
        assert!(facts.contains(&key));
        assert!(facts.key(&KeyRef::read("k", HERE), None).unwrap_err().contains("unexpected response"));
    }
}
