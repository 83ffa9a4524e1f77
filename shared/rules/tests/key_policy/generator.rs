//! Random policies and random requests.
//!
//! The same seed generates the same policy, so one number reproduces a failure.

use super::evaluator::{Caller, Request};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(crate) const OWN: &str = "210987654321";
pub(crate) const FOREIGN: &str = "345678901234";
pub(crate) const THIRD: &str = "456789012345";
/// An account of the owner's organization.
pub(crate) const SIBLING: &str = "567890123456";
pub(crate) const OWN_ORG: &str = "o-own0000000";
pub(crate) const FOREIGN_ORG: &str = "o-foreign000";

/// A source of choices: those that are given, then random ones.
pub(crate) struct Dice(u64, Vec<u8>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with_choices(&[], seed)
    }

    /// The first choices are these, by `fuzz/checks`.
    pub(crate) fn with_choices(choices: &[u8], seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5ea1_3a7c, choices.iter().rev().copied().collect())
    }

    fn next(&mut self) -> u64 {
        if let Some(choice) = self.1.pop() {
            return choice.into();
        }
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }

    /// One or two elements of the list.
    fn some(&mut self, list: &[&str]) -> Value {
        if self.one_in(3) { json!([self.pick(list), self.pick(list)]) } else { json!(self.pick(list)) }
    }
}

const ACTIONS: &[&str] = &[
    "kms:*",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:Re*",
    "KMS:decr?pt",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "*",
    "s3:GetObject",
    "kms:*Key*",
];

const AWS: &[&str] = &[
    "*",
    "*",
    "210987654321",
    "arn:aws:iam::210987654321:root",
    "arn:aws:iam::345678901234:root",
    "345678901234",
    "456789012345",
    "arn:aws:iam::210987654321:role/app",
    "arn:aws:iam::345678901234:role/app",
    "arn:aws:sts::345678901234:assumed-role/app/now",
    "arn:aws:iam::345678901234:user/team/eve",
    "AROAQ3EXAMPLE0000KEYS",
];

const SERVICES: &[&str] = &["sns.amazonaws.com", "logs.eu-west-1.amazonaws.com"];

const STRING: &[&str] =
    &["StringEquals", "StringEquals", "StringLike", "StringEqualsIgnoreCase", "StringNotEquals", "StringNotLike"];
const ARN: &[&str] = &["ArnLike", "ArnEquals", "StringLike", "StringEquals", "ArnNotLike", "StringNotEquals"];
const BOOL: &[&str] = &["Bool", "StringEquals"];

/// Key, operators, values.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

