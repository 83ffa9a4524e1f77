//! A KMS grant lets a principal of another account use a key.
//!
//! ## What it detects
//! `CreateGrant` for a grantee whose account is neither the key's owner nor in `keys.trusted_accounts`, unless the key policy
//! lets the grantee call the same operations anyway. In a scan, each existing grant like that.
//!
//! A grant that an AWS service creates for a resource of such an account has the severity low, for example for a volume that
//! EC2 attaches: the service can create it only because the key policy admits the account, and creates one for each
//! resource. CloudTrail says that a service made the call; the grant is limited to the service's encryption context, retired
//! by a service, or for a role that only EC2 has. Calls that Step Functions, EventBridge Scheduler, Systems Manager, API
//! Gateway or AppSync make are those of their users. A list of grants does not name their creators: in a scan, a service created
//! a grant if it is the `RetiringPrincipal`, which customers cannot set to a service, or if only the service can have the role of
//! the grantee: EC2, or a service-linked role whose service is the `RetiringServicePrincipal`.
//!
//! ## Why it matters
//! A grant admits its grantee independently of the key policy, no review of policies shows it, and it stays in force
//! until it is retired or revoked. A grant of a service shows that another account uses the key.
//!
//! ## When it stays silent
//! Grants to AWS services, which services create for their own work, and calls that change a policy are not applicable.
//! So are grants that the key policy already admits: an Allow without conditions for the grantee or its account, or for a
//! grant of a service any that lets the account create grants. The policy was reported when it was put. Without the policy,
//! from `kms:GetKeyPolicy` or from records of the same input, the grant is reported. Grants in the own account are
//! compliant. A grantee without a recognizable account (a deleted principal, a masked id) is unverified, and so is an
//! account that may belong to the organization, if the settings trust that and its accounts are not known. A call from another account is recorded in both accounts: the copy for the caller is not
//! applicable, because the key is in the account that has the other one.
//!
//! ## How to fix
//! Revoke the grant, or add the account to `keys.trusted_accounts`. Do not revoke the grant of a service: the instance loses
//! its volume, the function its variables. Look for the account in the key policy instead, and remove it there once it has stopped using the
//! key.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/ct-ec2one.html>

