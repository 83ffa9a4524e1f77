//! What a scan says about the policies of existing keys and about existing grants.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DETECTOR, GET_KEY_POLICY, GRANTS, KEYS, kms_grant_every_operation, kms_grant_to_foreign_account};
use super::{kms_key_policy_foreign_account, kms_key_policy_mixed_duties, kms_key_policy_public};
use crate::configuration::key::Scope;
use crate::engine::existing::{Entry, Existing};
use crate::engine::facts::Facts;
use crate::engine::finding::Finding;
use crate::engine::lookup::DESCRIBE_KEY;
use crate::engine::lookup::Lookup;
use crate::rules::parity::{about_key, of_call, of_scan};
use crate::rules::testing::{
    CUSTOMER_KEY, answered_fingerprint, fingerprint, policy_call, scan, scanned, scanned_fingerprint,
};
use crate::util::severity::Severity;

const FOREIGN: &str = "arn:aws:iam::444455556666:role/etl";
const INSTANCE: &str = "arn:aws:sts::444455556666:assumed-role/aws:ec2-infrastructure/i-00c0ffee00c0ffee0";

fn entry() -> Value {
    json!({"KeyArn": CUSTOMER_KEY, "KeyId": "customer"})
}

/// What `DescribeKey` answers about a key with these members besides.
fn described(members: &Value) -> (&'static str, Value) {
    let mut key = json!({"Arn": CUSTOMER_KEY, "KeyManager": "CUSTOMER", "KeyState": "Enabled", "Origin": "AWS_KMS",
        "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT"});
    key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    (DESCRIBE_KEY, json!({"KeyMetadata": key}))
}

/// What `GetKeyPolicy` answers about a key with this statement and that of the account.
fn policy(statement: Value) -> (&'static str, Value) {
    (GET_KEY_POLICY, json!({"PolicyName": "default", "Policy": policy_call(statement)["policy"]}))
}

fn public() -> (&'static str, Value) {
    policy(json!({"Sid": "Open", "Principal": "*", "Action": "kms:Decrypt"}))
}