const CONDITIONS: &[Row] = &[
    (
        "kms:CallerAccount",
        STRING,
        &[OWN, OWN, FOREIGN, "*", "2109*", "${aws:ResourceAccount}", "${aws:PrincipalAccount}"],
    ),
    ("aws:PrincipalAccount", STRING, &[OWN, OWN, FOREIGN, THIRD, "*", "${aws:ResourceAccount}"]),
    (
        "AWS:principalarn",
        ARN,
        &[
            "arn:aws:iam::210987654321:role/app",
            "arn:aws:iam::345678901234:role/app",
            "arn:aws:iam::*:role/app",
            "arn:*:iam::210987654321:role/app",
            "arn:aws:iam::210987654321:*",
            "arn:aws:iam::345678901234:user/*",
            "arn:aws:sts::345678901234:assumed-role/app/now",
            "arn:aws:sts::210987654321:assumed-role/app/*",
            "arn:aws:sts::*:assumed-role/app/*",
            "*",
        ],
    ),
    ("aws:PrincipalOrgID", STRING, &[OWN_ORG, OWN_ORG, FOREIGN_ORG, "o-*", "*", "${aws:ResourceOrgID}"]),
    (
        "aws:PrincipalOrgPaths",
        &["StringLike", "StringEquals", "StringNotLike"],
        &[
            "o-own0000000/r-1/ou-1/",
            "o-own0000000/*",
            "o-foreign000/*",
            "*/r-1/*",
            "o-*/r-1/*",
            "${aws:ResourceOrgID}/*",
        ],
    ),
    ("aws:userid", STRING, &["AROAFOREIGN000000APP:*", "AROAFOREIGN000000APP:now", "*:now", FOREIGN, OWN]),
    ("aws:PrincipalIsAWSService", BOOL, &["true", "false"]),
    ("aws:PrincipalServiceName", STRING, &["sns.amazonaws.com", "*"]),
    ("aws:SourceAccount", STRING, &[OWN, OWN, FOREIGN, "*", "${aws:ResourceAccount}"]),
    (
        "aws:SourceArn",
        ARN,
        &[
            "arn:aws:sns:eu-west-1:210987654321:topic",
            "arn:aws:sns:*:210987654321:*",
            "arn:aws:sns:*:*:topic",
            "arn:aws:s3:::own-bucket",
            "arn:aws:s3:::*",
            "arn:aws:sns:eu-west-1:345678901234:topic",
        ],
    ),
    ("aws:SourceOrgID", STRING, &[OWN_ORG, FOREIGN_ORG, "o-*", "${aws:ResourceOrgID}"]),
    ("aws:PrincipalServiceNamesList", STRING, &["sns.amazonaws.com", "*"]),
    ("aws:SourceVpce", STRING, &["vpce-1", "vpce-*"]),
    (
        "aws:SourceVpcArn",
        ARN,
        &[
            "arn:aws:ec2:eu-west-1:345678901234:vpc/vpc-1",
            "arn:aws:ec2:*:345678901234:vpc/*",
            "arn:aws:ec2:*:*:vpc/vpc-1",
            "arn:aws:ec2:eu-west-1:*:vpc/*",
        ],
    ),
    ("aws:VpceAccount", STRING, &[OWN, FOREIGN, "*", "${aws:ResourceAccount}", "${aws:PrincipalAccount}"]),
    ("aws:VpceOrgID", STRING, &[OWN_ORG, FOREIGN_ORG, "o-*", "${aws:ResourceOrgID}"]),
    (
        "aws:VpceOrgPaths",
        &["StringLike", "StringEquals", "StringNotLike"],
        &["o-own0000000/*", "o-foreign000/r-1/*", "*/r-1/*"],
    ),
    ("aws:VpcSourceIp", &["IpAddress", "NotIpAddress"], &["10.0.0.0/8", "0.0.0.0/0"]),
    (
        "lambda:SourceFunctionArn",
        ARN,
        &["arn:aws:lambda:eu-west-1:345678901234:function:f", "arn:aws:lambda:*:*:function:f"],
    ),
    ("aws:SourceIp", STRING, &["198.51.100.*", "198.51.100.7", "198.51.100.0/24", "10.*", "*"]),
    (
        "aws:SourceIp",
        &["IpAddress", "NotIpAddress"],
        &["198.51.100.0/24", "0.0.0.0/0", "10.0.0.0/8", "128.0.0.0/1", "172.16.0.0/12"],
    ),
    (
        "kms:ViaService",
        STRING,
        &["sqs.eu-west-1.amazonaws.com", "sqs.*.amazonaws.com", "cloudformation.eu-west-1.amazonaws.com", "*"],
    ),
    (
        "kms:EncryptionContext:aws:logs:arn",
        ARN,
        &[
            "arn:aws:logs:eu-west-1:210987654321:*",
            "arn:aws:logs:*:210987654321:log-group:x",
            "arn:aws:logs:*:*:log-group:x",
        ],
    ),
    ("aws:MultiFactorAuthPresent", BOOL, &["true", "false"]),
    ("aws:PrincipalTag/team", STRING, &["keys", "*"]),
    ("aws:ResourceAccount", STRING, &[OWN, "${aws:PrincipalAccount}"]),
    ("aws:ResourceOrgID", STRING, &[OWN_ORG, "${aws:PrincipalOrgID}"]),
    ("aws:CurrentTime", &["DateLessThan"], &["2030-01-01T00:00:00Z"]),
    ("kms:GrantIsForAWSResource", BOOL, &["true", "false"]),
    ("kms:NewCallerKey", STRING, &["x"]),
];

pub(crate) fn policy(dice: &mut Dice) -> Value {
    let statements: Vec<Value> = (0..1 + dice.below(4)).map(|_| statement(dice)).collect();
    json!({ "Version": if dice.one_in(8) { "2008-10-17" } else { "2012-10-17" }, "Statement": statements })
}

