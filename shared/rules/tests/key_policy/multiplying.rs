//! Policies in which one part multiplies another: each Allow meets each way past each Deny.

use std::fmt::Write as _;

const OWN: &str = "210987654321";

/// What multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Four Denies apply to one session, each with eight equal ways past it.
    EqualWays,
    /// The same with different ways.
    DifferentWays,
    /// Denies of different operations, each with several ways past it.
    Operations,
    /// The same for each account of a list.
    Principals,
    /// Denies that each name the same accounts.
    DeniedPrincipals,
    /// One session, again and again in one list.
    RepeatedPrincipal,
    /// One Deny exempts many accounts, and each Allow admits everyone.
    Accounts,
    Organizations,
    Names,
    /// Names of the owner's account, and each Allow admits an account.
    OwnNames,
    Ids,
    Sources,
    Services,
    /// One condition for each key of an encryption context.
    EncryptionContext,
}

pub(crate) const SHAPES: &[Shape] = &[
    Shape::EqualWays,
    Shape::DifferentWays,
    Shape::Operations,
    Shape::Principals,
    Shape::DeniedPrincipals,
    Shape::RepeatedPrincipal,
    Shape::Accounts,
    Shape::Organizations,
    Shape::Names,
    Shape::OwnNames,
    Shape::Ids,
    Shape::Sources,
    Shape::Services,
    Shape::EncryptionContext,
];

const OPERATIONS: &[&str] = &[
    "Decrypt",
    "Encrypt",
    "Sign",
    "Verify",
    "CreateGrant",
    "ListGrants",
    "DescribeKey",
    "GetPublicKey",
    "EnableKey",
    "DisableKey",
    "GenerateMac",
    "VerifyMac",
    "TagResource",
    "UntagResource",
    "CreateAlias",
    "DeleteAlias",
];

