//! Key policies in CloudFormation templates (JSON).
//!
//! Intrinsic functions get their value on deployment. Pseudo-parameters, `Fn::Sub` and `Fn::Join` are resolved if their
//! parts are known; every other function makes a value unknown.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use sealwatch_rules::aws::partition;
use sealwatch_rules::language::Text;
use sealwatch_rules::text;
use serde_json::{Map, Value, json};

use crate::input::policy_document::{Deployment, PolicyDocument, Source};

/// Resource types with the property `KeyPolicy`.
const KEYS: [&str; 2] = ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"];

/// True for a template: an object with resources.
pub(super) fn is_template(value: &Value) -> bool {
    let resources = value.get("Resources").and_then(Value::as_object);
    let is_resource = |(name, it): (&String, &Value)| it.get("Type").is_some() || name.starts_with("Fn::");
    value.get("AWSTemplateFormatVersion").is_some()
        || resources.is_some_and(|resources| resources.iter().any(is_resource))
}

/// The policies of all keys in a template.
pub(super) fn find(template: &Value, file: &str, deployment: Deployment<'_>) -> Vec<PolicyDocument> {
    let resources = template.get("Resources").and_then(Value::as_object).into_iter().flatten();
    let document = |(name, resource): (&String, &Value)| {
        let document = PolicyDocument {
            file: file.to_owned(),
            address: Some(name.clone()),
            source: Source::CloudFormation,
            ..PolicyDocument::default()
        };
        if name.starts_with("Fn::ForEach::") && resource.to_string().contains("AWS::KMS::") {
            let unknown = text!(
                "`{name}` creates resources on deployment; evaluate the output of \
                 `aws cloudformation get-template --template-stage Processed`",
                name
            );
            return Some(PolicyDocument { unknown: Some(unknown), ..document });
        }
        let kind = resource.get("Type")?.as_str()?;
        KEYS.contains(&kind).then(|| with_policy(document, name, resource, deployment))
    };
    resources.filter_map(document).collect()
}

/// The document with the policy of a key. KMS attaches the default policy to a key without one.
fn with_policy(document: PolicyDocument, name: &str, key: &Value, deployment: Deployment<'_>) -> PolicyDocument {
    let property = |name: &str| key.get("Properties").and_then(|properties| properties.get(name));
    let bypass = property("BypassPolicyLockoutSafetyCheck");
    let bypass = bypass.is_some_and(|value| *value == json!(true) || *value == json!("true"));
    let usage = property("KeyUsage").and_then(Value::as_str).map(str::to_owned);
    let document = PolicyDocument { bypass, usage, ..document };
    let Some(policy) = property("KeyPolicy") else { return document };
    let path = format!("Resources.{name}.Properties.KeyPolicy");
    let mut resolver = Resolver { deployment, unknown: Vec::new() };
    match resolver.policy(policy, &path) {
        Some(Value::Null) => document, // `AWS::NoValue`
        Some(Value::String(text)) => PolicyDocument { text: Some(text), ..document },
        policy => PolicyDocument { text: policy.map(|policy| policy.to_string()), unknown: resolver.why(), ..document },
    }
}

struct Resolver<'a> {
    deployment: Deployment<'a>,
    /// The JSON paths of the values that are not known, each with its function.
    unknown: Vec<Text>,
}

/// A value that is known only on deployment.
struct Unknown;

