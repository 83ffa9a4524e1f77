//! A KMS key policy may leave nobody in the owner's account able to change it.
//!
//! ## What it detects
//! A policy under which the owner's account certainly or possibly cannot call `kms:PutKeyPolicy`: no statement for the
//! account principal, one that depends on a role, a user, MFA or a network, a Deny that can apply to the account
//! itself, or a foreign account in place of the owner. Also a call that disabled KMS's own check
//! (`bypassPolicyLockoutSafetyCheck`). A scan evaluates the policy that is in force, and does not know how it was set.
//!
//! ## Why it matters
//! If nobody can change the policy, the account loses the key and all data encrypted with it until AWS Support
//! intervenes. An attacker can use this to hold data for ransom.
//!
//! ## When it stays silent
//! The policy is compliant if the account principal may call `kms:PutKeyPolicy` and no Deny can revoke it. A Deny that
//! an administrator can avoid (on the bypass flag, MFA, TLS) does not count. Keys that AWS services manage are not
//! applicable, and neither is a policy if the earlier one is known and was no better, unless the check was disabled. A
//! policy that depends on single identities is low, or medium if an earlier policy is known, and one step higher with the
//! check disabled.
//!
//! ## How to fix
//! Add the statement in the finding, or exempt the account from the Deny.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
//! - <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>

use crate::configuration::kms_key::PolicyCall;
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::key_policy::{Fix, LockoutLevel, root_statement};
use crate::language::{Text, text};
use crate::rules::kms_key_policy::analysis::{Subject, key};
use crate::rules::resource_policy::analysis::PolicyAnalysis;
use crate::rules::resource_policy::correction::{with_corrections, with_statements};
use crate::rules::resource_policy::report::{context_of, rated};
use crate::util::severity::Severity;

/// The number of statements in the evidence and in the correction.
const SHOWN: usize = 10;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-policy-lockout",
    title: "KMS key out of the account's control",
    severity: Severity::High,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_policy_lockout.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let policy = match subject.analysis(context) {
        Ok(policy) => policy,
        Err(outcome) => return outcome,
    };
    let PolicyCall::Policy { bypass_lockout_check: bypass, aws_managed, .. } = &subject.policy.call else {
        return Outcome::not_applicable("a grant is no key policy");
    };
    let bypass = *bypass;
    if *aws_managed {
        return Outcome::not_applicable("an AWS service manages the key and its policy");
    }
    if !policy.owner.is_known() {
        return policy.unknown_owner();
    }
    let before = policy.earlier.as_ref().map(|earlier| earlier.analysis.lockout.level);
    let severity = match severity(policy.analysis.lockout.level, before, bypass) {
        Ok(severity) => severity,
        Err(outcome) => return outcome,
    };
    if context.seen == Seen::Scan
        && let Err(why) = key(context)
    {
        return Outcome::unverified(why); // the policies of keys that AWS manages leave the account no control
    }
    violation(policy, bypass, severity, context)
}

/// How bad a level is after the level of the earlier policy, and with KMS's own check disabled or not.
///
/// # Errors
/// The outcome if it is no violation.
fn severity(level: LockoutLevel, before: Option<LockoutLevel>, bypass: bool) -> Result<Severity, Outcome> {
    let is_worse = before.is_none_or(|before| level > before);
    match level {
        LockoutLevel::None if bypass => Ok(Severity::Medium),
        LockoutLevel::None => Err(Outcome::Compliant),
        _ if !is_worse && !bypass => Err(Outcome::not_applicable("the earlier policy of the key was no better")),
        LockoutLevel::Locked => Ok(Severity::Critical),
        LockoutLevel::Fragile => Ok(match (before.is_some(), bypass) {
            (true, true) => Severity::High,
            (true, false) | (false, true) => Severity::Medium,
            (false, false) => Severity::Low,
        }),
    }
}