pub(crate) fn statement(dice: &mut Dice) -> Value {
    let mut out = Map::new();
    let allow = !dice.one_in(3);
    out.insert("Effect".to_owned(), json!(if allow { "Allow" } else { "Deny" }));
    let principal = match dice.below(8) {
        0 | 1 => json!("*"),
        2 => json!({ "Service": dice.some(SERVICES) }),
        3 => json!({ "AWS": dice.some(AWS), "Service": dice.some(SERVICES) }),
        _ => json!({ "AWS": dice.some(AWS) }),
    };
    // The analyzer deliberately reads an Allow with NotPrincipal as everyone, so none is generated.
    let element = if !allow && dice.one_in(5) { "NotPrincipal" } else { "Principal" };
    out.insert(element.to_owned(), principal);
    out.insert(if dice.one_in(12) { "NotAction" } else { "Action" }.to_owned(), dice.some(ACTIONS));
    match dice.below(24) {
        0 => {}
        1 => drop(out.insert("Resource".to_owned(), json!("arn:aws:s3:::own-bucket/*"))),
        2 => drop(out.insert("NotResource".to_owned(), json!("arn:aws:s3:::own-bucket/*"))),
        3 => drop(out.insert("Resource".to_owned(), json!("arn:aws:kms:eu-west-1:210987654321:key/*"))),
        _ => drop(out.insert("Resource".to_owned(), json!("*"))),
    }
    let mut blocks = Map::new();
    for _ in 0..dice.pick(&[0, 0, 1, 1, 1, 2, 2, 3]) {
        let (operator, key, values) = condition(dice);
        blocks.entry(operator).or_insert_with(|| json!({}))[key] = values;
    }
    if !blocks.is_empty() {
        out.insert("Condition".to_owned(), Value::Object(blocks));
    }
    Value::Object(out)
}

/// A condition. Negated operators have no variables: AWS does not document the result for a variable without a value.
pub(crate) fn condition(dice: &mut Dice) -> (String, &'static str, Value) {
    if dice.one_in(12) {
        let (key, ..) = dice.pick(CONDITIONS);
        return ("Null".to_owned(), key, json!(dice.pick(&["true", "false"])));
    }
    let (key, operators, values) = dice.pick(CONDITIONS);
    let operator = dice.pick(operators);
    let literal: Vec<&str> = values.iter().copied().filter(|value| !value.contains("${")).collect();
    let values = dice.some(if operator.contains("Not") { &literal } else { values });
    let set = match dice.below(8) {
        0 => "ForAllValues:",
        1 => "ForAnyValue:",
        _ => "",
    };
    let if_exists = if dice.one_in(6) { "IfExists" } else { "" };
    (format!("{set}{operator}{if_exists}"), key, values)
}

pub(crate) const TRIED: &[&str] = &["kms:Decrypt", "kms:Encrypt", "kms:CreateGrant", "kms:PutKeyPolicy"];

fn put(context: &mut BTreeMap<String, Vec<String>>, key: &str, value: &str) {
    context.insert(key.to_ascii_lowercase(), vec![value.to_owned()]);
}

/// The context keys that every request has.
fn common_context() -> BTreeMap<String, Vec<String>> {
    let mut context = BTreeMap::new();
    put(&mut context, "aws:ResourceAccount", OWN);
    put(&mut context, "aws:ResourceOrgID", OWN_ORG);
    put(&mut context, "aws:CurrentTime", "2026-11-22T00:00:00Z");
    context
}