use crate::aws::account::{is_account, is_service};
use crate::aws::arn::Arn;
use crate::cloudtrail::field::Field;
use crate::configuration::kms_key::{INFRASTRUCTURE, KmsKeyPolicy, PolicyCall, is_infrastructure};
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::key_policy::{Owner, Policy, Service, admits, admits_grants};
use crate::language::{Text, text};
use crate::rules::kms_key_policy::analysis::{GET_KEY_POLICY, Subject, missing, no_grant, with_grant_id};
use crate::rules::kms_key_policy::remediation::{GRANT_BY_A_SERVICE, GRANT_TO_FOREIGN_ACCOUNT, revoke};
use crate::rules::remediation::Value;
use crate::rules::resource_policy::analysis::owner;
use crate::util::severity::Severity;
use crate::util::text::plain;
use crate::util::time;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-grant-to-foreign-account",
    title: "KMS grant to a foreign account",
    severity: Severity::High,
    controls: &[nist("AC-3")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_grant_to_foreign_account.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let PolicyCall::Grant { grantee, operations, id, service, context: pair, retired_by, .. } = &subject.policy.call
    else {
        return no_grant(&subject.policy.call);
    };
    if let Some(outcome) = &subject.decided {
        return outcome.clone();
    }
    let grantee = match grantee {
        Field::Present(grantee) => grantee.as_str(),
        hidden => return missing(hidden, "granteePrincipal", context),
    };
    if is_service(grantee) {
        return Outcome::not_applicable("the grantee is an AWS service");
    }
    let shown = plain(grantee);
    let Some(account) = account_of(grantee) else {
        return Outcome::unverified(text!("the grantee `{grantee}` does not show its account", grantee));
    };
    let name = context.name();
    let own = &subject.policy.owner;
    if !is_account(own) {
        return Outcome::unverified(text!("the account that owns the key `{name}` is not known", name));
    }
    let trusted = context.trusts(account);
    if account == own || trusted == Ok(true) {
        return Outcome::Compliant;
    }
    let operations = operations.as_ref().value().map_or(&[][..], Vec::as_slice);
    let is_made_for_a_resource = pair.is_some() || retired_by.is_some() || is_infrastructure(grantee);
    let service = service.as_deref().filter(|_| is_made_for_a_resource);
    if let Some((policy, owner)) = key_policy(own, context) {
        if service.is_some() && admits_grants(&policy, &owner, account) {
            return Outcome::not_applicable(
                "the key policy already lets the account create grants: its own finding says so",
            );
        }
        if admits(&policy, &owner, account, grantee, operations) {
            return Outcome::not_applicable(
                "the key policy already lets the grantee call these operations: its own finding says so",
            );
        }
    }
    if let Err(why) = trusted {
        return Outcome::unverified(why);
    }
    let operations: Vec<String> = operations.iter().map(|operation| plain(operation)).collect();
    if let Some(service) = service {
        let violation = by_a_service(service, pair.as_ref(), account, context)
            .evidence("granteePrincipal", shown)
            .evidence("operations", operations);
        return with_grant_id(violation, id.as_deref())
            .remediation(GRANT_BY_A_SERVICE.fill(context, &[("account", Value::Raw(account))]));
    }
    let listed = match operations.is_empty() {
        true if context.seen == Seen::Scan => Text::literal("operations that KMS did not return"),
        true => Text::literal("operations that the record does not show"),
        false => Text::from(operations.join(", ")),
    };
    let violation = Violation::new(text!(
        "A grant on the key `{name}` lets the foreign account {account} call {operations}.",
        name,
        account,
        operations = listed
    ))
    .evidence("granteePrincipal", shown)
    .evidence("operations", operations);
    with_grant_id(violation, id.as_deref()).remediation(revoke(&GRANT_TO_FOREIGN_ACCOUNT, id.as_deref(), context))
}

/// The violation by a grant that a service created for a resource of its own.
fn by_a_service(service: &str, pair: Option<&(String, String)>, account: &str, context: &RuleContext<'_>) -> Violation {
    let name = context.name();
    let admits = match context.seen {
        Seen::Scan => Text::literal("the grant is in force whatever the key policy says"),
        Seen::Call | Seen::Document => Text::literal("the key policy admits that account"),
    };
    let detail = match pair {
        Some((key, volume)) if key == "aws:ebs:id" => text!(
            "EC2 attached the volume {volume} of the foreign account {account}, which is encrypted with the key `{name}`: {admits}.",
            volume,
            account,
            name,
            admits
        ),
        _ => text!(
            "`{service}` created a grant on the key `{name}` for a resource of the foreign account {account}: {admits}.",
            service,
            name,
            account,
            admits
        ),
    };
    let mut violation = Violation::new(detail);
    violation.severity = Some(Severity::Low);
    match pair {
        Some((key, value)) => violation.evidence(format!("constraints.{}", plain(key)), plain(value)),
        None => violation,
    }
}

/// True if the key policy decides about a grant: its grantee is in a foreign account that is not trusted.
pub(super) fn needs_key_policy(policy: &KmsKeyPolicy, context: &RuleContext<'_>) -> bool {
    foreign_account(policy).is_some_and(|account| match context.trusts(account) {
        Ok(trusted) => !trusted && context.settings.enabled(RULE.id),
        // the organization is looked up first
        Err(_) => context.facts.organization().is_some(),
    })
}

/// True if whether an account belongs to the organization decides about a grant.
pub(super) fn depends_on_organization(policy: &KmsKeyPolicy, context: &RuleContext<'_>) -> bool {
    foreign_account(policy).is_some_and(|account| context.trusts(account) != Ok(true))
}

/// The foreign account that a grant admits.
fn foreign_account(policy: &KmsKeyPolicy) -> Option<&str> {
    let PolicyCall::Grant { grantee: Field::Present(grantee), .. } = &policy.call else { return None };
    account_of(grantee).filter(|account| is_account(&policy.owner) && *account != policy.owner)
}

