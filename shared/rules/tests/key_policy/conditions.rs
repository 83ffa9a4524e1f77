//! Tests each row of the condition tables with one statement.

use super::generator::{FOREIGN, OWN};
use super::named::{analysis_of, analysis_with_trust};
use sealwatch_rules::key_policy::{Analysis, Exposure, LockoutLevel, Owner, Policy, Trust, analyze};
use sealwatch_rules::util::address::AddressRange;
use sealwatch_rules::util::severity::Severity;
use serde_json::{Value, json};

/// The grantees as a short text: `own` is the whole account of the owner, `-` means no grantee.
fn grantees(analysis: &Analysis) -> String {
    let lists = [&analysis.public, &analysis.network_bound, &analysis.foreign, &analysis.unbound_services];
    let mut names: Vec<String> = lists.into_iter().flatten().map(|Exposure { who, .. }| format!("{who:?}")).collect();
    if !analysis.account_wide.is_empty() {
        names.push("own".to_owned());
    }
    names.sort();
    names.dedup();
    match names.is_empty() {
        true => "-".to_owned(),
        false => names.join(" ").replace(['"', '(', ')'], " ").split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

pub(super) fn statement(effect: &str, principal: Value, action: Value, condition: Value) -> Value {
    json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": "*", "Condition": condition})
}

pub(super) fn policy(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Operator, key, value, expected grantees.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// Replaces the placeholders in the tables.
fn expand(text: &str) -> String {
    text.replace("OWN", OWN).replace("FOREIGN", FOREIGN)
}

fn check(rows: &[Row], build: impl Fn(Value) -> Value) {
    for (operator, key, value, want) in rows {
        let values: Vec<String> = value.split(" | ").map(expand).collect();
        let condition = json!({*operator: {*key: values}});
        let policy = build(condition);
        assert_eq!(grantees(&analysis_of(&policy)), expand(want), "{operator} {key} {value}");
    }
}

#[test]
fn conditions_restrict_everyone() {
    let rows: &[Row] = &[
        // the account
        ("StringEquals", "kms:CallerAccount", "OWN", "own"),
        ("StringEquals", "kms:CallerAccount", "OWN | FOREIGN", "Account FOREIGN SourceAccount FOREIGN own"),
        ("StringLike", "kms:CallerAccount", "*", "Everyone"),
        ("StringLike", "kms:CallerAccount", "2109*", "Everyone"),
        ("StringEquals", "kms:CallerAccount", "*", "-"),
        ("StringEquals", "kms:CallerAccount", "${aws:ResourceAccount}", "own"),
        ("StringEquals", "kms:CallerAccount", "${aws:PrincipalAccount}", "Everyone"),
        ("StringEqualsIfExists", "kms:CallerAccount", "OWN", "Service * own"),
        ("StringEquals", "aws:PrincipalAccount", "OWN", "own"),
        ("StringEqualsIgnoreCase", "aws:PrincipalAccount", "FOREIGN", "Account FOREIGN"),
        ("StringEqualsIfExists", "aws:PrincipalAccount", "OWN", "own"),
        ("ForAllValues:StringEquals", "aws:PrincipalAccount", "OWN", "own"),
        ("StringNotEquals", "aws:PrincipalAccount", "FOREIGN", "Everyone"),
        ("NumericEquals", "aws:PrincipalAccount", "OWN", "Everyone"),
        ("StringEquals", "aws:ResourceAccount", "OWN", "Everyone"),
        ("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}", "own"),
        // the identity
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::OWN:role/a", "-"),
        ("ArnLike", "aws:PrincipalArn", "arn:*:iam::OWN:role/a", "-"),
        ("StringLike", "aws:PrincipalArn", "arn:*:iam::OWN:role/a", "Everyone"),
        ("StringLike", "aws:PrincipalArn", "arn:aws:iam::OWN:*", "own"),
        // The key holds the ARN of the role, never that of a session.
        ("ArnLike", "aws:PrincipalArn", "arn:aws:sts::OWN:assumed-role/a/*", "-"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:sts::*:assumed-role/a/*", "-"),
        ("StringEquals", "aws:PrincipalArn", "arn:aws:sts::FOREIGN:assumed-role/a/s", "-"),
        ("StringLike", "aws:PrincipalArn", "arn:aws:sts::FOREIGN:assumed-role/*", "-"),
        ("ArnLikeIfExists", "aws:PrincipalArn", "arn:aws:sts::OWN:assumed-role/a/*", "Service *"),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:sts::OWN:assumed-role/a/*", "Everyone"),
        (
            "ArnEquals",
            "aws:PrincipalArn",
            "arn:aws:sts::FOREIGN:federated-user/a",
            "Identity arn:aws:sts::FOREIGN:federated-user/a",
        ),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/a", "Everyone"),
        ("ArnLike", "aws:PrincipalArn", "*", "Everyone"),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::FOREIGN:role/a", "Identity arn:aws:iam::FOREIGN:role/a"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::FOREIGN:role/*", "Account FOREIGN"),
        ("StringEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/a", "-"),
        ("ArnEqualsIfExists", "aws:PrincipalArn", "arn:aws:iam::OWN:role/a", "Service *"),
        ("StringLike", "aws:userid", "AROAQ3EXAMPLE0000KEYS:*", "UniqueId AROAQ3EXAMPLE0000KEYS"),
        ("StringEquals", "aws:userid", "AIDAQ3EXAMPLE0000KEYS", "UniqueId AIDAQ3EXAMPLE0000KEYS"),
        ("StringEquals", "aws:userid", "FOREIGN", "Account FOREIGN"),
        ("StringEquals", "aws:userid", "OWN", "-"),
        ("StringLike", "aws:userid", "*:ann", "Everyone"),
        // the organization
        ("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5", "Organization o-a1b2c3d4e5"),
        ("StringLike", "aws:PrincipalOrgID", "o-*", "Everyone"),
        ("StringEquals", "aws:PrincipalOrgID", "o-*", "-"),
        ("StringEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5", "Everyone"),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5", "Everyone"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/r-1/*", "Organization o-a1b2c3d4e5"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "*/r-1/ou-1/*", "Everyone"),
        ("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*", "Everyone"),
        ("StringEquals", "aws:PrincipalOrgID", "${aws:ResourceOrgID}", "Organization ${aws:ResourceOrgID}"),
        ("StringEquals", "aws:ResourceOrgID", "${aws:PrincipalOrgID}", "Organization ${aws:ResourceOrgID}"),
        ("StringEquals", "aws:ResourceOrgID", "o-a1b2c3d4e5", "Everyone"),
        // services and the accounts for which they act
        ("Bool", "aws:PrincipalIsAWSService", "true", "Service *"),
        ("Bool", "aws:PrincipalIsAWSService", "true | false", "Everyone"),
        ("StringEquals", "aws:PrincipalServiceName", "sqs.amazonaws.com", "Service sqs.amazonaws.com"),
        ("StringLike", "aws:PrincipalServiceName", "*", "Everyone"),
        (
            "ForAnyValue:StringEquals",
            "aws:PrincipalServiceNamesList",
            "logs.amazonaws.com",
            "Service logs.amazonaws.com",
        ),
        ("ForAllValues:StringEquals", "aws:PrincipalServiceNamesList", "logs.amazonaws.com", "Everyone"),
        ("Null", "aws:PrincipalServiceName", "false", "Service *"),
        ("Null", "aws:SourceAccount", "false", "Service *"),
        ("Null", "aws:SourceAccount", "true", "Everyone"),
        ("StringEquals", "aws:SourceAccount", "OWN", "-"),
        ("StringEquals", "aws:SourceAccount", "FOREIGN", "SourceAccount FOREIGN"),
        ("StringLike", "aws:SourceOwner", "*", "Everyone"),
        ("StringEqualsIfExists", "aws:SourceAccount", "OWN", "Everyone"),
        ("ArnLike", "aws:SourceArn", "arn:aws:sqs:*:OWN:*", "-"),
        ("ArnLike", "aws:SourceArn", "arn:aws:sqs:*:FOREIGN:*", "SourceAccount FOREIGN"),
        ("StringLike", "aws:SourceArn", "arn:aws:sqs:*:OWN:*", "Everyone"),
        ("ArnEquals", "aws:SourceArn", "arn:aws:s3:::archive", "-"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*", "Everyone"),
        ("ArnLike", "aws:SourceArn", "arn:aws:sqs:eu-west-1:OWN", "-"),
        ("StringEquals", "aws:SourceOrgID", "o-a1b2c3d4e5", "SourceOrganization o-a1b2c3d4e5"),
        // the network
        ("StringEquals", "aws:SourceVpc", "vpc-0a1b", "Network"),
        ("StringLike", "aws:SourceVpce", "vpce-*", "Everyone"),
        ("IpAddress", "aws:SourceIp", "198.51.100.0/24", "Network"),
        ("IpAddress", "aws:SourceIp", "2001:db8::/32", "Network"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/0", "Everyone"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/1 | 128.0.0.0/1", "Everyone"),
        (
            "IpAddress",
            "aws:SourceIp",
            "1.0.0.0/8 | 2.0.0.0/8 | 3.0.0.0/8 | 4.0.0.0/8 | 5.0.0.0/8 | 6.0.0.0/8 | 7.0.0.0/8 | 8.0.0.0/8 | 9.0.0.0/8 | 11.0.0.0/8 | 12.0.0.0/8 | 13.0.0.0/8 | 14.0.0.0/8 | 15.0.0.0/8 | 16.0.0.0/8 | 17.0.0.0/8",
            "Everyone",
        ),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8", "-"),
        ("IpAddress", "aws:SourceIp", "172.20.0.0/14 | fd12::/16 | 100.64.0.0/10 | ::1", "-"),
        ("IpAddress", "aws:SourceIp", "192.168.0.0/16 | 198.51.100.7", "Network"),
        ("IpAddress", "aws:SourceIp", "192.168.0.0/16 | 0.0.0.0/0", "Everyone"),
        ("IpAddress", "aws:SourceIp", "172.0.0.0/8", "Network"),
        ("StringEquals", "aws:SourceIp", "198.51.100.0/24", "-"),
        ("StringEquals", "aws:SourceIp", "198.51.100.7", "Network"),
        ("StringLike", "aws:SourceIp", "198.51.100.*", "Network"),
        ("StringLike", "aws:SourceIp", "*", "Everyone"),
        ("ArnEquals", "aws:SourceVpcArn", "arn:aws:ec2:eu-west-1:OWN:vpc/vpc-0a1b", "Network"),
        ("ArnLike", "aws:SourceVpcArn", "arn:aws:ec2:*:FOREIGN:vpc/*", "Network"),
        ("ArnLike", "aws:SourceVpcArn", "arn:aws:ec2:*:*:vpc/vpc-0a1b", "Network"),
        ("ArnLike", "aws:SourceVpcArn", "arn:aws:ec2:eu-west-1:*:vpc/*", "Everyone"),
        ("StringLike", "aws:SourceVpcArn", "arn:aws:ec2:*:OWN:vpc/*", "Everyone"),
        ("StringLike", "aws:SourceVpcArn", "arn:aws:ec2:*:*:vpc/vpc-0a1b", "Everyone"),
        ("ArnEqualsIfExists", "aws:SourceVpcArn", "arn:aws:ec2:eu-west-1:OWN:vpc/vpc-0a1b", "Everyone"),
        ("StringEquals", "aws:VpceAccount", "OWN", "Network"),
        ("StringEquals", "aws:VpceAccount", "${aws:ResourceAccount} | FOREIGN", "Network"),
        ("StringEquals", "aws:VpceAccount", "${aws:PrincipalAccount}", "Everyone"),
        ("StringLike", "aws:VpceAccount", "1111*", "Everyone"),
        ("StringEquals", "aws:VpceOrgID", "o-a1b2c3d4e5", "Network"),
        ("StringEquals", "aws:VpceOrgID", "${aws:ResourceOrgID}", "Network"),
        ("StringLike", "aws:VpceOrgID", "o-*", "Everyone"),
        ("StringNotEquals", "aws:VpceOrgID", "o-a1b2c3d4e5", "Everyone"),
        ("ForAnyValue:StringLike", "aws:VpceOrgPaths", "o-a1b2c3d4e5/r-1/*", "Network"),
        ("ForAllValues:StringLike", "aws:VpceOrgPaths", "o-a1b2c3d4e5/r-1/*", "Everyone"),
        ("ForAnyValue:StringLike", "aws:VpceOrgPaths", "*/r-1/*", "Everyone"),
        ("StringEquals", "aws:Ec2InstanceSourceVpc", "vpc-0a1b", "Network"),
        // the session
        ("ArnLike", "lambda:SourceFunctionArn", "arn:aws:lambda:*:OWN:function:f", "-"),
        ("ArnLike", "lambda:SourceFunctionArn", "arn:aws:lambda:*:FOREIGN:function:f", "Account FOREIGN"),
        ("ArnLike", "ec2:SourceInstanceArn", "arn:aws:ec2:*:*:instance/i-0a", "Everyone"),
        ("ArnEquals", "aws:FederatedProvider", "arn:aws:iam::FOREIGN:saml-provider/idp", "Account FOREIGN"),
        ("StringEquals", "aws:FederatedProvider", "accounts.google.com", "Everyone"),
        ("NotIpAddress", "aws:SourceIp", "198.51.100.0/24", "Everyone"),
        ("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8", "Everyone"),
        // properties of the call, and keys that do not restrict the caller
        ("StringEquals", "kms:ViaService", "sqs.eu-west-1.amazonaws.com", "Everyone"),
        ("StringEquals", "kms:ViaService", "sqs.*.amazonaws.com", "-"),
        ("StringLike", "kms:ViaService", "sqs.*.amazonaws.com", "Everyone"),
        ("StringEquals", "kms:EncryptionContext:stage", "prod", "Everyone"),
        ("StringEquals", "aws:PrincipalTag/team", "keys", "Everyone"),
        ("StringEquals", "aws:username", "ann", "Everyone"),
        ("StringEquals", "aws:PrincipalType", "User", "Everyone"),
        ("StringEquals", "kms:KeySpec", "RSA_2048", "Everyone"),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1", "Everyone"),
        ("Bool", "aws:MultiFactorAuthPresent", "true", "Everyone"),
        ("Bool", "aws:SecureTransport", "true", "Everyone"),
        ("StringEquals", "aws:CalledVia", "athena.amazonaws.com", "Everyone"),
        ("DateLessThan", "aws:CurrentTime", "2031-01-01T00:00:00Z", "Everyone"),
        ("Null", "aws:PrincipalOrgID", "false", "Everyone"),
        ("StringEquals", "kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT", "Everyone"),
        ("ForAnyValues:StringEquals", "kms:CallerAccount", "OWN", "Everyone"),
        ("StringMatches", "kms:CallerAccount", "OWN", "Everyone"),
        // keys that AWS may add
        ("StringEquals", "aws:NewSourceKey", "x", "UnknownCondition aws:NewSourceKey"),
        ("ForAnyValue:StringLike", "kms:NewCallerKey", "*", "UnknownCondition kms:NewCallerKey"),
        ("NumericLessThan", "kms:NewCallerKey", "7", "UnknownCondition kms:NewCallerKey"),
        ("Bool", "kms:NewCallerKey", "true", "UnknownCondition kms:NewCallerKey"),
        ("Null", "kms:NewCallerKey", "false", "UnknownCondition kms:NewCallerKey"),
        ("Null", "kms:NewCallerKey", "true", "Everyone"),
        ("StringEqualsIfExists", "kms:NewCallerKey", "x", "Everyone"),
        ("ForAllValues:StringEquals", "kms:NewCallerKey", "x", "Everyone"),
        ("StringNotEquals", "kms:NewCallerKey", "x", "Everyone"),
        ("StringMatches", "kms:NewCallerKey", "x", "Everyone"),
        ("stringequals", "KMS:CALLERACCOUNT", "OWN", "own"),
    ];
    check(rows, |condition| policy(&[statement("Allow", json!("*"), json!("kms:Decrypt"), condition)]));
}

#[test]
fn conditions_restrict_a_service() {
    let rows: &[Row] = &[
        ("StringEquals", "aws:SourceAccount", "OWN", "-"),
        ("StringEquals", "kms:CallerAccount", "OWN", "-"),
        // One service has several names.
        (
            "ForAnyValue:StringEquals",
            "aws:PrincipalServiceNamesList",
            "delivery.logs.amazonaws.com",
            "Service logs.eu-west-1.amazonaws.com",
        ),
        ("StringEquals", "aws:PrincipalServiceName", "delivery.logs.amazonaws.com", "-"),
        ("StringEqualsIfExists", "aws:SourceAccount", "OWN", "Service logs.eu-west-1.amazonaws.com"),
        ("StringEquals", "kms:ViaService", "logs.eu-west-1.amazonaws.com", "Service logs.eu-west-1.amazonaws.com"),
        ("ArnLike", "kms:EncryptionContext:aws:logs:arn", "arn:aws:logs:*:OWN:*", "-"),
        ("StringLike", "kms:EncryptionContext:aws:logs:arn", "arn:aws:logs:*:OWN:log-group:x", "-"),
        ("ArnLike", "kms:EncryptionContext:aws:logs:arn", "arn:aws:logs:*:FOREIGN:*", "SourceAccount FOREIGN"),
        ("ArnLike", "kms:EncryptionContext:aws:logs:arn", "arn:aws:logs:*:*:*", "Service logs.eu-west-1.amazonaws.com"),
        ("Bool", "kms:GrantIsForAWSResource", "true", "Service logs.eu-west-1.amazonaws.com"),
        ("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5", "-"),
    ];
    let service = json!({"Service": "logs.eu-west-1.amazonaws.com"});
    check(rows, |condition| policy(&[statement("Allow", service.clone(), json!("kms:*"), condition)]));
}

#[test]
fn a_deny_restricts_everyone() {
    let rows: &[Row] = &[
        ("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5", "Organization o-a1b2c3d4e5"),
        ("StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5", "Organization o-a1b2c3d4e5"),
        ("ForAllValues:StringNotLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*", "Organization o-a1b2c3d4e5"),
        ("ForAnyValue:StringNotLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*", "Everyone"),
        ("StringNotEquals", "aws:PrincipalAccount", "OWN", "own"),
        ("StringNotLike", "aws:PrincipalOrgID", "o-*", "Everyone"),
        ("ArnNotEquals", "aws:PrincipalArn", "arn:aws:iam::OWN:role/a", "-"),
        ("NotIpAddress", "aws:SourceIp", "198.51.100.0/24", "Network"),
        ("StringNotEquals", "aws:SourceVpce", "vpce-0a", "Network"),
        ("StringNotEquals", "aws:VpceOrgID", "o-a1b2c3d4e5", "Network"),
        ("ArnNotLikeIfExists", "aws:SourceVpcArn", "arn:aws:ec2:*:OWN:vpc/*", "Network"),
        ("NotIpAddress", "aws:SourceIp", "172.16.0.0/12", "-"),
        ("StringNotEquals", "kms:NewCallerKey", "x", "UnknownCondition kms:NewCallerKey"),
        ("StringEquals", "kms:NewCallerKey", "x", "Everyone"),
        ("Null", "kms:NewCallerKey", "true", "Everyone"),
        ("BoolIfExists", "aws:PrincipalIsAWSService", "false", "Service *"),
        ("Bool", "aws:PrincipalIsAWSService", "true", "Everyone"),
        ("StringEquals", "aws:PrincipalAccount", "FOREIGN", "Everyone"),
        ("Null", "aws:PrincipalOrgID", "true", "Everyone"),
        ("Null", "aws:PrincipalIsAWSService", "true", "Everyone"),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", "false", "Everyone"),
        ("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z", "Everyone"),
        ("StringNotMatches", "aws:PrincipalAccount", "OWN", "Everyone"),
    ];
    check(rows, |condition| {
        let open = statement("Allow", json!("*"), json!("kms:Decrypt"), json!({}));
        policy(&[open, statement("Deny", json!("*"), json!("kms:*"), condition)])
    });
}

#[test]
fn a_perimeter_of_two_conditions_admits_either() {
    let open = statement("Allow", json!("*"), json!("kms:Decrypt"), json!({}));
    let outside = json!({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}});
    let perimeter = statement("Deny", json!("*"), json!("kms:*"), outside);
    assert_eq!(grantees(&analysis_of(&policy(&[open, perimeter]))), "Organization o-a1b2c3d4e5 Service *");
}

/// A condition on an unknown key does not hide services that are admitted without it.
#[test]
fn services_beside_an_unknown_key_are_reported() {
    let open = statement("Allow", json!("*"), json!("kms:Decrypt"), json!({}));
    let outside = json!({"StringNotEquals": {"aws:SourceNotYetKnown": "x"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}});
    let perimeter = statement("Deny", json!("*"), json!("kms:*"), outside);
    let analysis = analysis_of(&policy(&[open, perimeter]));
    assert_eq!(grantees(&analysis), "Service * UnknownCondition aws:SourceNotYetKnown");
    assert!(analysis.unbound_services.iter().any(|exposure| !exposure.unverified));
}

#[test]
fn a_guard_makes_an_ineffective_condition_effective() {
    let organization = json!({"aws:PrincipalOrgID": "o-a1b2c3d4e5"});
    for (guard, want) in [
        (json!({"Null": {"aws:PrincipalOrgID": "false"}}), "Organization o-a1b2c3d4e5"),
        (json!({"Null": {"aws:PrincipalOrgID": "true"}}), "Everyone"),
        (json!({"StringLike": {"AWS:principalorgid": "o-*"}}), "Organization o-a1b2c3d4e5"),
        (json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-x"}}), "Everyone"),
    ] {
        let mut condition = guard.clone();
        condition["ForAllValues:StringEquals"] = organization.clone();
        for more in [
            json!({}),
            json!({"aws:SecureTransport": "true"}),
            json!({"aws:SecureTransport": "true", "aws:MultiFactorAuthPresent": "true"}),
        ] {
            condition["Bool"] = more;
            let allow = statement("Allow", json!("*"), json!("kms:Decrypt"), condition.clone());
            assert_eq!(grantees(&analysis_of(&policy(&[allow]))), want, "{condition}");
        }
    }
}

/// What another account of the organization gets is less severe.
#[test]
fn a_foreign_account_in_a_trusted_organization_or_unit_is_of_low_severity() {
    let trust = Trust {
        organizations: ["o-a1b2c3d4e5".to_owned()].into(),
        organizational_units: ["o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/".to_owned()].into(),
        ..Trust::default()
    };
    for (condition, is_low) in [
        (json!({}), false),
        (json!({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), true),
        (json!({"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5", "o-zzzzzzzzzz"]}}), false),
        (json!({"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz"}}), false),
        (json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/*"}}), true),
        (json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-f6g7h8i9j0/*"}}), false),
    ] {
        for principal in [format!("arn:aws:iam::{FOREIGN}:root"), format!("arn:aws:iam::{FOREIGN}:role/a")] {
            let allow = statement("Allow", json!({ "AWS": principal }), json!("kms:Decrypt"), condition.clone());
            let foreign = analysis_with_trust(&policy(&[allow]), &trust).foreign;
            let severities: Vec<Severity> = foreign.iter().map(|exposure| exposure.severity).collect();
            assert_eq!(severities.len(), 1, "{principal} {condition}");
            assert_eq!(severities == [Severity::Low], is_low, "{principal} {condition} {severities:?}");
        }
    }
}

/// `${…}` is a variable only in the version of 2012.
#[test]
fn an_old_version_has_no_variables() {
    let condition = json!({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}});
    let allow = statement("Allow", json!({"AWS": OWN}), json!("kms:*"), condition);
    let trust = Trust { organizations: ["o-a1b2c3d4e5".to_owned()].into(), ..Trust::default() };
    for (version, level) in [("2008-10-17", LockoutLevel::Locked), ("2012-10-17", LockoutLevel::None)] {
        let policy = json!({"Version": version, "Statement": allow});
        assert_eq!(analysis_with_trust(&policy, &trust).lockout.level, level, "{version}");
    }
}

/// A statement that is bound to something trusted is not reported, unless something else is in the list.
#[test]
fn trusted_networks_and_units_are_not_reported() {
    let trust = Trust {
        accounts: [FOREIGN.to_owned()].into(),
        organizations: ["o-a1b2c3d4e5".to_owned()].into(),
        organizational_units: ["o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/".to_owned()].into(),
        vpcs: ["vpc-0a1b".to_owned()].into(),
        vpc_endpoints: ["vpce-0a1b".to_owned()].into(),
        networks: vec![AddressRange::parse("198.51.100.0/24").unwrap(), AddressRange::parse("2001:db8::/32").unwrap()],
        ..Trust::default()
    };
    for (operator, key, value, want) in [
        ("StringEquals", "aws:SourceVpc", "vpc-0a1b", "-"),
        ("StringEquals", "aws:SourceVpc", "vpc-0a1b | vpc-9999", "Network"),
        ("StringEquals", "aws:SourceVpce", "vpce-0a1b", "-"),
        ("StringLike", "aws:SourceVpce", "vpce-*", "Everyone"),
        ("StringEqualsIfExists", "aws:SourceVpce", "vpce-0a1b", "Everyone"),
        ("ArnEquals", "aws:SourceVpcArn", "arn:aws:ec2:eu-west-1:987654321098:vpc/vpc-0a1b", "-"),
        ("ArnLike", "aws:SourceVpcArn", "arn:aws:ec2:*:FOREIGN:vpc/*", "-"),
        ("ArnLike", "aws:SourceVpcArn", "arn:aws:ec2:*:987654321098:vpc/*", "Network"),
        ("StringEquals", "aws:VpceAccount", "FOREIGN", "-"),
        ("StringEquals", "aws:VpceAccount", "987654321098", "Network"),
        ("StringEquals", "aws:VpceOrgID", "o-a1b2c3d4e5", "-"),
        ("StringEquals", "aws:VpceOrgID", "o-z9y8x7w6v5", "Network"),
        ("ForAnyValue:StringLike", "aws:VpceOrgPaths", "o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/*", "-"),
        ("IpAddress", "aws:SourceIp", "198.51.100.64/26 | 2001:db8:7::/48 | 10.0.0.0/8", "-"),
        ("IpAddress", "aws:SourceIp", "198.51.100.0/23", "Network"),
        ("IpAddress", "aws:SourceIp", "198.51.100.7 | 203.0.113.7", "Network"),
        ("IpAddress", "aws:SourceIp", "198.51.100.7 | 0.0.0.0/0", "Everyone"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/*", "-"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/ou-ab12-2/*", "-"),
        ("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", "o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/", "-"),
        (
            "ForAnyValue:StringLike",
            "aws:PrincipalOrgPaths",
            "o-f6g7h8i9j0/r-ab12/ou-ab12-1111111*",
            "Organization o-f6g7h8i9j0",
        ),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-f6g7h8i9j0/r-ab12/*", "Organization o-f6g7h8i9j0"),
        (
            "ForAnyValue:StringLike",
            "aws:PrincipalOrgPaths",
            "o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/* | o-f6g7h8i9j0/r-ab12/ou-ab12-3/*",
            "Organization o-f6g7h8i9j0",
        ),
        ("ForAnyValue:StringLike", "aws:SourceOrgPaths", "o-f6g7h8i9j0/r-ab12/ou-ab12-11111111/*", "-"),
        ("StringEquals", "aws:PrincipalOrgID", "o-f6g7h8i9j0", "Organization o-f6g7h8i9j0"),
    ] {
        let values: Vec<String> = value.split(" | ").map(expand).collect();
        let allow = statement("Allow", json!("*"), json!("kms:Decrypt"), json!({operator: {key: values}}));
        assert_eq!(grantees(&analysis_with_trust(&policy(&[allow]), &trust)), want, "{operator} {key} {value}");
    }
}

/// Any organization may be the one that owns the key.
#[test]
fn the_own_organization_may_have_any_id() {
    let by = |operator: &str, id: &str| json!({operator: {"aws:PrincipalOrgID": id}});
    let swapped = json!({"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}});
    let own = "Organization ${aws:ResourceOrgID}";
    for (a, b, want) in [
        (by("StringEquals", "o-a1b2c3d4e5"), swapped.clone(), own),
        (by("StringLike", "o-a1b2c3d4e5"), by("StringEquals", "${aws:ResourceOrgID}"), own),
        (by("StringLike", "o-a1b2c3d4e5"), by("StringEquals", "o-z9y8x7w6v5"), "-"),
    ] {
        let mut both = a.clone();
        both.as_object_mut().unwrap().extend(b.as_object().unwrap().clone());
        let allow = statement("Allow", json!("*"), json!(["kms:Decrypt", "kms:PutKeyPolicy"]), both.clone());
        let deny = statement(
            "Deny",
            json!("*"),
            json!("kms:*"),
            json!({"StringNotEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}),
        );
        for statements in [vec![allow.clone()], vec![deny, allow]] {
            let analysis = analysis_of(&policy(&statements));
            assert_eq!(grantees(&analysis), want, "{both}");
            assert_eq!(analysis.lockout.level == LockoutLevel::Locked, want == "-", "{both}");
        }
    }
}

/// Two keys that name different accounts need not agree, so both are reported.
#[test]
fn a_second_source_account_is_reported() {
    for own in [json!({"aws:SourceAccount": OWN}), json!({"aws:SourceArn": format!("arn:aws:sqs:eu-west-1:{OWN}:in")})]
    {
        let condition = json!({"StringEquals": own, "StringLike": {"kms:CallerAccount": FOREIGN}});
        let allow = statement("Allow", json!({"Service": "sqs.amazonaws.com"}), json!("kms:Decrypt"), condition);
        assert_eq!(grantees(&analysis_of(&policy(&[allow]))), format!("SourceAccount {FOREIGN}"));
    }
}

/// If the owner is not known, it may be any account.
#[test]
fn an_unknown_owner_may_be_any_account() {
    let owner = Owner { account: Owner::UNKNOWN.to_owned(), ..super::named::owner() };
    let condition = json!({"StringEquals": {"kms:CallerAccount": "${aws:ResourceAccount}"}, "StringLike": {"aws:PrincipalAccount": FOREIGN}});
    let allow = policy(&[statement("Allow", json!("*"), json!("kms:Decrypt"), condition)]);
    let analysis = analyze(&Policy::parse(&allow.to_string()).unwrap(), &owner, &Trust::default());
    assert_eq!(grantees(&analysis), "own");
    assert!(analysis.account_wide.iter().all(|exposure| exposure.unverified));
}

#[test]
fn unbounded_grants_are_found() {
    let role = json!({"AWS": format!("arn:aws:iam::{OWN}:role/app")});
    for (condition, bounded) in [
        (json!({}), false),
        (json!({"Bool": {"kms:GrantIsForAWSResource": "true"}}), true),
        (json!({"BoolIfExists": {"kms:GrantIsForAWSResource": "true"}}), false),
        (json!({"Bool": {"kms:GrantIsForAWSResource": "false"}}), false),
        (json!({"StringEquals": {"kms:ViaService": "rds.eu-west-1.amazonaws.com"}}), true),
        (json!({"StringEquals": {"kms:GranteePrincipal": format!("arn:aws:iam::{OWN}:role/etl")}}), true),
        (json!({"StringLike": {"kms:GranteePrincipal": "*"}}), false),
        (json!({"ArnLike": {"kms:GranteePrincipal": "arn:aws:iam::*:role/etl"}}), false),
        (json!({"StringEquals": {"kms:GrantConstraintType": "EncryptionContextSubset"}}), true),
        (json!({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "DescribeKey"]}}), true),
        (json!({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "Decrypt"]}}), false),
        (json!({"ForAllValues:StringLike": {"kms:GrantOperations": "GenerateDataKey*"}}), false),
        (json!({"ForAnyValue:StringEquals": {"kms:GrantOperations": "Encrypt"}}), false),
    ] {
        let allow = statement("Allow", role.clone(), json!("kms:CreateGrant"), condition.clone());
        assert_eq!(analysis_of(&policy(&[allow])).unbounded_grants.is_empty(), bounded, "{condition}");
    }
    let admin = statement("Allow", role, json!(["kms:Create*", "kms:Put*"]), json!({}));
    assert!(analysis_of(&policy(&[admin])).unbounded_grants.is_empty());
}

#[test]
fn duplicate_member_names_do_not_restrict_anyone() {
    for text in [
        r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"210987654321"},"StringEquals":{"kms:ViaService":"x"}}}}"#,
        r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"210987654321","KMS:calleraccount":"2"}}}}"#,
        r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"210987654321","AWS":"*"},"Action":"kms:Sign","Resource":"*"}}"#,
        r#"{"Statement":{"Effect":"Deny","Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*"}}"#,
        r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:Sign","Action":"kms:Decrypt","Resource":"*"}]}"#,
        r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*"},"Statement":{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}}"#,
    ] {
        let policy = sealwatch_rules::key_policy::Policy::parse(text).unwrap();
        let analysis = sealwatch_rules::key_policy::analyze(&policy, &super::named::owner(), &Trust::default());
        assert_eq!(grantees(&analysis), "Everyone", "{text}");
        assert!(!analysis.remarks.is_empty(), "{text}");
    }
}

/// The grammar of JSON allows half a surrogate pair and a number of any size.
#[test]
fn odd_json_hides_nothing() {
    for sid in [r#""\ud800""#, r#""a\udfff\ud800b""#, "1e400", "-1e999", "123456789012345678901234567890"] {
        let text = format!(
            r#"{{"Statement":{{"Sid":{sid},"Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*","Condition":{{"NumericLessThan":{{"aws:MultiFactorAuthAge":1e400}}}}}}}}"#
        );
        let analysis = analyze(&Policy::parse(&text).unwrap(), &super::named::owner(), &Trust::default());
        assert_eq!(grantees(&analysis), "Everyone", "{text}");
    }
}

#[test]
fn statements_without_effect_have_a_remark() {
    for (statement, why) in [
        (json!({"Effect": "Allow", "Principal": "*", "Action": "kms:*"}), "no `Resource`"),
        (json!({"Effect": "Allow", "Principal": "*", "Resource": "*"}), "no `Action`"),
        (json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}), "no `Principal`"),
        (json!({"Effect": "allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}), "`Effect`"),
        (
            json!({"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "arn:aws:sqs:*:*:*"}),
            "not this key",
        ),
        (
            json!({"Effect": "Allow", "Principal": "*", "Action": ["kms:ListKeys", "s3:*"], "Resource": "*"}),
            "none of its actions",
        ),
    ] {
        let analysis = analysis_of(&policy(std::slice::from_ref(&statement)));
        assert_eq!(grantees(&analysis), "-", "{statement}");
        assert!(analysis.remarks.iter().any(|remark| remark.text.contains(why)), "{statement}: {:?}", analysis.remarks);
    }
}

#[test]
fn trusted_accounts_and_organizations_are_not_reported() {
    let trust = Trust {
        accounts: [FOREIGN.to_owned()].into(),
        organizations: ["o-a1b2c3d4e5".to_owned()].into(),
        ..Trust::default()
    };
    let by = |id: &str| json!({"StringEquals": {"aws:PrincipalOrgID": id}});
    for (principal, condition, want) in [
        (json!({"AWS": FOREIGN}), json!({}), "-"),
        (json!("*"), by("o-a1b2c3d4e5"), "-"),
        (json!("*"), by("${aws:ResourceOrgID}"), "-"),
        (json!("*"), by("o-zzzzyyyyxx"), "Organization o-zzzzyyyyxx"),
        (json!({"AWS": "987654321098"}), by("o-a1b2c3d4e5"), "Account 987654321098"),
    ] {
        let allow = statement("Allow", principal.clone(), json!("kms:Decrypt"), condition.clone());
        assert_eq!(grantees(&analysis_with_trust(&policy(&[allow]), &trust)), want, "{principal} {condition}");
    }
}
