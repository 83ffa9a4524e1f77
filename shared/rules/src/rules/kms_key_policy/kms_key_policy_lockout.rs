//! Nobody in the account may be able to change a KMS key's policy any more.
//!
//! ## What it detects
//! A policy under which `kms:PutKeyPolicy` is certainly or possibly out of reach of the owner's account: no
//! statement for the account principal, one that hangs on a role, a user, MFA or a network, a Deny that can hit the
//! account itself, or a foreign account in the owner's place. Also a call that switched off KMS's own check
//! (`bypassPolicyLockoutSafetyCheck`).
//!
//! ## Why it matters
//! A key whose policy nobody can change is lost to the account, with all that it seals, until AWS Support
//! steps in; for an attacker it is a means to hold data to ransom.
//!
//! ## When it stays silent
//! The account principal holds `kms:PutKeyPolicy`, and no Deny can take it away; a Deny that an administrator can
//! avoid (on the bypass flag, MFA, TLS) does not count. Keys that AWS services manage. A policy that hangs on single
//! identities is low, medium when the earlier one did not, one step higher with the check switched off. Where the earlier
//! policy of the key is known and was no better, nothing is reported.
//!
//! ## How to fix
//! Add the statement that the finding shows, or leave the account out of the Deny.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
//! - <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>

use crate::configuration::kms_key::PolicyCall;
use crate::engine::context::RuleContext;
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule};
use crate::key_policy::{Fix, LockoutLevel, root_statement};
use crate::rules::kms_key_policy::analysis::Subject;
use crate::rules::kms_key_policy::report::{UNKNOWN_OWNER, label, with_correction, with_statement};
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The rule's metadata.
pub static RULE: Rule = Rule {
    id: "kms-key-policy-lockout",
    title: "KMS key out of the account's control",
    severity: Severity::High,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    source: include_str!("kms_key_policy_lockout.rs"),
};

fn check(subject: &Subject, context: &RuleContext<'_>) -> Outcome {
    let policy = match subject.analysis(context) {
        Ok(policy) => policy,
        Err(outcome) => return outcome,
    };
    let PolicyCall::Policy { bypass_lockout_check: bypass, aws_managed, .. } = &subject.policy.call else {
        return Outcome::not_applicable("the call creates a grant");
    };
    let bypass = *bypass;
    if *aws_managed {
        return Outcome::not_applicable("an AWS service manages the key and its policy");
    }
    if !policy.owner.is_known() {
        return Outcome::Unverified(UNKNOWN_OWNER.to_owned());
    }
    let lockout = policy.analysis.lockout;
    let before = policy.earlier.as_ref().map(|earlier| earlier.analysis.lockout.level);
    let worse = before.is_none_or(|before| lockout.level > before);
    let severity = match lockout.level {
        LockoutLevel::None if bypass => Severity::Medium,
        LockoutLevel::None => return Outcome::Compliant,
        _ if !worse && !bypass => {
            return Outcome::not_applicable("the earlier policy of the key was no better");
        }
        LockoutLevel::Locked => Severity::Critical,
        LockoutLevel::Fragile => match (before.is_some(), bypass) {
            (true, true) => Severity::High,
            (true, false) | (false, true) => Severity::Medium,
            (false, false) => Severity::Low,
        },
    };
    let name = plain(context.name());
    let mut detail = match lockout.level {
        LockoutLevel::None => format!("The account keeps control of the key `{name}`."),
        LockoutLevel::Fragile => format!("The account may lose control of the key `{name}`: {}.", lockout.why),
        LockoutLevel::Locked => format!("The account has lost control of the key `{name}`: {}.", lockout.why),
    };
    if bypass {
        detail += " The call switched off KMS's own check against this.";
    }
    let mut violation = Violation::new(detail);
    violation.severity = Some(severity);
    if bypass {
        violation = violation.evidence("bypassPolicyLockoutSafetyCheck", true);
    }
    if let Some(statement) = lockout.statement {
        violation = violation.evidence("statement", label(policy, statement));
    }
    match lockout.statement.filter(|statement| policy.policy.is_deny(*statement)) {
        Some(deny) => with_correction(violation, policy, context, deny, Fix::ExemptOwner),
        None => with_statement(
            violation,
            context,
            "have the statement below in the policy",
            Some(root_statement(&policy.owner)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::engine::outcome::Outcome;
    use crate::rules::testing::{answer, name, policy_rows};
    use crate::util::severity::Severity;
    use serde_json::{Value, json};

    #[test]
    fn every_answer() {
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
    fn how_bad_it_is() {
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