/// The policy of the key at the time of the call according to the timeline, or else as it was looked up.
fn key_policy(account: &str, context: &RuleContext<'_>) -> Option<(Policy, Owner)> {
    let arn = context.resource.arn.as_deref()?;
    let before = time::record_time(&context.event.time).and_then(|at| context.facts.timeline.policy_before(arn, at));
    let text = match before {
        Some((_, text)) => text,
        None => context.facts.resource(GET_KEY_POLICY, arn)?.ok()?.get("Policy").text().value()?,
    };
    let policy = Policy::parse_for(Service::Kms, text).ok()?;
    Some((policy, owner(account, Some(arn.to_owned()), context)))
}

/// The account of a grantee; `None` if the text does not show it.
fn account_of(grantee: &str) -> Option<&str> {
    let before = |mark| grantee.split_once(mark).map(|(account, _)| account);
    let account = before(INFRASTRUCTURE).or_else(|| Arn::parse(grantee).map(|arn| arn.account)).unwrap_or(grantee);
    is_account(account).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::change::Event;
    use crate::engine::evaluate::{evaluate, pending_lookups};
    use crate::engine::facts::Facts;
    use crate::engine::lookup::{Lookup, LookupResult};
    use crate::engine::outcome::{Outcome, Violation};
    use crate::engine::rule::Phase;
    use crate::rules::kms_key_policy::DETECTOR;
    use crate::rules::testing::{CUSTOMER_KEY, answer, name, policy_call, table, violation};
    use crate::settings::Settings;
    use crate::timeline::Timeline;
    use crate::util::severity::Severity;
    use serde_json::{Value, json};

    #[test]
    fn the_account_of_the_grantee_decides() {
        let grant =
            |grantee: &str| json!({"keyId": CUSTOMER_KEY, "granteePrincipal": grantee, "operations": ["Decrypt"]});
        table(
            &RULE,
            &[
                ("CreateGrant", grant("arn:aws:iam::444455556666:role/etl"), "violation"),
                ("CreateGrant", grant("arn:aws:sts::444455556666:assumed-role/etl/s"), "violation"),
                ("CreateGrant", grant("444455556666"), "violation"),
                ("CreateGrant", grant("arn:aws:iam::111122223333:role/etl"), "compliant"),
                ("CreateGrant", grant("111122223333:aws:ec2-infrastructure:i-00c0ffee00c0ffee0"), "compliant"),
                (
                    "CreateGrant",
                    grant("arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-00c0ffee00c0ffee0"),
                    "compliant",
                ),
                ("CreateGrant", grant("444455556666:aws:ec2-infrastructure:i-00c0ffee00c0ffee0"), "violation"),
                ("CreateGrant", grant("REDACTED:aws:ec2-infrastructure:i-00c0ffee00c0ffee0"), "unverified"),
                ("CreateGrant", grant("rds.eu-west-1.amazonaws.com"), "not-applicable"),
                ("CreateGrant", grant("AWS Internal"), "not-applicable"),
                (
                    "CreateGrant",
                    json!({"keyId": CUSTOMER_KEY, "granteeServicePrincipal": "rds.amazonaws.com"}),
                    "not-applicable",
                ),
                ("CreateGrant", grant("AROAEXAMPLEID"), "unverified"),
                ("CreateGrant", json!({"keyId": CUSTOMER_KEY}), "unverified"),
                ("PutKeyPolicy", json!({"keyId": CUSTOMER_KEY}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn a_grant_to_a_trusted_account_is_compliant() {
        let call = json!({"keyId": CUSTOMER_KEY, "granteePrincipal": "arn:aws:iam::444455556666:role/etl"});
        let outcome =
            answer(&RULE, "keys.trusted_accounts = ['444455556666']", &[], "CreateGrant", &call, &Value::Null);
        assert_eq!(name(&outcome), "compliant");
    }

    /// The finding about a grant on a key of 111122223333, for an instance of 444455556666.
    fn for_an_instance(grantee: &str, invoked_by: &str, source: &str) -> Violation {
        let constraints = json!({"encryptionContextSubset": {"aws:ebs:id": "vol-0a0b0c0d0e0f00011"}});
        let call = json!({"granteePrincipal": grantee, "operations": ["Decrypt"], "constraints": constraints});
        created(call, invoked_by, source)
    }

    /// The finding about a grant on a key of 111122223333 that somebody in 444455556666 created.
    fn created(mut request: Value, invoked_by: &str, source: &str) -> Violation {
        request["keyId"] = json!(CUSTOMER_KEY);
        let record = json!({"eventName": "CreateGrant", "eventSource": "kms.amazonaws.com", "eventID": "e-1",
            "eventTime": "2026-11-22T10:00:00Z", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "userIdentity": {"type": "AWSAccount", "accountId": "444455556666", "invokedBy": invoked_by},
            "sourceIPAddress": source, "requestParameters": request})
        .to_string();
        let event = Event::parse(&record).unwrap();
        let change = event.change_for(&DETECTOR).unwrap();
        let (facts, settings) = (Facts::default(), Settings::default());
        let findings = evaluate(&change, &facts, &settings);
        match findings.into_iter().find(|finding| finding.rule.id == RULE.id).unwrap().outcome {
            Outcome::Violation(violation) => *violation,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_grant_that_ec2_creates_for_a_volume_points_to_the_key_policy() {
        let role = "arn:aws:sts::444455556666:assumed-role/aws:ec2-infrastructure/i-00c0ffee00c0ffee0";
        for (grantee, invoked_by, source) in [
            (role, "ec2-frontend-api.amazonaws.com", "ec2-frontend-api.amazonaws.com"),
            (role, "AWS Internal", "AWS Internal"),
            (role, "autoscaling.amazonaws.com", "198.51.100.7"),
            (role, "", "ec2.amazonaws.com"),
            ("444455556666:aws:ec2-infrastructure:i-00c0ffee00c0ffee0", "AWS Internal", "AWS Internal"),
        ] {
            let violation = for_an_instance(grantee, invoked_by, source);
            assert_eq!(violation.severity, Some(Severity::Low), "{grantee} {invoked_by} {source}");
            assert!(!violation.remediation.cli.contains("revoke-grant"), "the instance would lose its volume");
        }
        let violation = for_an_instance(role, "AWS Internal", "AWS Internal");
        insta::assert_snapshot!(format!("{}\n{}", violation.detail, violation.remediation.cli), @"
        EC2 attached the volume vol-0a0b0c0d0e0f00011 of the foreign account 444455556666, which is encrypted with the key `customer`: the key policy admits that account.
        aws kms get-key-policy --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --policy-name default --query Policy --output text --region eu-west-1
        ");
    }

    #[test]
    fn a_grant_that_a_person_creates_for_an_instance_is_like_any_other() {
        let role = "arn:aws:sts::444455556666:assumed-role/aws:ec2-infrastructure/i-00c0ffee00c0ffee0";
        let other = "arn:aws:iam::444455556666:role/etl";
        for (grantee, invoked_by) in [
            (role, ""),
            (role, "signin.amazonaws.com"),
            (role, "states.amazonaws.com"),
            (role, "scheduler.amazonaws.com"),
            (other, "ssm.amazonaws.com"),
            (other, ""),
        ] {
            let violation = for_an_instance(grantee, invoked_by, "198.51.100.7");
            assert_eq!(violation.severity, None, "{grantee} {invoked_by}");
            assert!(violation.remediation.cli.contains("revoke-grant"));
        }
    }

    #[test]
    fn no_grant_of_a_service_is_to_be_revoked() {
        let lambda = json!({"encryptionContextEquals": {"aws:lambda:FunctionArn": "arn:aws:lambda:eu-west-1:444455556666:function:etl"}});
        let linked =
            "arn:aws:iam::444455556666:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
        let role = "arn:aws:iam::444455556666:role/etl";
        for (service, request) in [
            (
                "lambda.amazonaws.com",
                json!({"granteePrincipal": role, "operations": ["Decrypt"], "constraints": lambda,
                "retiringPrincipal": "lambda.eu-west-1.amazonaws.com"}),
            ),
            (
                "lambda.amazonaws.com",
                json!({"granteePrincipal": role, "operations": ["Decrypt"], "constraints": lambda}),
            ),
            (
                "backup.amazonaws.com",
                json!({"granteePrincipal": linked, "operations": ["Decrypt", "CreateGrant"],
                "retiringServicePrincipal": "backup.amazonaws.com"}),
            ),
        ] {
            let violation = created(request, service, service);
            assert_eq!(violation.severity, Some(Severity::Low), "{service}");
            assert!(!violation.remediation.cli.contains("revoke-grant"), "{service}");
        }
        let call = json!({"granteePrincipal": role, "operations": ["Decrypt"], "constraints": lambda});
        let violation = created(call.clone(), "lambda.amazonaws.com", "lambda.amazonaws.com");
        insta::assert_snapshot!(violation.detail, @"`lambda.amazonaws.com` created a grant on the key `customer` for a resource of the foreign account 444455556666: the key policy admits that account.");
        assert_eq!(created(call, "", "198.51.100.7").severity, None, "a person can limit a grant like a service");
        let unlimited = json!({"granteePrincipal": role, "operations": ["Decrypt"]});
        assert_eq!(created(unlimited, "glue.amazonaws.com", "glue.amazonaws.com").severity, None);
    }

    /// The outcome of a grant of these operations, with this statement in the key policy.
    fn with_policy(statement: Value, grantee: &str, operations: Value, service: &str) -> String {
        let record = json!({"eventName": "CreateGrant", "eventSource": "kms.amazonaws.com", "eventID": "e-1",
            "eventTime": "2026-11-22T10:00:00Z", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "userIdentity": {"type": "AWSAccount", "accountId": "444455556666", "invokedBy": service},
            "requestParameters": {"keyId": CUSTOMER_KEY, "granteePrincipal": grantee, "operations": operations,
                "retiringPrincipal": "ec2.eu-west-1.amazonaws.com"}})
        .to_string();
        let event = Event::parse(&record).unwrap();
        let change = event.change_for(&DETECTOR).unwrap();
        let (mut facts, settings) = (Facts::default(), Settings::default());
        let pending = pending_lookups(&change, &facts, &settings, Phase::All);
        assert_eq!(pending, [Lookup::new("kms:GetKeyPolicy", CUSTOMER_KEY)]);
        let policy = policy_call(statement)["policy"].clone();
        for lookup in pending {
            facts.insert(lookup, LookupResult::Resource(json!({"Policy": policy})));
        }
        assert_eq!(pending_lookups(&change, &facts, &settings, Phase::All), []);
        let findings = evaluate(&change, &facts, &settings);
        name(&findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap().outcome).to_owned()
    }

    #[test]
    fn a_grant_that_the_key_policy_admits_is_no_news() {
        let role = "arn:aws:iam::444455556666:role/etl";
        let allow = |principal: &str, action: Value| json!({"Principal": {"AWS": principal}, "Action": action});
        let decrypt = || json!(["Decrypt", "RetireGrant"]);
        let some =
            |condition: Value| json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:*", "Condition": condition});
        for (statement, operations, want) in [
            (allow("444455556666", json!("kms:Decrypt")), decrypt(), "not-applicable"),
            (allow("arn:aws:iam::444455556666:root", json!("kms:*")), decrypt(), "not-applicable"),
            (allow(role, json!("kms:Decrypt")), decrypt(), "not-applicable"),
            (allow("arn:aws:iam::444455556666:role/other", json!("kms:Decrypt")), decrypt(), "violation"),
            (allow("777788889999", json!("kms:Decrypt")), decrypt(), "violation"),
            (allow("444455556666", json!("kms:Decrypt")), json!(["Decrypt", "Encrypt"]), "violation"),
            (allow("444455556666", json!("kms:*")), json!(["Decrypt", "FutureOperation"]), "violation"),
            (allow("444455556666", json!("kms:*")), json!("***"), "violation"),
            (some(json!({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}})), decrypt(), "violation"),
            (json!({"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt"}), decrypt(), "violation"),
        ] {
            assert_eq!(with_policy(statement.clone(), role, operations.clone(), ""), want, "{statement} {operations}");
        }
    }

    #[test]
    fn in_a_replay_the_policy_at_the_time_of_the_grant_decides() {
        let record = |time: &str, name: &str, mut request: Value| {
            request["keyId"] = json!(CUSTOMER_KEY);
            json!({"eventName": name, "eventSource": "kms.amazonaws.com", "eventTime": format!("2026-11-22T{time}Z"), "eventID": time,
                "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "requestParameters": request})
            .to_string()
        };
        let grant = || json!({"granteePrincipal": "arn:aws:iam::444455556666:role/etl", "operations": ["Decrypt"]});
        let shared = policy_call(json!({"Principal": {"AWS": "444455556666"}, "Action": "kms:Decrypt"}));
        let own = policy_call(json!({"Principal": {"AWS": "111122223333"}, "Action": "kms:Decrypt"}));
        let records = [
            record("09:00:00", "CreateGrant", grant()),
            record("10:00:00", "PutKeyPolicy", shared),
            record("11:00:00", "CreateGrant", grant()),
            record("12:00:00", "PutKeyPolicy", own),
            record("13:00:00", "CreateGrant", grant()),
        ];
        let events: Vec<_> = records.iter().map(|record| Event::parse(record).unwrap()).collect();
        let (mut facts, settings) = (Facts::default(), Settings::default());
        facts.timeline = Timeline::of(events.iter().flat_map(Event::observe).collect());
        let outcomes = events
            .iter()
            .filter(|event| event.change_for(&DETECTOR).unwrap().event.name == "CreateGrant")
            .map(|event| {
                let change = event.change_for(&DETECTOR).unwrap();
                let findings = evaluate(&change, &facts, &settings);
                name(&findings.iter().find(|finding| finding.rule.id == RULE.id).unwrap().outcome).to_owned()
            });
        assert_eq!(outcomes.collect::<Vec<_>>(), ["violation", "not-applicable", "violation"]);
    }

    #[test]
    fn a_grant_of_a_service_is_no_news_if_the_account_may_create_grants() {
        let instance = "arn:aws:sts::444455556666:assumed-role/aws:ec2-infrastructure/i-00c0ffee00c0ffee0";
        let for_services = json!({"Bool": {"kms:GrantIsForAWSResource": "true"}});
        let allow = |principal: &str, action: &str| json!({"Principal": {"AWS": principal}, "Action": action, "Condition": for_services});
        for (statement, want) in [
            (allow("444455556666", "kms:CreateGrant"), "not-applicable"),
            (allow("arn:aws:iam::444455556666:role/deploy", "kms:CreateGrant"), "not-applicable"),
            (allow("444455556666", "kms:Encrypt"), "violation"),
            (allow("777788889999", "kms:CreateGrant"), "violation"),
        ] {
            let outcome = with_policy(
                statement.clone(),
                instance,
                json!(["Decrypt", "CreateGrant"]),
                "ec2-frontend-api.amazonaws.com",
            );
            assert_eq!(outcome, want, "{statement}");
        }
    }

    #[test]
    fn what_people_read() {
        let mut call = json!({"keyId": CUSTOMER_KEY, "granteePrincipal": "arn:aws:iam::444455556666:role/etl", "operations": "***"});
        let text = violation(&RULE, "CreateGrant", &call);
        assert!(text.contains("444455556666 call operations that the record does not show."), "{text}");
        call["operations"] = json!(["Decrypt", "CreateGrant"]);
        insta::assert_snapshot!(violation(&RULE, "CreateGrant", &call), @r#"
        A grant on the key `customer` lets the foreign account 444455556666 call Decrypt, CreateGrant.
        {"granteePrincipal":"arn:aws:iam::444455556666:role/etl","operations":["Decrypt","CreateGrant"]}
        aws kms revoke-grant --key-id arn:aws:kms:eu-west-1:111122223333:key/customer --grant-id your-grant-id --region eu-west-1
        # remove the aws_kms_grant whose grantee_principal belongs to the other account
        Key Management Service > Customer managed keys > customer > Grants (list and revoke with the AWS CLI)
        "#);
    }
}