/// A request of a role, user or session of the account.
pub(crate) fn identity(dice: &mut Dice, account: &str, action: &'static str) -> Request {
    let (name, id) = dice.pick(&[
        ("role/app", "AROAFOREIGN000000APP"),
        ("role/ops", "AROAFOREIGN000000OPS"),
        ("user/team/eve", "AIDAFOREIGN000000EVE"),
        ("root", ""),
    ]);
    let arn = format!("arn:aws:iam::{account}:{name}");
    let mut context = common_context();
    let session = name.strip_prefix("role/").map(|role| format!("arn:aws:sts::{account}:assumed-role/{role}/now"));
    // Ids are unique across accounts. The ids in the tables belong to one account.
    let id = if account == FOREIGN { id.to_owned() } else { id.replace("FOREIGN", &account[..7]) };
    match (id.as_str(), &session) {
        ("", _) => put(&mut context, "aws:userid", account),
        (id, Some(_)) => put(&mut context, "aws:userid", &format!("{id}:now")),
        (id, None) => put(&mut context, "aws:userid", id),
    }
    put(&mut context, "aws:PrincipalArn", &arn);
    put(&mut context, "aws:PrincipalAccount", account);
    put(&mut context, "kms:CallerAccount", account);
    put(&mut context, "aws:PrincipalIsAWSService", "false");
    if let Some(organization) = organization(account) {
        put(&mut context, "aws:PrincipalOrgID", organization);
        put(&mut context, "aws:PrincipalOrgPaths", &format!("{organization}/r-1/ou-1/"));
    }
    match dice.below(4) {
        // Only a request through a VPC endpoint says from which VPC it comes, and has no public address.
        n @ (0 | 1) => {
            let vpc_owner = dice.pick(&[account, FOREIGN]);
            put(&mut context, "aws:SourceVpce", if n == 0 { "vpce-1" } else { "vpce-2" });
            put(&mut context, "aws:SourceVpcArn", &format!("arn:aws:ec2:eu-west-1:{vpc_owner}:vpc/vpc-{}", n + 1));
            put(&mut context, "aws:VpceAccount", vpc_owner);
            put(&mut context, "aws:VpcSourceIp", "10.1.2.3");
            if let Some(organization) = organization(vpc_owner) {
                put(&mut context, "aws:VpceOrgID", organization);
                put(&mut context, "aws:VpceOrgPaths", &format!("{organization}/r-1/ou-1/"));
            }
        }
        2 => put(&mut context, "aws:SourceIp", "198.51.100.7"),
        _ => put(&mut context, "aws:SourceIp", "8.8.8.8"),
    }
    if dice.one_in(3) {
        // No queue changes the policy of a key, but a stack may.
        let service = if action == "kms:PutKeyPolicy" || dice.one_in(3) { "cloudformation" } else { "sqs" };
        put(&mut context, "kms:ViaService", &format!("{service}.eu-west-1.amazonaws.com"));
    }
    if session.is_some() && dice.one_in(3) {
        put(&mut context, "lambda:SourceFunctionArn", &format!("arn:aws:lambda:eu-west-1:{account}:function:f"));
    }
    match dice.below(3) {
        0 => put(&mut context, "aws:MultiFactorAuthPresent", "true"),
        1 => put(&mut context, "aws:MultiFactorAuthPresent", "false"),
        _ => {}
    }
    if dice.one_in(2) {
        put(&mut context, "aws:PrincipalTag/team", dice.pick(&["keys", "*"]));
    }
    if dice.one_in(2) {
        put(&mut context, "kms:NewCallerKey", "x");
    }
    if dice.one_in(2) && action != "kms:PutKeyPolicy" {
        // Callers choose their encryption context: it may be any text, even one with wildcards.
        let free = dice.pick(&["eu-west-1:210987654321", "eu-west-1:345678901234", "*:210987654321", "*:*"]);
        put(&mut context, "kms:EncryptionContext:aws:logs:arn", &format!("arn:aws:logs:{free}:log-group:x"));
    }
    if action == "kms:CreateGrant" {
        put(&mut context, "kms:GrantIsForAWSResource", dice.pick(&["true", "false"]));
    }
    Request { caller: Caller::Identity { account: account.to_owned(), arn, session }, action, context }
}

/// A request of a service that acts for the account.
pub(crate) fn service(dice: &mut Dice, account: &str, action: &'static str) -> Request {
    let name = dice.pick(&["sns.amazonaws.com", "logs.eu-west-1.amazonaws.com", "ec2.amazonaws.com"]);
    let mut context = common_context();
    put(&mut context, "aws:PrincipalIsAWSService", "true");
    put(&mut context, "aws:PrincipalServiceName", name);
    // A service has more names than the one it calls with.
    let names = [name, "sns.amazonaws.com"].map(str::to_owned).to_vec();
    context
        .insert("aws:principalservicenameslist".to_owned(), if dice.one_in(2) { names } else { vec![name.to_owned()] });
    // Every request has an account. The account of a service belongs to AWS.
    put(&mut context, "aws:PrincipalAccount", "888888888888");
    put(&mut context, "kms:CallerAccount", account);
    if !dice.one_in(3) {
        put(&mut context, "aws:SourceAccount", account);
        let arn = match dice.below(3) {
            0 if account == OWN => "arn:aws:s3:::own-bucket".to_owned(),
            0 => "arn:aws:s3:::their-bucket".to_owned(),
            _ => format!("arn:aws:sns:eu-west-1:{account}:topic"),
        };
        put(&mut context, "aws:SourceArn", &arn);
        if let Some(organization) = organization(account) {
            put(&mut context, "aws:SourceOrgID", organization);
        }
    }
    if action != "kms:PutKeyPolicy" {
        put(
            &mut context,
            "kms:EncryptionContext:aws:logs:arn",
            &format!("arn:aws:logs:eu-west-1:{account}:log-group:x"),
        );
    }
    Request { caller: Caller::Service { name: name.to_owned() }, action, context }
}

pub(crate) fn organization(account: &str) -> Option<&'static str> {
    match account {
        OWN | SIBLING => Some(OWN_ORG),
        FOREIGN => Some(FOREIGN_ORG),
        _ => None,
    }
}