/// A policy of this shape with at most this many bytes, and not much less.
pub(crate) fn policy(shape: Shape, bytes: usize) -> String {
    let levels = ["\"*\"".to_owned(), aws(OWN), aws(&role(OWN, "r")), aws(&session())];
    match shape {
        Shape::EqualWays => {
            let denies = levels.iter().enumerate().map(|(n, who)| deny(who, "*", &tags(n)));
            filled(&half(denies, bytes), bytes, |n| allow(&aws(&session()), operation(n)))
        }
        Shape::DifferentWays => {
            let denies = levels.iter().enumerate().map(|(n, who)| deny(who, "*", &different(n)));
            filled(&half(denies, bytes), bytes, |n| allow(&aws(&session()), operation(n)))
        }
        Shape::Operations => filled(&denies_of_operations(bytes), bytes, |_| allow("\"*\"", "*")),
        Shape::Principals => {
            let denies = denies_of_operations(bytes);
            let accounts = listed(bytes.saturating_sub(length(&denies) + 120), |n| format!("{n:012}"));
            filled(&[denies, vec![allow(&format!(r#"{{"AWS":{accounts}}}"#), "*")]].concat(), 0, |_| String::new())
        }
        Shape::DeniedPrincipals => {
            let count = (bytes / 2_000).clamp(1, 5);
            let accounts = listed(bytes.saturating_sub(700 * count) / (count + 1), |n| format!("{n:012}"));
            let who = format!(r#"{{"AWS":{accounts}}}"#);
            let denies = (0..count).map(|n| deny(&who, OPERATIONS[n], &different(n)));
            let statements: Vec<String> = denies.chain([allow(&who, "*")]).collect();
            filled(&statements, 0, |_| String::new())
        }
        Shape::RepeatedPrincipal => {
            let denies = half(levels.iter().enumerate().map(|(n, who)| deny(who, "*", &different(n))), bytes);
            let sessions = listed(bytes.saturating_sub(length(&denies) + 120), |_| session());
            filled(&[denies, vec![allow(&format!(r#"{{"AWS":{sessions}}}"#), "*")]].concat(), 0, |_| String::new())
        }
        Shape::Accounts => shared("aws:PrincipalAccount", bytes, |n| format!("{n:012}")),
        Shape::Organizations => shared("aws:PrincipalOrgID", bytes, |n| format!("o-{n:010}")),
        Shape::Names => shared("aws:PrincipalArn", bytes, |n| role(&format!("{:012}", n % 7), &format!("r{n}"))),
        Shape::OwnNames => {
            let names = listed(bytes / 2, |n| role(OWN, &format!("r{n}")));
            let deny = deny("\"*\"", "*", &format!(r#""aws:PrincipalArn":{names}"#));
            filled(&[deny], bytes, |n| allow(&aws(OWN), operation(n)))
        }
        Shape::Ids => shared("aws:userid", bytes, |n| format!("AROA{n:016}")),
        Shape::Sources => shared("aws:SourceAccount", bytes, |n| format!("{n:012}")),
        Shape::Services => shared("aws:PrincipalServiceName", bytes, |n| format!("s{n}.amazonaws.com")),
        Shape::EncryptionContext => {
            let mut keys = String::new();
            for n in 0.. {
                if keys.len() + 300 > bytes {
                    break;
                }
                let comma = if n == 0 { "" } else { "," };
                write!(keys, r#"{comma}"kms:EncryptionContext:{n}":"{n:012}""#).unwrap();
            }
            let allow = format!(
                r#"{{"Effect":"Allow","Principal":{{"Service":"sns.amazonaws.com"}},"Action":"kms:*","Resource":"*","Condition":{{"StringEquals":{{{keys}}}}}}}"#
            );
            filled(&[allow], 0, |_| String::new())
        }
    }
}

/// One Deny with a long list in half of the policy, and statements for everyone in the other half.
fn shared(key: &str, bytes: usize, value: impl Fn(usize) -> String) -> String {
    let deny = deny("\"*\"", "*", &format!(r#""{key}":{}"#, listed(bytes / 2, value)));
    filled(&[deny], bytes, |n| allow("\"*\"", operation(n)))
}

/// The statements, and more of them until the policy has this many bytes.
fn filled(statements: &[String], bytes: usize, more: impl Fn(usize) -> String) -> String {
    let mut text = format!(r#"{{"Version":"2012-10-17","Statement":[{}"#, statements.join(","));
    for n in 0.. {
        let statement = more(n);
        if text.len() + statement.len() + 3 > bytes {
            break;
        }
        text.push(',');
        text.push_str(&statement);
    }
    text.push_str("]}");
    text
}

fn listed(bytes: usize, value: impl Fn(usize) -> String) -> String {
    let mut list = format!("[\"{}\"", value(0));
    for n in 1.. {
        let value = value(n);
        if list.len() + value.len() + 4 > bytes {
            break;
        }
        write!(list, ",\"{value}\"").unwrap();
    }
    list.push(']');
    list
}

fn allow(who: &str, operation: &str) -> String {
    format!(r#"{{"Effect":"Allow","Principal":{who},"Action":"kms:{operation}","Resource":"*"}}"#)
}

fn deny(who: &str, operation: &str, unless: &str) -> String {
    format!(
        r#"{{"Effect":"Deny","Principal":{who},"Action":"kms:{operation}","Resource":"*","Condition":{{"StringNotEquals":{{{unless}}}}}}}"#
    )
}

fn denies_of_operations(bytes: usize) -> Vec<String> {
    half(OPERATIONS.iter().enumerate().map(|(n, operation)| deny("\"*\"", operation, &different(n))), bytes)
}

/// One statement, and more of them in half of the bytes.
fn half(statements: impl Iterator<Item = String>, bytes: usize) -> Vec<String> {
    let mut length = 0;
    statements
        .enumerate()
        .take_while(|(n, statement)| {
            length += statement.len() + 1;
            *n == 0 || length <= bytes / 2
        })
        .map(|(_, statement)| statement)
        .collect()
}

fn length(statements: &[String]) -> usize {
    statements.iter().map(|statement| statement.len() + 1).sum()
}

fn operation(n: usize) -> &'static str {
    if n.is_multiple_of(3) { "*" } else { OPERATIONS[n % OPERATIONS.len()] }
}

/// Conditions with equal ways past them.
fn tags(level: usize) -> String {
    (0..8).map(|n| format!(r#""aws:PrincipalTag/{level}{n}":"x""#)).collect::<Vec<_>>().join(",")
}

/// Conditions with eight different ways past them.
fn different(level: usize) -> String {
    [
        format!(r#""aws:PrincipalAccount":["{OWN}","{level:012}"]"#),
        format!(r#""aws:PrincipalOrgID":["o-{level:010}","o-a","o-b"]"#),
        format!(r#""aws:userid":["AROA{level:016}","AROAQ3EXAMPLE0000KEYS"]"#),
        format!(r#""aws:SourceVpce":"vpce-{level}""#),
        r#""kms:ViaService":"sqs.eu-west-1.amazonaws.com""#.to_owned(),
        r#""aws:PrincipalTag/team":"keys""#.to_owned(),
        format!(r#""aws:SourceAccount":["{OWN}","{level:012}"]"#),
        format!(r#""aws:PrincipalServiceName":["s{level}.amazonaws.com","sns.amazonaws.com"]"#),
    ]
    .join(",")
}

fn aws(who: &str) -> String {
    format!(r#"{{"AWS":"{who}"}}"#)
}

fn role(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

fn session() -> String {
    format!("arn:aws:sts::{OWN}:assumed-role/r/s")
}