fn violation(policy: &PolicyAnalysis, bypass: bool, severity: Severity, context: &RuleContext<'_>) -> Outcome {
    let lockout = &policy.analysis.lockout;
    let name = context.name();
    let why = &lockout.why;
    let control = match lockout.level {
        LockoutLevel::None => text!("The account keeps control of the key `{name}`.", name),
        LockoutLevel::Fragile => text!("The account may lose control of the key `{name}`: {why}.", name, why),
        LockoutLevel::Locked => text!("The account has lost control of the key `{name}`: {why}.", name, why),
    };
    let check = match bypass {
        true => Text::literal(" The call disabled KMS's own check for this."),
        false => Text::default(),
    };
    let rated = rated(severity, &RULE, context, || why_rated(lockout.level, severity, context.seen));
    let mut violation = Violation::new(text!("{control}{check}{rated}", control, check, rated));
    violation.severity = Some(severity);
    if bypass {
        violation = violation.evidence("bypassPolicyLockoutSafetyCheck", true);
    }
    if let Some(first) = lockout.statements.first() {
        violation = violation.evidence("statement", policy.label(*first));
        for (name, texts) in context_of(policy, *first) {
            if !texts.is_empty() {
                violation = violation.evidence_texts(name, texts);
            }
        }
    }
    if lockout.statements.len() > 1 {
        let labels = lockout.statements.iter().take(SHOWN).map(|statement| policy.label(*statement));
        violation = violation.evidence("statements", labels.collect::<Vec<_>>());
    }
    let denies: Vec<usize> = (lockout.statements.iter().copied())
        .filter(|statement| policy.policy.is_deny(*statement))
        .take(SHOWN)
        .collect();
    if denies.is_empty() {
        let add = Text::literal("add the corrected statement to the policy");
        return with_statements(violation, policy.kind, context, add, vec![root_statement(&policy.owner)]);
    }
    with_corrections(violation, policy, context, &denies, Fix::ExemptOwner)
}