impl Resolver<'_> {
    fn why(&self) -> Option<Text> {
        let (first, others) = self.unknown.split_first()?;
        Some(match others.len() {
            0 => text!("the value of {first} is not known before the template is deployed", first),
            more => {
                text!(
                    "the values of {first} and {more} more are not known before the template is deployed",
                    first,
                    more
                )
            }
        })
    }

    /// The policy with an Allow of no effect in place of each Allow that is not known; `None` if the rest says nothing: an
    /// unknown Deny can take from every other statement.
    fn policy(&mut self, policy: &Value, path: &str) -> Option<Value> {
        let policy = match policy {
            Value::Object(members) if function(policy).is_none() => members,
            // a policy as JSON text, or a function of such texts
            _ => return self.value(policy, path).ok(),
        };
        let mut resolved = Map::new();
        let mut is_useful = true;
        for (name, value) in policy {
            let path = format!("{path}.{name}");
            match (name.as_str(), value) {
                ("Statement", Value::Array(statements)) => {
                    let statements = statements.iter().enumerate().map(|(index, statement)| {
                        let statement = self.statement(statement, &format!("{path}[{index}]"));
                        is_useful &= statement.is_some();
                        statement.unwrap_or_default()
                    });
                    let statements: Vec<Value> = statements.collect();
                    // `AWS::NoValue` removes a statement
                    resolved.insert(name.clone(), statements.into_iter().filter(|it| !it.is_null()).collect());
                }
                ("Statement", statement) => {
                    let statement = self.statement(statement, &path);
                    is_useful &= statement.is_some();
                    resolved.insert(name.clone(), statement.unwrap_or_default());
                }
                ("Id", _) => {}
                _ => match self.value(value, &path) {
                    Ok(value) => drop(resolved.insert(name.clone(), value)),
                    Err(Unknown) => is_useful = false,
                },
            }
        }
        is_useful.then_some(Value::Object(resolved))
    }

    fn statement(&mut self, statement: &Value, path: &str) -> Option<Value> {
        let mut known = statement.clone();
        if let Some(Value::Object(_) | Value::Array(_)) = statement.get("Sid") {
            known.as_object_mut()?.remove("Sid"); // it decides nothing
        }
        match self.value(&known, path) {
            Ok(statement) => Some(statement),
            Err(Unknown) if known.get("Effect") == Some(&json!("Allow")) => Some(json!({"Effect": "Allow"})),
            Err(Unknown) => None,
        }
    }

    /// A value with its functions resolved; `null` for `AWS::NoValue`.
    fn value(&mut self, value: &Value, path: &str) -> Result<Value, Unknown> {
        if let Some((name, argument)) = function(value) {
            return self.call(name, argument).ok_or_else(|| {
                self.unknown.push(text!("`{path}` ({name}{hint})", path, name, hint = self.hint(argument)));
                Unknown
            });
        }
        // all of a value is read, so that every unknown part is counted
        let mut all_known = true;
        let mut resolve = |value: &Value, path: String| match self.value(value, &path) {
            Ok(value) => value,
            Err(Unknown) => {
                all_known = false;
                Value::Null
            }
        };
        let resolved = match value {
            Value::Array(entries) => {
                let entries =
                    entries.iter().enumerate().map(|(index, entry)| resolve(entry, format!("{path}[{index}]")));
                entries.filter(|entry| !entry.is_null()).collect()
            }
            Value::Object(members) => {
                let members =
                    members.iter().map(|(name, member)| (name.clone(), resolve(member, format!("{path}.{name}"))));
                members.filter(|(_, member)| !member.is_null()).collect()
            }
            scalar => scalar.clone(),
        };
        if all_known { Ok(resolved) } else { Err(Unknown) }
    }

    /// The option that would make a pseudo-parameter known.
    fn hint(&self, argument: &Value) -> Text {
        let text = argument.to_string();
        match () {
            () if text.contains("AWS::AccountId") && self.deployment.account.is_none() => {
                Text::literal(": add `--account ID`")
            }
            () if text.contains("AWS::Region") && self.deployment.region.is_none() => {
                Text::literal(": add `--region REGION`")
            }
            () => Text::default(),
        }
    }

    /// The result of a function; `None` if it is not known.
    fn call(&self, name: &str, argument: &Value) -> Option<Value> {
        match (name, argument) {
            ("Ref", Value::String(name)) if name == "AWS::NoValue" => Some(Value::Null),
            ("Ref", Value::String(name)) => self.pseudo_parameter(name).map(Value::from),
            ("Fn::Sub", Value::String(template)) => self.substitute(template, None).map(Value::from),
            ("Fn::Sub", Value::Array(arguments)) => match arguments.as_slice() {
                [Value::String(template), variables] => self.substitute(template, Some(variables)).map(Value::from),
                _ => None,
            },
            ("Fn::Join", Value::Array(arguments)) => match arguments.as_slice() {
                [Value::String(separator), Value::Array(parts)] => {
                    let parts: Option<Vec<String>> = parts.iter().map(|part| self.text(part)).collect();
                    Some(Value::from(parts?.join(separator)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// A text, or the result of a function that is a text.
    fn text(&self, value: &Value) -> Option<String> {
        match function(value) {
            None => value.as_str().map(str::to_owned),
            Some((name, argument)) => self.call(name, argument)?.as_str().map(str::to_owned),
        }
    }

    fn pseudo_parameter(&self, name: &str) -> Option<String> {
        let region = self.deployment.region;
        // the verdict does not depend on the partition, so the common one will do
        let partition = partition::of_region(region.unwrap_or_default());
        let known = match name {
            "AWS::AccountId" => self.deployment.account?,
            "AWS::Region" => region?,
            "AWS::Partition" => partition,
            "AWS::URLSuffix" if partition == "aws-cn" => "amazonaws.com.cn",
            "AWS::URLSuffix" if matches!(partition, "aws" | "aws-us-gov") => "amazonaws.com",
            _ => return None,
        };
        Some(known.to_owned())
    }

    /// A text with each `${Name}` replaced; `${!Name}` stands for the text `${Name}`.
    fn substitute(&self, template: &str, variables: Option<&Value>) -> Option<String> {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}')?;
            text += before;
            match name.strip_prefix('!') {
                Some(literal) => text += &format!("${{{literal}}}"),
                None => {
                    let name = name.trim();
                    let given = variables.and_then(|variables| variables.get(name)).map(|value| self.text(value));
                    text += &given.unwrap_or_else(|| self.pseudo_parameter(name))?;
                }
            }
            rest = after;
        }
        Some(text + rest)
    }
}

/// The name and the argument of an intrinsic function: an object with one member.
fn function(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name, argument))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Deployment<'static> = Deployment { account: Some("111122223333"), region: Some("eu-west-1") };
    const ELSEWHERE: Deployment<'static> = Deployment { account: None, region: None };

    /// The policy of a key and what is unknown about it.
    fn read(policy: Value, deployment: Deployment<'_>) -> (Option<Value>, Option<String>) {
        let template = json!({"Resources": {"Orders": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}}});
        assert!(is_template(&template));
        let document = find(&template, "t.json", deployment).pop().unwrap();
        (document.text.map(|text| serde_json::from_str(&text).unwrap()), document.unknown.map(|why| why.to_string()))
    }

    fn allow(principal: Value) -> Value {
        json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"})
    }

    #[test]
    fn functions_of_known_parts_are_resolved() {
        let root = "arn:aws:iam::111122223333:root";
        for principal in [
            json!({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}),
            json!({"Fn::Sub": ["arn:aws:iam::${Owner}:root", {"Owner": {"Ref": "AWS::AccountId"}}]}),
            json!({"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::", {"Ref": "AWS::AccountId"}, ":root"]]}),
            json!(root),
        ] {
            let (policy, unknown) = read(json!({"Statement": [allow(principal.clone())]}), HERE);
            assert_eq!(policy.unwrap()["Statement"][0]["Principal"]["AWS"], root, "{principal}");
            assert_eq!(unknown, None);
        }
        let (policy, _) = read(
            json!({"Statement": {"Condition": {"StringEquals": {"a": {"Fn::Sub": "${!aws:username} ${AWS::Region}"}}}}}),
            HERE,
        );
        assert_eq!(policy.unwrap()["Statement"]["Condition"]["StringEquals"]["a"], "${aws:username} eu-west-1");
    }

    #[test]
    fn the_domain_of_a_partition_is_known_where_the_region_says_it() {
        for (region, want) in [
            (Some("eu-west-1"), Some("kinesis.amazonaws.com")),
            (Some("us-gov-west-1"), Some("kinesis.amazonaws.com")),
            (Some("cn-north-1"), Some("kinesis.amazonaws.com.cn")),
            (Some("us-iso-east-1"), None), // nobody outside knows it
        ] {
            let deployment = Deployment { account: None, region };
            let statement = json!({"Principal": {"Service": {"Fn::Sub": "kinesis.${AWS::URLSuffix}"}}});
            let (policy, _) = read(json!({"Statement": [statement]}), deployment);
            let service = policy.map(|policy| policy["Statement"][0]["Principal"]["Service"].clone());
            assert_eq!(service.as_ref().and_then(Value::as_str), want, "{region:?}");
        }
    }

    #[test]
    fn a_policy_as_text_is_read() {
        for policy in [json!("{}"), json!({"Fn::Sub": "{}"})] {
            assert_eq!(read(policy, HERE), (Some(json!({})), None));
        }
    }

    #[test]
    fn an_unknown_allow_leaves_the_others() {
        let role = json!({"Fn::GetAtt": ["Role", "Arn"]});
        let (policy, unknown) =
            read(json!({"Version": "2012-10-17", "Statement": [allow(role), allow(json!("*"))]}), HERE);
        let policy = policy.unwrap();
        assert_eq!(policy["Statement"][0], json!({"Effect": "Allow"}));
        assert_eq!(policy["Statement"][1], allow(json!("*")));
        assert_eq!(
            unknown.unwrap(),
            "the value of `Resources.Orders.Properties.KeyPolicy.Statement[0].Principal.AWS` (Fn::GetAtt) is not known before the template is deployed"
        );
    }

    #[test]
    fn an_unknown_deny_or_policy_leaves_nothing() {
        let mut deny = allow(json!({"Ref": "Owner"}));
        deny["Effect"] = json!("Deny");
        for policy in [
            json!({"Statement": [allow(json!("*")), deny]}),
            json!({"Statement": [allow(json!("*")), {"Fn::If": ["Prod", deny, {"Ref": "AWS::NoValue"}]}]}),
            json!({"Statement": {"Fn::If": ["Prod", [], []]}}),
            json!({"Version": {"Ref": "Version"}, "Statement": []}),
            json!({"Fn::Transform": {"Name": "AWS::Include"}}),
            json!({"Statement": [{"Effect": {"Ref": "Effect"}, "Principal": "*"}]}),
        ] {
            let (text, unknown) = read(policy.clone(), HERE);
            assert!(text.is_none() && unknown.is_some(), "{policy}");
        }
    }

    #[test]
    fn the_options_make_pseudo_parameters_known() {
        let (_, unknown) = read(json!({"Statement": [allow(json!({"Ref": "AWS::AccountId"}))]}), ELSEWHERE);
        assert!(unknown.unwrap().contains("(Ref: add `--account ID`)"));
        let (policy, unknown) =
            read(json!({"Statement": [allow(json!({"Fn::Sub": "arn:${AWS::Partition}:iam::1:root"}))]}), ELSEWHERE);
        assert!(policy.is_some() && unknown.is_none());
    }

    proptest::proptest! {
        #[test]
        fn a_text_without_variables_stays_and_no_variable_is_left(text in r"[a-z{}$!: ]{0,30}", account in "[0-9]{12}") {
            let resolver = Resolver { deployment: Deployment { account: Some(&account), region: None }, unknown: Vec::new() };
            let substituted = resolver.substitute(&text, None);
            if !text.contains("${") {
                assert_eq!(substituted.as_deref(), Some(text.as_str()));
            }
            let template = format!("{}${{AWS::AccountId}}", text.replace('$', ""));
            assert_eq!(resolver.substitute(&template, None), Some(format!("{}{account}", text.replace('$', ""))));
        }

        #[test]
        fn an_unknown_value_anywhere_is_never_taken_for_known(depth in 0_usize..6, list in proptest::bool::ANY) {
            let mut principal = json!({"Ref": "Someone"});
            for _ in 0..depth {
                principal = if list { json!([principal, "x"]) } else { json!({"a": principal, "b": "x"}) };
            }
            let (policy, unknown) = read(json!({"Statement": [allow(principal)]}), HERE);
            assert!(unknown.is_some());
            assert_eq!(policy.unwrap()["Statement"][0], json!({"Effect": "Allow"}));
        }
    }

    #[test]
    fn keys_of_every_kind_are_found() {
        let template = json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Fn::ForEach::Keys": ["Name", ["A", "B"], {"${Name}": {"Type": "AWS::KMS::Key"}}],
            "Plain": {"Type": "AWS::KMS::Key"},
            "Replica": {"Type": "AWS::KMS::ReplicaKey", "Properties": {"KeyPolicy": {"Ref": "AWS::NoValue"}}},
        }});
        let documents = find(&template, "t.json", HERE).into_iter();
        let lines: Vec<_> = documents.map(|it| (it.address.unwrap(), it.text, it.unknown.is_some())).collect();
        assert_eq!(
            lines,
            [
                ("Fn::ForEach::Keys".to_owned(), None, true),
                ("Plain".to_owned(), None, false),
                ("Replica".to_owned(), None, false)
            ]
        );
    }
}