/// Everything but compliant that a scan answers.
fn told(existing: &'static Existing, entry: &Value, answers: &[(&'static str, Value)]) -> String {
    let all = scanned(existing, entry, answers, "");
    all.lines().filter(|line| !line.starts_with("compliant")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_policy_in_force_decides() {
    let own = policy(json!({"Principal": {"AWS": "111122223333"}, "Action": "kms:Decrypt"}));
    insta::assert_snapshot!(scanned(&KEYS, &entry(), &[described(&json!({})), own], ""), @"
    compliant kms-key-policy-account-wide: Compliant.
    compliant kms-key-policy-broad-service: Compliant.
    compliant kms-key-policy-foreign-account: Compliant.
    compliant kms-key-policy-lockout: Compliant.
    compliant kms-key-policy-mixed-duties: Compliant.
    compliant kms-key-policy-public: Compliant.
    compliant kms-key-policy-unbound-service: Compliant.
    compliant kms-key-policy-unbounded-grants: Compliant.
    ");
    for (statement, rule) in [
        (json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:Decrypt"}), "kms-key-policy-foreign-account"),
        (
            json!({"Principal": {"Service": "sns.amazonaws.com"}, "Action": "kms:Decrypt"}),
            "kms-key-policy-unbound-service",
        ),
    ] {
        let found = told(&KEYS, &entry(), &[described(&json!({})), policy(statement)]);
        assert!(found.starts_with(&format!("violation {rule}")) && found.lines().count() == 1, "{found}");
    }
    let bound =
        json!({"StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "s3.eu-west-1.amazonaws.com"}});
    let bound = policy(json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": bound}));
    assert_eq!(told(&KEYS, &entry(), &[described(&json!({})), bound]), "");
}

#[test]
fn a_key_that_is_pending_deletion_still_has_its_policy() {
    let pending = described(&json!({"KeyState": "PendingDeletion"}));
    insta::assert_snapshot!(told(&KEYS, &entry(), &[pending, public()]), @"violation kms-key-policy-public: The policy of the key `customer` lets every principal of every account call kms:Decrypt. A caller needs only an IAM policy of its own account.");
}

#[test]
fn the_usage_comes_from_the_description() {
    let signing = described(&json!({"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256"}));
    let role = json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": "kms:*"});
    let corrected = |finding: &Finding<'_>| {
        let evidence = finding.to_json()["evidence"]["corrected_statement"].clone();
        (finding.rule.id == kms_key_policy_mixed_duties::RULE.id).then(|| evidence.to_string())
    };
    let found = scan(&KEYS, &entry(), &Facts::default(), &[signing, policy(role)], "", corrected).unwrap().concat();
    assert!(found.contains("kms:Sign") && !found.contains("kms:Decrypt"), "{found}");
}

#[test]
fn nothing_in_the_account_may_change_the_policy() {
    let only = |principal: &str| {
        let statement = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"});
        (GET_KEY_POLICY, json!({"Policy": json!({"Version": "2012-10-17", "Statement": statement}).to_string()}))
    };
    let role = only("arn:aws:iam::111122223333:role/admin");
    let text = told(&KEYS, &entry(), &[described(&json!({})), role]);
    insta::assert_snapshot!(text, @"
    violation kms-key-policy-lockout: The account may lose control of the key `customer`: only this statement lets the account call kms:PutKeyPolicy, and only under its conditions or for the identities it names. Rated low: the account still has control.
    violation kms-key-policy-mixed-duties: The policy of the key `customer` lets arn:aws:iam::111122223333:role/admin both administer and use the key. One stolen credential is enough for both.
    ");
    // AWS may manage a key that cannot be described
    insta::assert_snapshot!(told(&KEYS, &entry(), &[only("444455556666")]), @"
    violation kms-key-policy-foreign-account: The policy of the key `customer` lets account 444455556666 call kms:*. Its administrators decide who uses the key.
    unverified kms-key-policy-lockout: Could not be verified: no answer to `kms:DescribeKey` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    violation kms-key-policy-unbounded-grants: The policy of the key `customer` lets account 444455556666 create grants for anyone. Grants give others the use of the key, and no policy shows them. Rated high: the grants are made by another account.
    ");
}

#[test]
fn what_could_not_be_looked_up_is_unverified() {
    insta::assert_snapshot!(scanned(&KEYS, &entry(), &[described(&json!({}))], ""), @"
    unverified kms-key-policy-account-wide: Could not be verified: no answer to `kms:GetKeyPolicy` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-policy-broad-service: Could not be verified: no answer to `kms:GetKeyPolicy` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-policy-foreign-account: Could not be verified: no answer to `kms:GetKeyPolicy` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-policy-lockout: Could not be verified: no answer to `kms:GetKeyPolicy` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-policy-mixed-duties: Could not be verified: no answer to `kms:GetKeyPolicy` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-policy-public: Could not be verified: no answer to `kms:GetKeyPolicy` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-policy-unbound-service: Could not be verified: no answer to `kms:GetKeyPolicy` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    unverified kms-key-policy-unbounded-grants: Could not be verified: no answer to `kms:GetKeyPolicy` of `arn:aws:kms:eu-west-1:111122223333:key/customer`.
    ");
    for answer in [json!({}), json!({"Policy": null}), json!({"Policy": ""}), json!({"Policy": "{"})] {
        let found = scanned(&KEYS, &entry(), &[described(&json!({})), (GET_KEY_POLICY, answer.clone())], "");
        assert!(
            found.lines().count() == 8 && found.lines().all(|it| it.starts_with("unverified")),
            "{answer}: {found}"
        );
    }
}

#[test]
fn a_key_that_was_deleted_meanwhile_is_not_applicable() {
    assert_eq!(scanned(&KEYS, &entry(), &[(DESCRIBE_KEY, Value::Null)], ""), "");
    assert_eq!(scanned(&KEYS, &entry(), &[described(&json!({})), (GET_KEY_POLICY, Value::Null)], ""), "");
    assert_eq!(scanned(&GRANTS, &grant(FOREIGN, &json!({})), &[(GET_KEY_POLICY, Value::Null)], ""), "");
}

#[test]
fn keys_that_aws_manages_are_not_evaluated() {
    let mut listed = Facts::default();
    listed.insert_aliases(&[json!({"AliasName": "alias/aws/kinesis", "TargetKeyId": "customer",
        "AliasArn": "arn:aws:kms:eu-west-1:111122223333:alias/aws/kinesis"})]);
    assert_eq!(scan(&KEYS, &entry(), &listed, &[], "", |_| Some(())), None);
    // only `DescribeKey` shows it: the policy is not asked for, or it would be reported
    assert_eq!(scanned(&KEYS, &entry(), &[described(&json!({"KeyManager": "AWS"})), public()], ""), "");
}

/// An entry of `ListGrants` with these members besides.
fn grant(grantee: &str, members: &Value) -> Value {
    let mut entry = json!({"KeyId": CUSTOMER_KEY, "GrantId": "g-1", "Name": "", "CreationDate": 1_572_216_195.0,
        "GranteePrincipal": grantee, "RetiringPrincipal": "arn:aws:iam::444455556666:root",
        "IssuingAccount": "arn:aws:iam::444455556666:root", "Operations": ["Decrypt"]});
    entry.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    entry
}

fn own_policy() -> (&'static str, Value) {
    policy(json!({"Principal": {"AWS": "111122223333"}, "Action": "kms:Decrypt"}))
}

#[test]
fn an_existing_grant_is_read_like_a_new_one() {
    let found = |grantee: &str, members: Value| scanned(&GRANTS, &grant(grantee, &members), &[own_policy()], "");
    insta::assert_snapshot!(found(FOREIGN, json!({})), @"
    compliant kms-grant-every-operation: Compliant.
    violation kms-grant-to-foreign-account: A grant on the key `customer` lets the foreign account 444455556666 call Decrypt.
    ");
    insta::assert_snapshot!(found("arn:aws:iam::111122223333:role/etl", json!({"KeyId": "customer"})), @"
    compliant kms-grant-every-operation: Compliant.
    compliant kms-grant-to-foreign-account: Compliant.
    ");
    insta::assert_snapshot!(found("rds.eu-west-1.amazonaws.com", json!({})), @"");
    insta::assert_snapshot!(found("AROAEXAMPLEID", json!({"Operations": null})), @"
    unverified kms-grant-every-operation: Could not be verified: KMS did not return `operations` of the grant.
    unverified kms-grant-to-foreign-account: Could not be verified: the grantee `AROAEXAMPLEID` does not show its account.
    ");
    let all = json!(["CreateGrant", "GenerateMac", "VerifyMac", "DescribeKey"]);
    insta::assert_snapshot!(found("arn:aws:iam::111122223333:role/etl", json!({"Operations": all})), @"
    violation kms-grant-every-operation: A grant on the key `customer` lets `arn:aws:iam::111122223333:role/etl` call every operation of a key for HMAC without a constraint, and pass them on with CreateGrant.
    compliant kms-grant-to-foreign-account: Compliant.
    ");
    let nobody = json!({"GranteePrincipal": null, "Operations": []});
    insta::assert_snapshot!(found("", nobody), @"
    compliant kms-grant-every-operation: Compliant.
    unverified kms-grant-to-foreign-account: Could not be verified: KMS did not return `granteePrincipal` of the grant.
    ");
}

#[test]
fn a_grant_that_the_key_policy_admits_is_no_news() {
    let admitted = policy(json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:Decrypt"}));
    insta::assert_snapshot!(scanned(&GRANTS, &grant(FOREIGN, &json!({})), &[admitted], ""), @"compliant kms-grant-every-operation: Compliant.");
    // the grant is in force even if its key policy cannot be read
    assert!(
        scanned(&GRANTS, &grant(FOREIGN, &json!({})), &[], "")
            .starts_with("compliant kms-grant-every-operation: Compliant.\nviolation")
    );
    // the policy is asked for only if it decides
    let trusted = "keys.trusted_accounts = ['444455556666']";
    assert!(!scanned(&GRANTS, &grant(FOREIGN, &json!({})), &[], trusted).contains("violation"));
}

#[test]
fn a_grant_that_a_service_made_is_known_by_what_customers_cannot_set() {
    let volume = json!({"Constraints": {"EncryptionContextSubset": {"aws:ebs:id": "vol-0a0b0c0d0e0f00011"}}});
    let context = json!({"EncryptionContextEquals": {"aws:lambda:FunctionArn": "arn:aws:lambda:eu-west-1:444455556666:function:etl"}});
    let with = |mut members: Value, name: &str, value: &str| {
        members[name] = json!(value);
        members
    };
    let linked =
        "arn:aws:iam::444455556666:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
    let lambda = json!({"Constraints": context});
    let severity = |finding: &Finding<'_>| {
        (finding.rule.id == kms_grant_to_foreign_account::RULE.id).then(|| (finding.is_violation(), finding.severity))
    };
    for (grantee, members, want) in [
        // https://docs.aws.amazon.com/kms/latest/developerguide/determining-access-grants.html
        (INSTANCE, volume.clone(), Severity::Low),
        ("444455556666:aws:ec2-infrastructure:i-00c0ffee00c0ffee0", volume, Severity::Low),
        (FOREIGN, with(lambda.clone(), "RetiringPrincipal", "lambda.eu-west-1.amazonaws.com"), Severity::Low),
        (FOREIGN, lambda, Severity::High),
        (linked, with(json!({}), "RetiringServicePrincipal", "backup.amazonaws.com"), Severity::Low),
        (FOREIGN, with(json!({}), "RetiringServicePrincipal", "backup.amazonaws.com"), Severity::High),
        (linked, json!({}), Severity::High),
    ] {
        let found = scan(&GRANTS, &grant(grantee, &members), &Facts::default(), &[own_policy()], "", severity);
        assert_eq!(found, Some(vec![(true, want)]), "{grantee} {members}");
    }
    let volume = json!({"Constraints": {"EncryptionContextSubset": {"aws:ebs:id": "vol-0a0b0c0d0e0f00011"}}});
    insta::assert_snapshot!(told(&GRANTS, &grant(INSTANCE, &volume), &[own_policy()]), @"violation kms-grant-to-foreign-account: EC2 attached the volume vol-0a0b0c0d0e0f00011 of the foreign account 444455556666, which is encrypted with the key `customer`: the grant is in force whatever the key policy says.");
    let grants = json!({"Bool": {"kms:GrantIsForAWSResource": "true"}});
    let admitted =
        policy(json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:CreateGrant", "Condition": grants}));
    assert_eq!(told(&GRANTS, &grant(INSTANCE, &volume), &[admitted]), "");
}

#[test]
fn the_grants_of_keys_that_aws_manages_are_not_evaluated() {
    let of = GRANTS.listing.of.as_ref().unwrap();
    let mut facts = Facts::default();
    let asks = |facts: &Facts| {
        let scope = Scope { partition: "aws", region: "eu-west-1", account: "111122223333" };
        (of.asks)(&Entry { value: &entry(), scope, facts })
    };
    assert!(asks(&facts));
    facts.insert_cli_output(&described(&json!({"KeyManager": "AWS"})).1).unwrap();
    assert!(!asks(&facts));
}

#[test]
fn a_scan_and_an_event_have_the_same_fingerprint() {
    let statement = json!({"Principal": "*", "Action": "kms:Decrypt"});
    let event = fingerprint(&kms_key_policy_public::RULE, "PutKeyPolicy", &policy_call(statement));
    let answers = [described(&json!({})), public()];
    assert_eq!(event, scanned_fingerprint(&kms_key_policy_public::RULE, &KEYS, &entry(), &answers));

    let statement = json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:Decrypt"});
    let event = fingerprint(&kms_key_policy_foreign_account::RULE, "PutKeyPolicy", &policy_call(statement.clone()));
    let answers = [described(&json!({})), policy(statement)];
    assert_eq!(event, scanned_fingerprint(&kms_key_policy_foreign_account::RULE, &KEYS, &entry(), &answers));

    let all = json!(["CreateGrant", "Sign", "Verify"]);
    let request = json!({"keyId": CUSTOMER_KEY, "granteePrincipal": FOREIGN, "operations": all});
    for rule in [&kms_grant_to_foreign_account::RULE, &kms_grant_every_operation::RULE] {
        let existing = grant(FOREIGN, &json!({"Operations": all, "KeyId": "customer"}));
        let event = |response: Value| answered_fingerprint(rule, "CreateGrant", &request, &response);
        let scanned = scanned_fingerprint(rule, &GRANTS, &existing, &[own_policy()]);
        assert_eq!(event(json!({"grantId": existing["GrantId"]})), scanned, "{}", rule.id);
        assert_ne!(event(json!({"grantId": "another"})), scanned, "each grant has findings of its own");
        assert_ne!(event(Value::Null), scanned);
    }
}

/// A statement of a key policy.
fn statement() -> impl Strategy<Value = Value> {
    let principals = vec![
        json!("*"),
        json!({"AWS": "*"}),
        json!({"AWS": "444455556666"}),
        json!({"AWS": ["arn:aws:iam::111122223333:role/app", "arn:aws:iam::444455556666:role/etl"]}),
        json!({"AWS": "arn:aws:iam::111122223333:root"}),
        json!({"Service": "firehose.amazonaws.com"}),
    ];
    let actions = vec![
        json!("kms:Decrypt"),
        json!("kms:*"),
        json!(["kms:CreateGrant", "kms:Decrypt"]),
        json!(["kms:Encrypt", "kms:PutKeyPolicy"]),
        json!("kms:DescribeKey"),
    ];
    let conditions = vec![
        Value::Null,
        json!({"StringEquals": {"kms:CallerAccount": "111122223333"}}),
        json!({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
        json!({"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ];
    let select = prop::sample::select;
    (select(principals), select(actions), select(conditions), select(vec![json!("Allow"), json!("Deny")])).prop_map(
        |(principal, action, condition, effect)| {
            let mut statement = json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"});
            if !condition.is_null() {
                statement["Condition"] = condition;
            }
            statement
        },
    )
}

/// What AWS answers about a key with this policy.
fn about_policy(policy: &str, lookup: &Lookup) -> Option<Value> {
    match lookup.call {
        GET_KEY_POLICY => Some(json!({"PolicyName": "default", "Policy": policy})),
        _ => about_key(lookup),
    }
}

proptest! {
    #[test]
    fn a_scan_and_the_call_that_put_the_policy_agree(statements in prop::collection::vec(statement(), 1..4)) {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let answers = |lookup: &Lookup| about_policy(&policy, lookup);
        let request = json!({"keyId": CUSTOMER_KEY, "policyName": "default", "policy": policy});
        let call = of_call(&DETECTOR, "PutKeyPolicy", &request, &Value::Null, &answers);
        prop_assert_eq!(of_scan(&KEYS, &entry(), &answers), call);
    }

    #[test]
    fn a_scan_and_the_call_that_created_the_grant_agree(
        grantee in prop::sample::select(vec![FOREIGN, "arn:aws:iam::111122223333:role/app", "arn:aws:iam::444455556666:root"]),
        operations in prop::sample::subsequence(vec!["Decrypt", "Encrypt", "GenerateDataKey", "CreateGrant", "RetireGrant", "DescribeKey"], 1..=6),
        context in prop::option::of(prop::sample::select(vec![json!({"app": "orders"}), json!({"aws:ebs:id": "vol-1"})])),
        statements in prop::collection::vec(statement(), 1..3),
    ) {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let answers = |lookup: &Lookup| about_policy(&policy, lookup);
        let mut request = json!({"keyId": CUSTOMER_KEY, "granteePrincipal": grantee, "operations": operations});
        let mut granted = json!({"KeyId": CUSTOMER_KEY, "GrantId": "g-1", "GranteePrincipal": grantee, "Operations": operations,
            "IssuingAccount": "arn:aws:iam::111122223333:root"});
        if let Some(context) = context {
            request["constraints"] = json!({"encryptionContextSubset": context});
            granted["Constraints"] = json!({"EncryptionContextSubset": context});
        }
        let call = of_call(&DETECTOR, "CreateGrant", &request, &json!({"grantId": "g-1"}), &answers);
        prop_assert_eq!(of_scan(&GRANTS, &granted, &answers), call);
    }
}
