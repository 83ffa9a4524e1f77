//! Who can still change the policy of a key.

use super::conditions::{policy, statement};
use super::generator::{FOREIGN, OWN};
use super::named::analysis_of;
use sealwatch_rules::key_policy::LockoutLevel;
use serde_json::json;

#[test]
fn a_deny_that_nobody_escapes_locks_the_key() {
    let session = format!("arn:aws:sts::{OWN}:assumed-role/admin/*");
    let role = format!("arn:aws:iam::{OWN}:role/admin");
    let root = statement("Allow", json!({"AWS": OWN}), json!("kms:*"), json!({}));
    for (condition, level) in [
        (json!({"ArnNotLike": {"aws:PrincipalArn": session}}), LockoutLevel::Locked),
        (json!({"StringNotEquals": {"aws:PrincipalArn": [session]}}), LockoutLevel::Locked),
        (json!({"StringNotLikeIfExists": {"aws:PrincipalArn": session}}), LockoutLevel::Locked),
        (json!({"ArnNotLike": {"aws:PrincipalArn": [session, role]}}), LockoutLevel::Fragile),
        (json!({"ArnLike": {"aws:PrincipalArn": session}}), LockoutLevel::None),
        // No queue or function changes a key policy for its caller, but a stack may.
        (json!({"StringNotEquals": {"kms:ViaService": "lambda.eu-west-1.amazonaws.com"}}), LockoutLevel::Locked),
        (json!({"StringNotLike": {"kms:ViaService": ["sqs.*.amazonaws.com", "s3.eu-*"]}}), LockoutLevel::Locked),
        (
            json!({"StringNotEquals": {"kms:ViaService": "cloudformation.eu-west-1.amazonaws.com"}}),
            LockoutLevel::Fragile,
        ),
        (json!({"StringNotLike": {"kms:ViaService": "*.amazonaws.com"}}), LockoutLevel::Fragile),
        (json!({"NotIpAddress": {"aws:SourceIp": ["192.168.0.0/16", "fd00::/8"]}}), LockoutLevel::Locked),
        (json!({"NotIpAddress": {"aws:SourceIp": ["192.168.0.0/16", "198.51.100.0/24"]}}), LockoutLevel::Fragile),
        (json!({"StringNotEquals": {"kms:NewCallerKey": "x"}}), LockoutLevel::Fragile),
    ] {
        let deny = statement("Deny", json!("*"), json!("kms:*"), condition.clone());
        assert_eq!(analysis_of(&policy(&[root.clone(), deny])).lockout.level, level, "{condition}");
    }
}

#[test]
fn a_deny_locks_the_key_if_it_is_for_the_account_of_the_owner() {
    let root = statement("Allow", json!({"AWS": OWN}), json!("kms:*"), json!({}));
    for (member, principal, level) in [
        ("Principal", json!("*"), LockoutLevel::Locked),
        ("Principal", json!({"AWS": OWN}), LockoutLevel::Locked),
        ("Principal", json!({"AWS": [FOREIGN, format!("arn:aws:iam::{OWN}:root")]}), LockoutLevel::Locked),
        ("Principal", json!({"AWS": FOREIGN}), LockoutLevel::None),
        ("Principal", json!({"AWS": format!("arn:aws:iam::{OWN}:role/a")}), LockoutLevel::None),
        ("Principal", json!({"Service": "s3.amazonaws.com"}), LockoutLevel::None),
        ("NotPrincipal", json!({"AWS": OWN}), LockoutLevel::None),
        ("NotPrincipal", json!("*"), LockoutLevel::None),
        ("NotPrincipal", json!({"AWS": FOREIGN}), LockoutLevel::Locked),
    ] {
        let deny = json!({"Effect": "Deny", member: principal, "Action": "kms:*", "Resource": "*"});
        assert_eq!(analysis_of(&policy(&[root.clone(), deny.clone()])).lockout.level, level, "{deny}");
    }
}

#[test]
fn an_allow_that_nobody_can_use_leaves_the_key_locked() {
    for (condition, level) in [
        (
            json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:sts::{OWN}:assumed-role/admin/*")}}),
            LockoutLevel::Locked,
        ),
        (json!({"StringEquals": {"kms:ViaService": "ec2.eu-west-1.amazonaws.com"}}), LockoutLevel::Locked),
        (json!({"StringEqualsIfExists": {"kms:ViaService": "ec2.eu-west-1.amazonaws.com"}}), LockoutLevel::None),
        (json!({"StringEquals": {"kms:ViaService": "ssm.eu-west-1.amazonaws.com"}}), LockoutLevel::Fragile),
        (json!({"IpAddress": {"aws:SourceIp": "172.31.0.0/16"}}), LockoutLevel::Locked),
        (json!({"StringEquals": {"kms:NewCallerKey": "x"}}), LockoutLevel::Fragile),
    ] {
        let allow = statement("Allow", json!({"AWS": OWN}), json!("kms:*"), condition.clone());
        assert_eq!(analysis_of(&policy(&[allow])).lockout.level, level, "{condition}");
    }
}
