//! The properties of a worker configuration, from its description to an outcome.

use crate::configuration::msk_worker_configuration::MskWorkerConfiguration;
use crate::configuration::unresolved::Unresolved;
use crate::connector::{Reason, Report};
use crate::engine::context::RuleContext;
use crate::engine::lookup::run_and_pass;
use crate::engine::outcome::Outcome;
use crate::language::{Text, text};
use crate::rules::connect::{self, DESCRIBE_WORKER, read_worker, why_unknown};
use crate::rules::msk_worker_configuration::remediation::REPLACE;
use crate::rules::remediation::Value;
use crate::util::severity::Severity;
use crate::util::text::hcl;

/// The worker configuration with the properties that AWS described; `None` if the record shows them.
pub(super) fn resolve(worker: &MskWorkerConfiguration, context: &RuleContext<'_>) -> Option<MskWorkerConfiguration> {
    let why = worker.report.as_ref().err()?;
    let arn = context.resource.arn.as_deref()?;
    let answer = context.facts.resource(DESCRIBE_WORKER.action, arn);
    let state = answer.as_ref().and_then(|answer| answer.as_ref().ok()?.get("workerConfigurationState").text().value());
    if state == Some("DELETING") || matches!(answer, Some(Err(Unresolved::Deleted))) {
        return Some(MskWorkerConfiguration { deleted: true, ..worker.clone() });
    }
    let settings = match answer {
        Some(Ok(answer)) => read_worker(answer).map_err(|problem| text!("`{arn}`: {problem}", arn, problem)),
        Some(Err(unresolved)) => Err(why_unknown(unresolved, arn)),
        None => {
            let describe = "kafkaconnect describe-worker-configuration";
            let command = run_and_pass(describe, "--worker-configuration-arn", arn);
            Err(text!("{why}: {command}", why, command))
        }
    };
    Some(MskWorkerConfiguration::new(settings))
}

/// The outcome of a rule: any reason is a violation, and an `unknown` property leaves it unverified. `problem` says what is
/// wrong with the worker configuration of a name.
pub(super) fn evaluate(
    worker: &MskWorkerConfiguration,
    reasons: fn(&Report) -> &[Reason],
    unknown: fn(&Report) -> Vec<&[String]>,
    problem: fn(&str) -> Text,
    context: &RuleContext<'_>,
) -> Outcome {
    let report = match &worker.report {
        _ if worker.deleted => return Outcome::unresolved(&Unresolved::Deleted),
        Err(why) => return Outcome::Unverified(why.clone()),
        Ok(_) if worker.empty => return Outcome::not_applicable("the worker configuration sets no property"),
        Ok(report) => report,
    };
    let reasons = reasons(report);
    if reasons.is_empty() {
        return connect::unknown(&unknown(report)).map_or(Outcome::Compliant, Outcome::Unverified);
    }
    connect::violation(problem(context.name()), reasons, Severity::Low, |lines| {
        let comments: String = lines.iter().map(|line| connect::comment(line)).collect();
        let settings: String = lines.iter().map(|line| format!("    {},\n", hcl(line))).collect();
        REPLACE.fill(context, &[("comments", Value::Raw(&comments)), ("settings", Value::Raw(&settings))])
    })
}

#[cfg(test)]
pub(super) mod testing {
    //! A worker configuration as a rule gets it: the record redacts the properties, and the facts have its description.

    use serde_json::{Value, json};

    use crate::engine::outcome::Outcome;
    use crate::engine::rule::Rule;
    use crate::rules::testing::{answer, name};

    const ARN: &str = "arn:aws:kafkaconnect:eu-west-1:111122223333:worker-configuration/small/1";

    fn created(rule: &Rule, facts: &[Value], content: &str) -> Outcome {
        let request = json!({"name": "small", "propertiesFileContent": content});
        let response = json!({"workerConfigurationArn": ARN, "name": "small"});
        answer(rule, "", facts, "CreateWorkerConfiguration", &request, &response)
    }

    /// The outcome for a new worker configuration with these `.properties` lines.
    pub(in crate::rules) fn outcome_for(rule: &Rule, lines: &str) -> Outcome {
        let encoded = base64_simd::STANDARD.encode_to_string(lines);
        let fact = json!({"workerConfigurationArn": ARN, "latestRevision": {"propertiesFileContent": encoded}});
        let outcome = created(rule, &[fact], "HIDDEN_DUE_TO_SECURITY_REASONS");
        assert_eq!(outcome, created(rule, &[], &encoded), "the record and the description say the same");
        outcome
    }

    /// Evaluates each row, and the cases in which every rule has the same outcome.
    pub(in crate::rules) fn table(rule: &Rule, rows: &[(&str, &str)]) {
        for (lines, want) in rows {
            let outcome = outcome_for(rule, lines);
            assert_eq!(name(&outcome), *want, "{lines}: {outcome:?}");
        }
        assert_eq!(name(&outcome_for(rule, "# nothing is set")), "not-applicable");
        assert_eq!(name(&created(rule, &[], "HIDDEN_DUE_TO_SECURITY_REASONS")), "unverified");
        assert_eq!(name(&created(rule, &[], "not base64!")), "unverified");
    }
}