/// Why the severity differs from that of the rule.
fn why_rated(level: LockoutLevel, severity: Severity, seen: Seen) -> Text {
    match (level, severity) {
        (LockoutLevel::Locked, _) => Text::literal("only AWS Support can give the key back"),
        (LockoutLevel::None, _) => Text::literal("the policy itself lets the account change it"),
        (LockoutLevel::Fragile, Severity::Low) if seen != Seen::Scan => {
            Text::literal("the account still has control, and the earlier policy is not known")
        }
        (LockoutLevel::Fragile, _) => Text::literal("the account still has control"),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::testing::{CUSTOMER_KEY, answer, name, policy_rows, violation};
    use crate::util::severity::Severity;
    use serde_json::{Value, json};

    #[test]
    fn a_deny_that_an_administrator_cannot_avoid_is_a_violation() {
        let deny = |condition: Value| json!({"Effect": "Deny", "Principal": "*", "Action": "kms:Put*", "Condition": condition});
        policy_rows(
            &RULE,
            &[
                (
                    json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:Decrypt"}),
                    "compliant",
                ),
                (json!({"Effect": "Deny", "Principal": "*", "Action": "kms:*"}), "violation"),
                (
                    deny(json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/admin"}})),
                    "violation",
                ),
                (deny(json!({"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}})), "compliant"),
                (deny(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})), "compliant"),
                (deny(json!({"Bool": {"aws:MultiFactorAuthPresent": ["true", "false"]}})), "compliant"),
                (deny(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": ["true", "false"]}})), "violation"),
                (deny(json!({"Bool": {"kms:BypassPolicyLockoutSafetyCheck": ["true", "false"]}})), "violation"),
                (deny(json!({"Bool": {"aws:SecureTransport": "false"}})), "compliant"),
                (deny(json!({"StringNotEquals": {"kms:CallerAccount": "111122223333"}})), "compliant"),
                (deny(json!({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}})), "compliant"),
            ],
        );
    }

    #[test]
    fn the_evidence_explains_a_session_that_nobody_is() {
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
             "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:sts::111122223333:assumed-role/custodian/*"}}}]});
        let call = json!({"keyId": CUSTOMER_KEY, "policy": policy.to_string()});
        let text = violation(&RULE, "PutKeyPolicy", &call);
        insta::assert_snapshot!(text.lines().take(2).collect::<Vec<_>>().join("\n"), @r#"
        The account has lost control of the key `customer`: a Deny takes kms:PutKeyPolicy from everyone in the account. Rated critical: only AWS Support can give the key back.
        {"corrected_statement":{"Action":"kms:*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:sts::111122223333:assumed-role/custodian/*"},"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}},"Effect":"Deny","Principal":"*","Resource":"*"},"correction":"replace Statement[1] with the corrected statement","related":["`aws:PrincipalArn` is never `arn:aws:sts::111122223333:assumed-role/custodian/*`: for a session it holds the ARN of the role, `arn:aws:iam::ACCOUNT:role/NAME`"],"statement":"Statement[1]"}
        "#);
    }

    fn severity(statement: Value, bypass: bool) -> Option<Severity> {
        let policy = json!({"Version": "2012-10-17", "Statement": statement});
        let call = json!({"keyId": "k-1", "policy": policy, "bypassPolicyLockoutSafetyCheck": bypass});
        match answer(&RULE, "", &[], "PutKeyPolicy", &call, &Value::Null) {
            Outcome::Violation(violation) => violation.severity,
            outcome => {
                assert_eq!(name(&outcome), "compliant");
                None
            }
        }
    }

    #[test]
    fn every_statement_that_decides_is_named() {
        let who = |sid: &str, principal: &str| json!({"Sid": sid, "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"});
        let deny = |sid: &str| json!({"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"});
        let role = |name: &str| format!("arn:aws:iam::111122223333:role/{name}");
        let told = |statements: Value| {
            let policy = json!({"Version": "2012-10-17", "Statement": statements});
            let text = violation(&RULE, "PutKeyPolicy", &json!({"keyId": "k-1", "policy": policy}));
            text.lines().take(2).collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(told(json!([who("Ann", &role("ann")), who("Bob", &role("bob"))])), @r#"
        The account may lose control of the key `k-1`: only these statements let the account call kms:PutKeyPolicy, and only under their conditions or for the identities they name. Rated low: the account still has control, and the earlier policy is not known.
        {"corrected_statement":{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Resource":"*","Sid":"Enable IAM User Permissions"},"correction":"add the corrected statement to the policy","statement":"Statement[0] Ann","statements":["Statement[0] Ann","Statement[1] Bob"]}
        "#);
        insta::assert_snapshot!(told(json!([who("Root", "111122223333"), deny("First"), deny("Second")])), @r#"
        The account has lost control of the key `k-1`: a Deny takes kms:PutKeyPolicy from everyone in the account. Rated critical: only AWS Support can give the key back.
        {"corrected_statement":{"Action":"kms:PutKeyPolicy","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}},"Effect":"Deny","Principal":"*","Resource":"*","Sid":"First"},"correction":"replace Statement[1] First with corrected statement 1; replace Statement[2] Second with corrected statement 2","further_corrected_statements":[{"Action":"kms:PutKeyPolicy","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}},"Effect":"Deny","Principal":"*","Resource":"*","Sid":"Second"}],"statement":"Statement[1] First","statements":["Statement[1] First","Statement[2] Second"]}
        "#);
    }

    #[test]
    fn the_severity_depends_on_the_statement_and_the_bypass() {
        let who = |principal: &str| json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"});
        let root = who("111122223333");
        let role = who("arn:aws:iam::111122223333:role/admin");
        let foreign = who("444455556666");
        for (statement, bypass, want) in [
            (&root, false, None),
            (&root, true, Some(Severity::Medium)),
            (&role, false, Some(Severity::Low)),
            (&role, true, Some(Severity::Medium)),
            (&foreign, false, Some(Severity::Critical)),
        ] {
            assert_eq!(severity(statement.clone(), bypass), want, "{statement} {bypass}");
        }
    }
}
